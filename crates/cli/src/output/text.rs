//! Text from vendors on a terminal: made harmless, measured and cut.

use callfold_unify::json::is_terminal_control;
use std::borrow::Cow;
use unicode_width::UnicodeWidthStr;

/// Stands for a character that must not reach a terminal.
const REPLACEMENT: char = '\u{fffd}';

/// The text with every character that a terminal would act upon replaced:
/// control characters (and with them every escape sequence), line and
/// paragraph separators, what changes the direction of writing, and what is
/// invisible. Line breaks and tabs become spaces.
pub(crate) fn sanitise(text: &str) -> Cow<'_, str> {
    if !text.contains(is_terminal_control) {
        return Cow::Borrowed(text);
    }
    let harmless = |c| match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_terminal_control(c) => REPLACEMENT,
        c => c,
    };
    Cow::Owned(text.chars().map(harmless).collect())
}

/// The same for text of several lines: line breaks stay.
pub(crate) fn sanitise_lines(text: &str) -> String {
    text.lines().map(sanitise).collect::<Vec<_>>().join("\n")
}

/// Columns the text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Characters a column is worth at most. What people write has fewer, but a
/// stack of accents without end takes no column at all.
const STACK: usize = 12;

/// The text in at most `columns` columns, its end replaced by `…` where it is
/// longer.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    let most = columns.saturating_mul(STACK);
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

/// The text with spaces up to `columns`, on the left where `right` is set.
pub(crate) fn pad(text: &str, columns: usize, right: bool) -> String {
    let spaces = " ".repeat(columns.saturating_sub(width(text)));
    if right { format!("{spaces}{text}") } else { format!("{text}{spaces}") }
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
    fn padding_counts_columns() {
        assert_eq!(pad("東", 4, false), "東  ");
        assert_eq!(pad("12", 4, true), "  12");
    }
}
