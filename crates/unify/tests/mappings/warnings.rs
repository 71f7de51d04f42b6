//! What any vendor's record can leave behind, on the fixtures made for it.

use super::fixtures;
use callfold_unify::{
    Mapping, mappings,
    model::{Call, WarningCode},
};

/// The calls of a vendor's fixtures for a scenario.
fn calls(mapping: &Mapping, scenario: &str) -> Vec<Call> {
    let made_for = |name: &str| name.ends_with(&format!(".{scenario}"));
    let mut calls = Vec::new();
    for fixture in fixtures(mapping).into_iter().filter(|fixture| made_for(&fixture.name)) {
        assert!(fixture.mapped.rejected.is_empty(), "{:?}", fixture.mapped.rejected);
        calls.extend(fixture.mapped.calls);
    }
    assert!(!calls.is_empty(), "{}: no fixture for {scenario}", mapping.vendor);
    calls
}

fn check(scenario: &str, code: WarningCode) {
    for mapping in mappings() {
        let found = calls(mapping, scenario)
            .iter()
            .flat_map(|call| &call.warnings)
            .any(|warning| warning.code == code);
        assert!(found, "{}: {scenario} leaves no {code}", mapping.vendor);
    }
}

#[test]
fn field_of_another_type_is_dropped_and_noted() {
    check("wrong_type", WarningCode::FieldDropped);
}

#[test]
fn undocumented_value_has_a_warning() {
    check("unknown_word", WarningCode::UnknownValue);
}

#[test]
fn field_the_spec_does_not_know_is_noted() {
    check("unknown_field", WarningCode::UnknownField);
}

#[test]
fn running_calls_have_no_end_and_no_length() {
    for mapping in mappings() {
        for call in calls(mapping, "in_progress") {
            assert!(!call.status.is_final(), "{}", call.id);
            assert_eq!((call.ended_at, call.duration), (None, None), "{}", call.id);
            assert!(call.end.is_none(), "{}", call.id);
            let mismatch = |code: &WarningCode| *code == WarningCode::DurationMismatch;
            assert!(!call.warnings.iter().any(|warning| mismatch(&warning.code)));
        }
    }
}
