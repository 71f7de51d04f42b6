use super::*;

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

#[test]
fn naive_time_is_read_at_the_given_offset() {
    let utc = FixedOffset::east_opt(0).unwrap();
    let india = FixedOffset::east_opt(5 * 3600 + 1800).unwrap();
    let cases = [
        ("2026-04-21T12:27:23.335803", utc, "2026-04-21T12:27:23.335803Z", true),
        ("2026-04-21 12:27:23", utc, "2026-04-21T12:27:23Z", true),
        ("2026-04-21T12:27:23", india, "2026-04-21T06:57:23Z", true),
        ("2026-04-21T12:27:23+02:00", india, "2026-04-21T10:27:23Z", false),
        ("2026-04-21T12:27:23Z", india, "2026-04-21T12:27:23Z", false),
        ("2026-04-21T12:27:23.5+0530", utc, "2026-04-21T06:57:23.5Z", false),
        ("2026-04-21 12:27:23+00:00", india, "2026-04-21T12:27:23Z", false),
    ];
    for (text, offset, expect, noted) in cases {
        let mut warnings = Warnings::default();
        let context = Context::default().with_assume_offset(offset);
        let read = instant(Some(text.into()), "/t", &context, &mut warnings);
        assert_eq!(read, at(expect), "{text}");
        assert_eq!(warnings.codes(), if noted { vec![("naive_timestamp", "/t")] } else { vec![] });
    }
}

#[test]
fn text_that_is_no_time_is_left_out_and_noted() {
    let mut warnings = Warnings::default();
    let mut read = |text: Option<&str>, pointer| {
        instant(text.map(str::to_owned), pointer, &Context::default(), &mut warnings)
    };
    assert_eq!(read(Some("yesterday"), "/t"), None);
    assert_eq!(read(Some(""), "/u"), None);
    assert_eq!(read(None, "/u"), None);
    assert_eq!(warnings.codes(), [("invalid_value", "/t")]);
}

#[test]
fn time_no_call_can_have_is_left_out_and_noted() {
    let mut warnings = Warnings::default();
    let year_1 = Some("0001-01-01T00:00:00Z".to_owned());
    assert_eq!(instant(year_1, "/a", &Context::default(), &mut warnings), None);
    assert_eq!(epoch_ms(Some(1_703_097_600), "/b", &mut warnings), None);
    assert_eq!(epoch_ms(Some(i64::MAX), "/c", &mut warnings), None);
    assert_eq!(epoch_ms(Some(i64::MIN), "/d", &mut warnings), None);
    assert_eq!(epoch_ms(Some(1_703_097_600_000), "/e", &mut warnings), at("2023-12-20T18:40:00Z"));
    let pointers: Vec<_> = warnings.codes().into_iter().map(|(_, pointer)| pointer).collect();
    assert_eq!(pointers, ["/a", "/b", "/c", "/d"]);
}

#[test]
fn negative_length_is_none_and_noted() {
    let (early, late) = (at("2026-04-21T12:00:00Z"), at("2026-04-21T12:00:34.117370Z"));
    let mut warnings = Warnings::default();
    let length = between(early, late, "/end", &mut warnings).unwrap();
    assert_eq!(length.as_millis(), 34_117);
    assert_eq!(between(early, None, "/end", &mut warnings), None);
    assert_eq!(warnings.codes(), []);
    assert_eq!(between(late, early, "/end", &mut warnings), None);
    assert_eq!(warnings.codes(), [("invalid_value", "/end")]);
}

#[test]
fn reported_lengths_keep_their_unit() {
    let mut warnings = Warnings::default();
    assert_eq!(seconds(Some(245.0), "/s", &mut warnings), Some(Duration::from_secs(245)));
    assert_eq!(millis(Some(742.269), "/s", &mut warnings), Some(Duration::from_micros(742_269)));
    assert_eq!(warnings.codes(), []);
    assert_eq!(millis(Some(-1.0), "/w", &mut warnings), None);
    assert_eq!(warnings.codes(), [("invalid_value", "/w")]);
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e300, 1e17] {
        let mut warnings = Warnings::default();
        assert_eq!(seconds(Some(bad), "/s", &mut warnings), None);
        assert_eq!(warnings.codes(), [("invalid_value", "/s")]);
    }
}

#[test]
fn durations_disagree_beyond_one_second_and_two_percent() {
    let cases = [
        (1_001, 0, true),
        (1_000, 0, false),
        (742, 34_117, true),
        (100_000, 101_001, false),
        (100_000, 98_000, true),
        (100_000, 98_100, false),
        (102_001, 100_000, true),
        (102_000, 100_000, false),
        (1_000_000, 1_015_000, false),
    ];
    for (reported, computed, noted) in cases {
        let mut warnings = Warnings::default();
        let length = |ms| Some(Duration::from_millis(ms));
        check_reported(length(reported), length(computed), &[], "/d", &mut warnings);
        assert_eq!(!warnings.codes().is_empty(), noted, "{reported} {computed}");
    }
    let mut warnings = Warnings::default();
    check_reported(Some(Duration::from_secs(9)), None, &[], "/d", &mut warnings);
    let other = [None, Some(Duration::from_secs(9))];
    let (nine, one) = (Some(Duration::from_secs(9)), Some(Duration::from_secs(1)));
    check_reported(nine, one, &other, "/d", &mut warnings);
    assert_eq!(warnings.codes(), []);
}

#[test]
fn turn_is_outside_when_a_minute_off() {
    let (start, end) = (at("2026-06-11T09:30:00Z"), at("2026-06-11T09:34:10Z"));
    let cases = [
        ("2026-06-11T09:29:00Z", false),
        ("2026-06-11T09:28:59Z", true),
        ("2026-06-11T09:35:10Z", false),
        ("2026-06-11T09:35:11Z", true),
        ("2025-12-11T07:10:00.123Z", true),
    ];
    for (turn, outside) in cases {
        assert_eq!(is_outside(turn.parse().unwrap(), start, end), outside, "{turn}");
    }
    assert!(!is_outside("2030-01-01T00:00:00Z".parse().unwrap(), start, None));
}
