use super::*;

use insta::assert_snapshot;

/// A workspace with one vendor, and nothing in it but the files that all share.
fn small_workspace() -> (tempfile::TempDir, Workspace) {
    let root = tempfile::tempdir().unwrap();
    let workspace = Workspace::at(root.path());
    fs::create_dir(root.path().join("specs")).unwrap();
    fs::write(root.path().join("specs/zudu.yaml"), "").unwrap();
    for (path, line) in lines::LINES {
        let path = workspace.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{before}# block\n    {}\n\n", fill(line, "zudu"))).unwrap();
    }
    fs::write(root.path().join("Cargo.lock"), "name = \"serde\"\nname = \"callfold-widget\"\n")
        .unwrap();
    (root, workspace)
}

/// Every file below a directory, and what it holds.
fn contents(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend([(path.clone(), String::new())].into_iter().chain(contents(&path))),
            false => all.push((path.clone(), fs::read_to_string(&path).unwrap())),
        }
    }
    all.sort();
    all
}

#[test]
fn skeleton_is_written_once_and_the_lines_are_printed() {
    let (root, workspace) = small_workspace();
    let shared = |path: &str| fs::read_to_string(workspace.path(path)).unwrap();
    let before: Vec<_> = lines::LINES.iter().map(|(path, _)| shared(path)).collect();
    let report = new_vendor(&workspace, "acme", PagingStyle::Page, false).unwrap();
    let (_, lines) = report.split_once("\n\n").unwrap();
    assert_snapshot!(lines, @r#"
    add these lines, each in the order of the vendors' names:
      crates/unify/Cargo.toml
        acme = ["dep:callfold-acme"]
        callfold-acme = { path = "../clients/acme", version = "0.1.0", default-features = false, optional = true }
      crates/unify/src/lib.rs
        pub mod acme;
        acme "acme"
      crates/reader/Cargo.toml
        "acme",
        acme = ["dep:callfold-acme", "callfold-acme/client", "callfold-unify/acme"]
        callfold-acme = { path = "../clients/acme", version = "0.1.0", default-features = false, optional = true }
      crates/reader/src/lib.rs
        pub mod acme;

    The written vendor is made up, and passes its tests. Next:
    1. Write what the vendor's pages say into specs/acme.yaml, and run `cargo xtask codegen acme`.
    2. Keep the vendor's samples as tests/fixtures/acme/OPERATION.SCENARIO.json.
    3. Correct crates/unify/src/acme.rs, crates/reader/src/acme.rs and crates/sandbox/src/vendors/acme,
       then acme.rs under tests/, as `cargo test -p callfold-unify -p callfold-reader -p callfold-tests --all-features` shows.
    4. Review the snapshots in tests/snapshots/acme.
    "#);
    let after: Vec<_> = lines::LINES.iter().map(|(path, _)| shared(path)).collect();
    assert_eq!(after, before);
    let again = new_vendor(&workspace, "acme", PagingStyle::Page, false).unwrap_err();
    assert_eq!(again, "there is a vendor `acme` already; choose another name");
    for (path, text) in contents(root.path()) {
        assert!(!text.contains("{{"), "{}", path.display());
    }
}

#[test]
fn each_paging_style_has_a_skeleton_of_its_own() {
    for style in PagingStyle::value_variants() {
        let (root, workspace) = small_workspace();
        // Codegen lints the spec, and rustfmt reads the rest.
        new_vendor(&workspace, "acme", *style, false).unwrap();
        let spec = fs::read_to_string(workspace.path("specs/acme.yaml")).unwrap();
        let styles = spec.lines().filter_map(|line| line.trim().strip_prefix("style: "));
        assert_eq!(styles.collect::<Vec<_>>(), [style.word()]);
        for (path, text) in contents(root.path()) {
            assert!(!text.contains("{{"), "{style:?} {}", path.display());
        }
    }
}

#[test]
fn lines_are_applied_in_order() {
    let (_root, workspace) = small_workspace();
    new_vendor(&workspace, "acme", PagingStyle::Page, true).unwrap();
    new_vendor(&workspace, "mango", PagingStyle::Page, true).unwrap();
    let text = fs::read_to_string(workspace.path("crates/unify/src/lib.rs")).unwrap();
    assert_snapshot!(text, @r#"
    # block
        pub mod acme;
        pub mod mango;
        pub mod zudu;

    # block
        acme "acme"
        mango "mango"
        zudu "zudu"
    "#);
}

#[test]
fn nothing_is_left_where_something_is_in_the_way() {
    let (root, workspace) = small_workspace();
    fs::create_dir_all(workspace.path("tests/readme")).unwrap();
    fs::write(workspace.path("tests/readme/acme.rs"), "mine").unwrap();
    let before = contents(root.path());
    let error = new_vendor(&workspace, "acme", PagingStyle::Page, true).unwrap_err();
    assert_eq!(
        error,
        "`acme` exists already: tests/readme/acme.rs; choose another name, or remove them first"
    );
    fs::remove_file(workspace.path("tests/readme/acme.rs")).unwrap();
    // A file where a directory belongs: the files that were written before are removed.
    fs::write(workspace.path("tests/snapshots"), "mine").unwrap();
    fs::write(workspace.path("tests/fixtures"), "mine").unwrap();
    let before: Vec<_> = before
        .into_iter()
        .filter(|(path, _)| !path.ends_with("readme/acme.rs"))
        .chain(
            ["fixtures", "snapshots"]
                .map(|name| (workspace.path(&format!("tests/{name}")), "mine".to_owned())),
        )
        .collect();
    let error = new_vendor(&workspace, "acme", PagingStyle::Page, true).unwrap_err();
    assert!(error.contains("cannot be written"), "{error}");
    let mut before = before;
    before.sort();
    assert_eq!(contents(root.path()), before);
}

#[test]
fn missing_line_of_a_present_vendor_is_named() {
    let (_root, workspace) = small_workspace();
    fs::write(workspace.path("crates/reader/src/lib.rs"), "pub mod other;\n").unwrap();
    assert_eq!(
        new_vendor(&workspace, "acme", PagingStyle::Page, true).unwrap_err(),
        "crates/reader/src/lib.rs has no line `pub mod zudu;`; add it, or add `pub mod acme;` by hand"
    );
    assert!(!workspace.path("specs/acme.yaml").exists());
}

#[test]
fn names_are_checked() {
    let (root, workspace) = small_workspace();
    fs::write(workspace.path("crates/unify/src/lib.rs"), "// gadget\nfn widgets() {}\n").unwrap();
    let before = contents(root.path());
    for (names, problem) in [
        (
            &["", "Acme", "acme-x", "9acme", "acme_x", "ac.me", "../acme", "akmé", "ab"][..],
            "is not a name for a vendor",
        ),
        (&["type", "gen", "str", "std"], "is a word of Rust"),
        (&["zudu"], "there is a vendor `zudu` already"),
        (&["zud", "zuduu"], "cannot be told from the vendor `zudu`"),
        (&["callfold", "tests", "serde", "widget"], "is a crate that is used here"),
        (&["widgets"], "is a word of the code in crates/unify/src/lib.rs"),
    ] {
        for name in names {
            let error = new_vendor(&workspace, name, PagingStyle::Page, true).unwrap_err();
            assert!(error.contains(problem), "{name}: {error}");
        }
    }
    assert_eq!(contents(root.path()), before, "nothing is written");
}

/// The lines to add are those that the present vendors have, and few.
#[test]
fn lines_to_add_are_the_present_vendors_lines() {
    let workspace = Workspace::here();
    let vendors = workspace.vendors().unwrap();
    for (path, line) in lines::LINES {
        let text = fs::read_to_string(workspace.path(path)).unwrap();
        lines::insert(path, &text, line, &vendors, "acme").unwrap();
    }
    let mut files: Vec<_> = lines::LINES.iter().map(|(path, _)| path).collect();
    files.dedup();
    assert!(lines::LINES.len() <= 8 && files.len() <= 4, "a vendor costs too much: {files:?}");
}

#[test]
fn skeleton_has_the_files_that_the_present_vendors_have() {
    let workspace = Workspace::here();
    for vendor in workspace.vendors().unwrap() {
        for (path, _) in FILES {
            let path = fill(path, &vendor);
            let nested = path.replace(".rs", "/mod.rs");
            let exists = [&path, &nested].iter().any(|path| workspace.path(path).exists());
            assert!(exists, "{path}");
        }
    }
}
