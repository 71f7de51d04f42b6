//! Enums whose values are words of an option.

/// Implements `ALL`, `as_str`, `Display` and `FromStr` for an enum of words.
macro_rules! word_enum {
    ($name:ident, $error:ty, $unknown:expr, { $($variant:ident => $word:literal,)* }) => {
        impl $name {
            /// All values.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word of an option.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(word: &str) -> Result<Self, $error> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word).ok_or($unknown)
            }
        }
    };
}
pub(crate) use word_enum;
