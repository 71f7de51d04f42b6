//! Numbers that may come as text.

use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, Visitor, value::StrDeserializer},
};
use std::{any, fmt, marker::PhantomData, str::FromStr};

/// Decodes a number, for generated fields: also from a text that holds nothing
/// but a number and blanks. An empty text is none.
pub fn number<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + FromStr,
{
    struct NumberVisitor<T>(PhantomData<T>);

    /// Has the number's own type read it, and name what is wrong with it.
    macro_rules! visit {
        ($($visit:ident($number:ty))+) => {
            $(fn $visit<E: Error>(self, number: $number) -> Result<Option<T>, E> {
                T::deserialize(number.into_deserializer()).map(Some)
            })+
        };
    }

    impl<'de, T: Deserialize<'de> + FromStr> Visitor<'de> for NumberVisitor<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(any::type_name::<T>())
        }

        visit! { visit_i64(i64) visit_u64(u64) visit_f64(f64) }

        fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
            let plain = text.trim();
            // Other texts that Rust reads as numbers, such as `inf`, are none in JSON.
            let is_number = plain.starts_with(|c: char| c == '-' || c.is_ascii_digit());
            match plain.parse() {
                _ if plain.is_empty() => Ok(None),
                Ok(number) if is_number => Ok(Some(number)),
                _ => T::deserialize(StrDeserializer::new(text)).map(Some),
            }
        }

        fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
            Ok(None)
        }
    }

    deserializer.deserialize_any(NumberVisitor(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Length {
        #[serde(default, deserialize_with = "number")]
        seconds: Option<f64>,
        #[serde(default, deserialize_with = "number")]
        epoch_ms: Option<i64>,
    }

    fn read(json: &str) -> Result<(Option<f64>, Option<i64>), String> {
        let length: Result<Length, _> = serde_json::from_str(json);
        length.map(|l| (l.seconds, l.epoch_ms)).map_err(|error| error.to_string())
    }

    #[test]
    fn number_is_read_as_number_and_as_text() {
        assert_eq!(read(r#"{"seconds": 245.7, "epoch_ms": 9}"#), Ok((Some(245.7), Some(9))));
        assert_eq!(read(r#"{"seconds": " 12.50", "epoch_ms": "9"}"#), Ok((Some(12.5), Some(9))));
        assert_eq!(read(r#"{"seconds": 245, "epoch_ms": null}"#), Ok((Some(245.0), None)));
        assert_eq!(read(r#"{"seconds": "", "epoch_ms": " "}"#), Ok((None, None)));
        assert_eq!(read("{}"), Ok((None, None)));
    }

    #[test]
    fn what_is_no_number_is_refused_in_the_types_own_words() {
        for (json, expected) in [
            (r#"{"seconds": "fast"}"#, "f64"),
            (r#"{"seconds": "inf"}"#, "f64"),
            (r#"{"seconds": true}"#, "f64"),
            (r#"{"epoch_ms": "1.5"}"#, "i64"),
            (r#"{"epoch_ms": 1.5}"#, "i64"),
            (r#"{"epoch_ms": []}"#, "i64"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(&format!("expected {expected}")), "{error}");
        }
    }
}
