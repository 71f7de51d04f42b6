use super::*;

fn read(text: &str) -> Vec<(String, String)> {
    turns(Some(text), &[]).into_iter().map(|turn| (turn.role.to_string(), turn.text)).collect()
}

fn pairs(expect: &[(&str, &str)]) -> Vec<(String, String)> {
    expect.iter().map(|(role, text)| ((*role).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn blocks_with_blank_lines_and_leading_spaces_are_turns() {
    assert_eq!(
        read("AGENT: Hello.\n\n USER: Hi: it is me.\nStill me.\n\n AGENT: Bye."),
        pairs(&[("agent", "Hello."), ("customer", "Hi: it is me.\nStill me."), ("agent", "Bye.")])
    );
}

#[test]
fn stamps_are_taken_off_the_text() {
    assert_eq!(
        read("[00:00:01] AGENT: Hello.\n[00:00:03] USER: Hi.\n"),
        pairs(&[("agent", "Hello."), ("customer", "Hi.")])
    );
}

#[test]
fn stamped_line_of_another_speaker_is_a_turn_of_its_own() {
    assert_eq!(
        read("[00:00:01] AGENT: Hello.\n[00:00:03] NOTE: found: 1\n[00:00:05] USER: Hi."),
        pairs(&[("agent", "Hello."), ("NOTE", "found: 1"), ("customer", "Hi.")])
    );
    assert_eq!(
        read("AGENT: Hello.\n[00:00:03] no label: here\nNARRATOR: nor here."),
        pairs(&[("agent", "Hello.\n[00:00:03] no label: here\nNARRATOR: nor here.")])
    );
}

#[test]
fn text_without_a_first_label_has_no_turns() {
    assert_eq!(read("Hello, I'm calling about my order.\nAGENT: Yes?"), []);
    assert_eq!(read(""), []);
    assert_eq!(read("NARRATOR: It was late."), []);
    assert_eq!(read("AGENT:\n\n USER: Hi."), pairs(&[("customer", "Hi.")]));
}

#[test]
fn label_on_its_own_line_takes_the_lines_below() {
    assert_eq!(read("AGENT:\nHello."), pairs(&[("agent", "Hello.")]));
}

fn placed(text: &str, start: &str, end: &str) -> Vec<(Option<String>, Option<i64>)> {
    let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let utc = FixedOffset::east_opt(0).unwrap();
    place(lines(text, &[]), at(start), at(end), utc)
        .0
        .into_iter()
        .map(|turn| (turn.at.map(|at| at.to_rfc3339()), turn.offset_ms))
        .collect()
}

#[test]
fn stamps_within_the_length_are_offsets() {
    assert_eq!(
        placed(
            "[00:00:01] AGENT: a\n[00:00:09] USER: b",
            "2026-04-21T12:27:53Z",
            "2026-04-21T12:28:10Z"
        ),
        [(None, Some(1_000)), (None, Some(9_000))]
    );
}

#[test]
fn stamps_within_the_call_are_times_of_day() {
    assert_eq!(
        placed(
            "[23:59:58] AGENT: a\n[00:00:03] USER: b",
            "2026-04-21T23:59:58.400Z",
            "2026-04-22T00:00:10Z"
        ),
        [
            (Some("2026-04-21T23:59:58+00:00".to_owned()), None),
            (Some("2026-04-22T00:00:03+00:00".to_owned()), None)
        ]
    );
}

#[test]
fn stamps_with_two_readings_or_none_place_nothing() {
    let both = placed("[00:00:05] AGENT: a", "2026-04-21T00:00:00Z", "2026-04-21T00:00:10Z");
    assert_eq!(both, [(None, None)]);
    let neither = placed("[09:00:05] AGENT: a", "2026-04-21T00:00:00Z", "2026-04-21T00:00:10Z");
    assert_eq!(neither, [(None, None)]);
    let unstamped = placed("AGENT: a", "2026-04-21T00:00:00Z", "2026-04-21T00:00:10Z");
    assert_eq!(unstamped, [(None, None)]);
}

#[test]
fn stamped_text_has_turns_at_stamps_only() {
    assert_eq!(
        read("[00:00:01] AGENT: One of these?\nuser: admin\nUSER: guest\n[00:00:03] USER: Hi."),
        pairs(&[("agent", "One of these?\nuser: admin\nUSER: guest"), ("customer", "Hi.")])
    );
}

#[test]
fn label_is_spelled_as_where_it_first_stands() {
    assert_eq!(
        read("AGENT: Hello.\nUSER: My note says\nagent: call back.\nAGENT: Yes."),
        pairs(&[
            ("agent", "Hello."),
            ("customer", "My note says\nagent: call back."),
            ("agent", "Yes."),
        ])
    );
}
