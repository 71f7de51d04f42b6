//! Which characters are no harmless text.

/// Whether a terminal would act upon the character instead of showing it:
/// control characters (and with them every escape sequence), line and paragraph
/// separators, what changes the direction of writing, and what is invisible.
pub fn is_terminal_control(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_or_is_invisible_is_a_terminal_control() {
        let controls = "\0\t\n\r\u{1b}\u{7f}\u{9b}";
        let separators = "\u{2028}\u{2029}";
        let directions = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}";
        let invisible =
            "\u{ad}\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{fff9}\u{fffb}\u{e0000}\u{e007f}";
        for c in [controls, separators, directions, invisible].concat().chars() {
            assert!(is_terminal_control(c), "{c:?}");
        }
        for c in "a \u{a0}\u{3000}é東\u{301}\u{fe0f}\u{1f469}\u{1f3fd}\\\"\u{2010}\u{202f}\u{fffd}"
            .chars()
        {
            assert!(!is_terminal_control(c), "{c:?}");
        }
    }
}
