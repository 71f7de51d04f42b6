//! The formats, and the interface of their encoders.

use crate::{
    EncodeError, EncodeErrorKind, PrivacyPolicy, csv, json_lines::JsonLines, parquet,
    word_enum::word_enum,
};
use callfold_unify::model::Call;
use std::fmt;

/// A format of files with calls.
///
/// A new format touches four places: [`encoder`], `job/batch_encoder.rs`, [`Shape::of_path`] and
/// `target/origin.rs`, which recognises its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// One JSON object per call and line.
    Jsonl,
    /// One record per call, in flat columns.
    Csv,
    /// Typed columns, for query engines.
    Parquet,
    /// One vCon per call and line, as JSON.
    Vcon,
}

word_enum!(Format, UnknownFormat, UnknownFormat, {
    Jsonl => "jsonl",
    Csv => "csv",
    Parquet => "parquet",
    Vcon => "vcon",
});

impl Format {
    /// The file extension, without a leading dot and without that of a compression.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Vcon => "vcon.jsonl",
            other => other.as_str(),
        }
    }

    /// Whether the output of each push is independent: the output of several encoders can be
    /// concatenated, and a file that was cut between two pushes can be appended to.
    pub fn is_appendable(self) -> bool {
        self != Self::Parquet
    }
}

/// A word that is not a [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be jsonl, csv, parquet or vcon")
    }
}

impl std::error::Error for UnknownFormat {}

/// The compression of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// No compression. Parquet compresses its own pages.
    #[default]
    None,
    /// Gzip (RFC 1952), one member per push.
    Gzip,
    /// Zstandard (RFC 8878), one frame per push.
    Zstd,
}

impl Compression {
    /// The file extension, without a leading dot; empty for none.
    pub fn extension(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => "gz",
            Self::Zstd => "zst",
        }
    }
}

/// A format with its compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// The format.
    pub format: Format,
    /// The compression.
    pub compression: Compression,
}

impl Shape {
    /// The shape of a file name, in either case: `.jsonl`, `.ndjson`, `.csv`, `.parquet`,
    /// `.vcon.jsonl` or `.vcon`, followed by `.gz` or `.zst` except for Parquet. `None` for others.
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

    /// The file extension, without a leading dot.
    pub fn extension(self) -> String {
        match self.compression {
            Compression::None => self.format.extension().to_owned(),
            other => format!("{}.{}", self.format.extension(), other.extension()),
        }
    }
}

/// How to encode calls.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EncodeOptions {
    /// Whether to include the vendor's record. CSV has no column for it.
    pub raw: bool,
    /// Whether CSV starts with a byte order mark, for programs that need it to detect UTF-8.
    pub bom: bool,
    /// The compression. Parquet takes only [`Compression::None`].
    pub compression: Compression,
    /// How to treat personal data.
    pub privacy: PrivacyPolicy,
    /// Columns that Parquet leaves out, because the directories of a partitioned set are named after
    /// them: readers add those, and some refuse duplicates. Unknown names are ignored.
    pub omit: Vec<String>,
}

/// The position of an encoder's output in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilePosition {
    /// At the start: a header is written, if the format has one.
    Start,
    /// After the output of another encoder with the same options.
    After,
}

/// Encodes calls as the bytes of a file.
pub trait Encoder: Send {
    /// Encodes calls and appends them to `out`. Parquet may buffer some.
    ///
    /// # Errors
    ///
    /// [`EncodeErrorKind::Encoder`]; `out` is unusable then.
    fn push(&mut self, calls: &[Box<Call>], out: &mut Vec<u8>) -> Result<(), EncodeError>;

    /// Appends what is buffered, and the end of the file. Nothing can be pushed afterwards.
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
/// [`EncodeErrorKind::Options`] if the options do not fit the format.
pub fn encoder(
    format: Format,
    options: &EncodeOptions,
    position: FilePosition,
) -> Result<Box<dyn Encoder>, EncodeError> {
    if options.raw && !options.privacy.keeps_all() {
        let what =
            "the vendor's record contains personal data in clear: leave it out, or keep everything";
        return Err(EncodeError::new(EncodeErrorKind::Options, what));
    }
    Ok(match format {
        Format::Jsonl | Format::Vcon => Box::new(JsonLines::new(format, options)),
        Format::Csv => Box::new(csv::Csv::new(options, position)),
        Format::Parquet => Box::new(parquet::Parquet::new(options, position)?),
    })
}
