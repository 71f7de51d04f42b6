//! What each verdict guarantees is written down, for people and for programs.

use callfold_reader::Verdict;
use serde_json::Value;

const LIST: &str = include_str!("../docs/verdicts.json");
const PAGE: &str = include_str!("../docs/verdicts.md");

/// Every verdict, and whether it alone ends a run with exit code 3.
fn verdicts() -> Vec<(Verdict, bool)> {
    let all = [
        Verdict::Complete,
        Verdict::StoppedEarly,
        Verdict::Unverifiable,
        Verdict::Unverified,
        Verdict::ShortBy { records: 1 },
        Verdict::Partial,
        Verdict::Unsupported,
        Verdict::InProgress,
    ];
    all.into_iter().map(|verdict| (verdict, verdict.is_incomplete())).collect()
}

#[test]
fn each_verdict_has_its_guarantees_and_limits() {
    let list: Vec<Value> = serde_json::from_str(LIST).unwrap();
    assert_eq!(list.len(), verdicts().len());
    for (verdict, is_incomplete) in verdicts() {
        let name = serde_json::to_value(verdict).unwrap()["is"].as_str().unwrap().to_owned();
        let entry = list.iter().find(|entry| entry["verdict"] == name.as_str());
        let entry = entry.unwrap_or_else(|| panic!("docs/verdicts.json lacks {name}"));
        let code = entry["exit_code"].as_u64().unwrap();
        let expected = match verdict {
            Verdict::InProgress => 130,
            _ if is_incomplete => 3,
            _ => 0,
        };
        assert_eq!(code, expected, "{name}");
        for key in ["guarantees", "limits"] {
            assert!(!entry[key].as_array().unwrap().is_empty(), "{name}: {key}");
        }
        assert!(entry["next"].is_string(), "{name}");
        assert!(PAGE.contains(&format!("| `{name}` | {code} |")), "docs/verdicts.md lacks {name}");
    }
}
