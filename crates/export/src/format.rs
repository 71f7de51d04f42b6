//! The formats, and the one interface all encoders have.

use crate::{EncodeError, EncodeErrorKind, PrivacyPolicy, csv, jsonl, parquet, vcon};
use callfold_unify::model::Call;
use std::{fmt, str::FromStr};

/// A format of files with calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// One call a line, as JSON.
    Jsonl,
    /// One call a record, in flat columns.
    Csv,
    /// Columns, with types, for engines.
    Parquet,
    /// One vCon a line, as JSON.
    Vcon,
}

impl Format {
    /// All formats.
    pub const ALL: &'static [Self] = &[Self::Jsonl, Self::Csv, Self::Parquet, Self::Vcon];

    /// Its name, as options take it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Vcon => "vcon",
        }
    }

    /// What names of its files end in, without a leading dot and without the
    /// ending of a compression.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Vcon => "vcon.jsonl",
            other => other.as_str(),
        }
    }

    /// Whether what one push appends stands by itself: calls of several
    /// encoders can then be written one after the other, and a file that was
    /// cut between two pushes can be gone on with.
    pub fn is_appendable(self) -> bool {
        self != Self::Parquet
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.iter().copied().find(|format| format.as_str() == word).ok_or(UnknownFormat)
    }
}

/// A word that names no [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a format is one of jsonl, csv, parquet and vcon")
    }
}

impl std::error::Error for UnknownFormat {}

/// How a file's bytes are compressed as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all. Parquet compresses its own pages.
    #[default]
    None,
    /// Gzip (RFC 1952), one member a push.
    Gzip,
    /// Zstandard (RFC 8878), one frame a push.
    Zstd,
}

impl Compression {
    /// What names of such files end in, without a leading dot; empty for none.
    pub fn extension(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => "gz",
            Self::Zstd => "zst",
        }
    }
}

/// A format with its compression: what a file's name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// What is in the file.
    pub format: Format,
    /// How the file is compressed.
    pub compression: Compression,
}

impl Shape {
    /// The shape that the end of a name stands for, in capitals or not:
    /// `.jsonl`, `.ndjson`, `.csv`, `.parquet`, `.vcon.jsonl` or `.vcon`, and
    /// after all but Parquet `.gz` or `.zst`. `None` where it is another.
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
        let (name, compression) = match name.rsplit_once('.')? {
            (stem, "gz") => (stem, Compression::Gzip),
            (stem, "zst") => (stem, Compression::Zstd),
            _ => (name.as_str(), Compression::None),
        };
        let (stem, extension) = name.rsplit_once('.')?;
        let format = match extension {
            "vcon" => Format::Vcon,
            "jsonl" | "ndjson" if stem.ends_with(".vcon") => Format::Vcon,
            "jsonl" | "ndjson" => Format::Jsonl,
            "csv" => Format::Csv,
            "parquet" if compression == Compression::None => Format::Parquet,
            _ => return None,
        };
        Some(Self { format, compression })
    }

    /// What names of such files end in, without a leading dot.
    pub fn extension(self) -> String {
        match self.compression {
            Compression::None => self.format.extension().to_owned(),
            other => format!("{}.{}", self.format.extension(), other.extension()),
        }
    }
}

/// How calls are to be encoded.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EncodeOptions {
    /// Whether the vendor's record goes with each call. CSV has no place for it.
    pub raw: bool,
    /// Whether CSV begins with a byte order mark, for programs that take a
    /// file without one for something else than UTF-8.
    pub bom: bool,
    /// How the bytes are compressed. Parquet takes [`Compression::None`] only.
    pub compression: Compression,
    /// What becomes of people's data.
    pub privacy: PrivacyPolicy,
    /// Columns that Parquet leaves out, because the directories of a data set
    /// are named after them: readers add those, and some refuse a column that
    /// is there twice. Names of other columns are of no account.
    pub omit: Vec<String>,
}

/// Where in a file an encoder's output begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// At its start: what a format has only once, such as a header, is written.
    Start,
    /// After the output of another encoder with the same options.
    After,
}

/// Turns calls into the bytes of a file.
pub trait Encoder: Send {
    /// Appends what these calls become. Parquet may keep some of it back.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Encoder`]; what was appended is then of no use.
    fn push(&mut self, calls: &[Box<Call>], out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// Appends the rest: what was kept back, and what ends a file. Nothing can
    /// be pushed afterwards.
    ///
    /// # Errors
    ///
    /// As in [`push`](Self::push).
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), EncodeError>;
}

/// An encoder of a format.
///
/// # Errors
///
/// [`EncodeErrorKind::Options`] when the options do not fit the format.
pub fn encoder(
    format: Format,
    options: &EncodeOptions,
    position: Position,
) -> Result<Box<dyn Encoder>, EncodeError> {
    if options.raw && !options.privacy.keeps_all() {
        let what = "the vendor's record holds people's data in clear: leave it out, or keep all";
        return Err(EncodeError::new(EncodeErrorKind::Options, what));
    }
    Ok(match format {
        Format::Jsonl => Box::new(jsonl::Jsonl::new(options)),
        Format::Csv => Box::new(csv::Csv::new(options, position)),
        Format::Parquet => Box::new(parquet::Parquet::new(options, position)?),
        Format::Vcon => Box::new(vcon::Vcon::new(options)),
    })
}
