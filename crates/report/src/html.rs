//! Parts that all pages share.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");

/// A page with this title and body, and perhaps a script. Its policy allows nothing but the style
/// and the script that are in it, so that no text in the page can send a request.
pub(crate) fn document(title: &str, body: &Markup, script: &str) -> String {
    let scripts = if script.is_empty() { "'none'".to_owned() } else { source(script) };
    let policy = format!(
        "default-src 'none'; style-src {}; script-src {scripts}; base-uri 'none'; form-action 'none'",
        source(STYLE)
    );
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="generator" content=(GENERATOR);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                @if !script.is_empty() {
                    script { (PreEscaped(script)) }
                }
            }
        }
    };
    page.into_string()
}

/// What marks a file as a page of callfold.
pub(crate) const GENERATOR: &str = "callfold";

/// A text as the policy names it.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// A number with commas between its thousands.
pub(crate) fn grouped(number: impl ToString) -> String {
    let text = number.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(a, b)| (a, Some(b)));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, expect) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.1250", "-1,234,567.1250"),
            ("-100", "-100"),
        ] {
            assert_eq!(grouped(number), expect);
        }
    }

    #[test]
    fn policy_allows_nothing_but_the_style_and_script_of_the_page() {
        let page = document("t", &html! { p { "<script>alert(1)</script>" } }, "");
        assert!(page.contains("script-src &#39;none&#39;") || page.contains("script-src 'none'"));
        assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
