//! Panics of the libraries below, turned into messages.
//!
//! The generator is known to panic on documents it does not expect. The lint
//! refuses those that are known; this is for the ones that are not.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work` and returns its panic message, if it panics, without printing it.
///
/// The panic hook stays installed and speaks for every other thread.
pub(crate) fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = take_hook();
        set_hook(Box::new(move |info| {
            if !SILENT.get() {
                previous(info);
            }
        }));
    });
    let was_silent = SILENT.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    SILENT.set(was_silent);
    result.map_err(|payload| message(&*payload))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    one_line(text)
}

/// The text on one line, at most 300 characters of it.
pub(crate) fn one_line(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match joined.char_indices().nth(300) {
        Some((end, _)) => format!("{} ...", &joined[..end]),
        None => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_becomes_message() {
        assert_eq!(catch_panic(|| 1), Ok(1));
        assert_eq!(
            catch_panic(|| -> u8 { panic!("no\n  such {}", "thing") }),
            Err("no such thing".to_owned())
        );
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let text = one_line(&"é".repeat(400));
        assert_eq!(text.chars().count(), 304);
    }
}
