include!("../../crates/unify/examples/recipes/readme.rs");

#[test]
fn recipes_run() {
    let fixtures = callfold_test_support::fixtures::load("vaani");
    let page = fixtures.iter().find(|fixture| fixture.name() == "list_calls.first_page");
    let page = page.expect("a page").payload().to_owned();
    main().expect("the README's program runs");
    what_a_call_says().expect("what the README says of a call");
    let calls = in_rupees_and_local_time(&page).expect("a page");
    assert!(calls.iter().any(|call| call.started_at_local.is_some()));
    assert_eq!(map_dump("vaani", &page).expect("a page"), calls.len());
    assert!(map_dump("nobody", &page).is_err());
    let records = serde_json::from_str::<vaani::api::types::CallHistoryPage>(&page);
    let records = records.expect("a page").data.expect("records");
    assert_eq!(map_typed(records).len(), calls.len());
}
