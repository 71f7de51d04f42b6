//! Text from vendors on a terminal: sanitised, measured and cut.

use callfold_unify::json::is_terminal_control;
use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

/// Replaces a character that must not reach a terminal.
const REPLACEMENT: char = '\u{fffd}';

/// The text with every character replaced that a terminal would act upon: control characters (and
/// so every escape sequence), line and paragraph separators, direction marks and invisible
/// characters. Line breaks and tabs become spaces.
pub(crate) fn sanitise(text: &str) -> Cow<'_, str> {
    if !text.contains(is_terminal_control) {
        return Cow::Borrowed(text);
    }
    let safe = |c| match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_terminal_control(c) => REPLACEMENT,
        c => c,
    };
    Cow::Owned(text.chars().map(safe).collect())
}

/// The same, but keeps line breaks.
pub fn sanitise_lines(text: &str) -> String {
    text.lines().map(sanitise).collect::<Vec<_>>().join("\n")
}

/// The width of the text on a terminal, in columns.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Most characters per column. Real text has fewer; endless combining marks take no column at all.
const MAX_CHARS_PER_COLUMN: usize = 12;

/// The text cut to `columns` columns; `…` marks a cut.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    let most = columns.saturating_mul(MAX_CHARS_PER_COLUMN);
    let bound = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    if bound == text.len() && width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut end = 0;
    for (start, c) in text[..bound].char_indices() {
        let next = start + c.len_utf8();
        if width(&text[..next]) > room {
            break;
        }
        end = next;
    }
    Cow::Owned(format!("{}…", text[..end].trim_end()))
}

/// The lines cut at words where they are wider than `columns`. What follows a cut is indented up to
/// the last column of the line that begins after a wide gap, or else as the line is and by
/// `hanging` more. A longer word is not cut.
pub(crate) fn wrap(text: &str, columns: usize, hanging: usize) -> String {
    let mut wrapped = String::new();
    for line in text.split_inclusive('\n') {
        let start = line.len() - line.trim_start_matches(' ').len();
        let gap = line[start..].rmatch_indices("  ").map(|(at, _)| start + at + 2);
        let column = gap.map(|at| width(&line[..at])).find(|column| *column <= columns / 2);
        let indent = column.unwrap_or(start + hanging);
        let mut used = 0;
        for (at, word) in line.split(' ').enumerate() {
            let word_width = width(word.trim_end_matches('\n'));
            if at > 0 && used + 1 + word_width > columns && used > indent {
                wrapped.truncate(wrapped.trim_end_matches(' ').len());
                wrapped.push('\n');
                wrapped.push_str(&" ".repeat(indent));
                used = indent;
            } else if at > 0 {
                wrapped.push(' ');
                used += 1;
            }
            wrapped.push_str(word);
            used += word_width;
        }
    }
    wrapped
}

/// The text padded to `columns`, on the left if `right` is set.
pub(crate) fn pad(text: &str, columns: usize, right: bool) -> String {
    let spaces = " ".repeat(columns.saturating_sub(width(text)));
    if right { format!("{spaces}{text}") } else { format!("{text}{spaces}") }
}

/// A wrong value that is no secret, at the end of a problem: harmless, and cut if it is long.
pub(crate) fn shown_value(text: &str) -> String {
    format!(": \"{}\"", fit(&sanitise(text), 40))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced() {
        let cases = [
            ("plain", "plain"),
            ("a\x1b[31mred\x1b[0m", "a\u{fffd}[31mred\u{fffd}[0m"),
            ("line\nbreak\ttab\r", "line break tab "),
            ("bell\x07 back\x08 del\x7f", "bell\u{fffd} back\u{fffd} del\u{fffd}"),
            ("c1 \u{9b}31m", "c1 \u{fffd}31m"),
            ("evil\u{202e}gpj.exe", "evil\u{fffd}gpj.exe"),
            ("दीपिका", "दीपिका"),
            (
                "soft\u{ad}, zero\u{200b}\u{2060}\u{feff}",
                "soft\u{fffd}, zero\u{fffd}\u{fffd}\u{fffd}",
            ),
            ("\u{1f469}\u{200d}\u{1f4bb}", "\u{1f469}\u{fffd}\u{1f4bb}"),
        ];
        for (text, expect) in cases {
            assert_eq!(sanitise(text), expect, "{text:?}");
        }
        assert_eq!(sanitise_lines("one\x1b\ntwo"), "one\u{fffd}\ntwo");
    }

    #[test]
    fn text_is_cut_by_columns_not_by_bytes() {
        let cases = [
            ("agent", 5, "agent"),
            ("agents", 5, "agen…"),
            ("東京都庁", 5, "東京…"),
            ("東京都庁", 4, "東…"),
            ("ab cd", 4, "ab…"),
            ("é\u{301}é\u{301}é\u{301}", 2, "é\u{301}…"),
            ("x", 0, ""),
            ("xy", 1, "…"),
        ];
        for (text, columns, expect) in cases {
            assert_eq!(fit(text, columns), expect, "{text:?} in {columns}");
            assert!(width(&fit(text, columns)) <= columns);
        }
    }

    #[test]
    fn stack_of_accents_is_cut_though_it_takes_no_column() {
        let stack = "\u{301}".repeat(1_000_000);
        assert_eq!(fit(&format!("e{stack}"), 10).chars().count(), 121);
        assert_eq!(width(&fit(&format!("e{stack}"), 10)), 2);
        let family = "\u{1f469}\u{1f3fd}\u{200d}\u{2764}\u{fe0f}\u{200d}\u{1f469}\u{1f3fd}";
        assert_eq!(fit(family, 2), family);
    }

    #[test]
    fn csv_for_a_terminal_has_no_control_characters() {
        use callfold_unify::model::{Call, CallId};
        let call = Call::new(CallId::new("vendor", "clinic", "=1\u{1b}[31m\n"));
        let (mut shown, mut kept) = (Vec::new(), Vec::new());
        callfold_export::csv::write_call_through(&call, &mut shown, sanitise);
        callfold_export::csv::write_call(&call, &mut kept);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        assert!(
            text(shown)
                .starts_with("vendor:clinic:=1\u{fffd}[31m ,vendor,clinic,'=1\u{fffd}[31m ,")
        );
        assert!(
            text(kept)
                .starts_with("\"vendor:clinic:=1\u{1b}[31m\n\",vendor,clinic,\"'=1\u{1b}[31m\n\",")
        );
    }

    #[test]
    fn long_lines_are_cut_at_words_and_indented() {
        let text = "  order      the first two of all are kept\nshort\n";
        assert_eq!(
            wrap(text, 26, 2),
            "  order      the first two\n             of all are\n             kept\nshort\n"
        );
        assert_eq!(
            wrap("https://a.example/long/path x", 10, 2),
            "https://a.example/long/path\n  x"
        );
        assert_eq!(wrap("a b", 80, 2), "a b");
    }

    #[test]
    fn padding_counts_columns() {
        assert_eq!(pad("東", 4, false), "東  ");
        assert_eq!(pad("12", 4, true), "  12");
    }
}
