//! JSON Lines and CSV, plain and compressed.

use crate::support::{bare, encoded, full, plain};
use callfold_export::{
    Compression, EncodeErrorKind, EncodeOptions, FilePosition, Format, PrivacyMode, PrivacyPolicy,
    Shape, encoder,
};
use callfold_tables::CALLS;
use callfold_unify::model::Call;
use std::io::Read;

fn compressed(compression: Compression) -> EncodeOptions {
    let mut options = EncodeOptions::default();
    options.compression = compression;
    options
}

#[test]
fn line_reads_back_as_the_call_and_has_the_vendors_record_on_request() {
    let mut options = EncodeOptions::default();
    let read = |options: &EncodeOptions| -> Call {
        let line = encoded(Format::Jsonl, options, &[&[full()]]);
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        serde_json::from_slice(&line).unwrap()
    };
    let call = read(&options);
    assert_eq!(call.raw.get(), "null");
    options.raw = true;
    let call = read(&options);
    assert_eq!(call.raw.get(), "{\"id\":\"call-1\",\"n\":1.10}");
    let (ours, again) = (serde_json::to_value(&*full()), serde_json::to_value(&call));
    assert_eq!(ours.unwrap(), again.unwrap());
}

#[test]
fn each_push_is_a_member_or_frame_and_all_of_them_are_the_file() {
    let (first, second) = (vec![full(), bare("b")], vec![bare("c")]);
    for format in [Format::Jsonl, Format::Csv, Format::Vcon] {
        let whole = encoded(format, &EncodeOptions::default(), &[&first, &second]);
        let gzip = encoded(format, &compressed(Compression::Gzip), &[&first, &[], &second]);
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(&*gzip).read_to_end(&mut plain).unwrap();
        assert_eq!(plain, whole, "{format}");
        let zstd = encoded(format, &compressed(Compression::Zstd), &[&first, &[], &second]);
        assert_eq!(zstd::stream::decode_all(&*zstd).unwrap(), whole, "{format}");
    }
}

#[test]
fn encoders_one_after_the_other_write_what_one_writes() {
    let calls = [full(), bare("b"), bare("c")];
    for format in [Format::Jsonl, Format::Csv, Format::Vcon] {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let options = compressed(compression);
            let whole = encoded(format, &options, &[&calls[..1], &calls[1..]]);
            let mut parts = Vec::new();
            for (position, calls) in
                [(FilePosition::Start, &calls[..1]), (FilePosition::After, &calls[1..])]
            {
                let mut encoder = encoder(format, &options, position).unwrap();
                encoder.push(calls, &mut parts).unwrap();
                if position == FilePosition::After {
                    encoder.finish(&mut parts).unwrap();
                }
            }
            assert_eq!(parts, whole, "{format} {compression:?}");
        }
    }
}

#[test]
fn csv_without_calls_has_its_header_and_the_others_have_nothing() {
    let mut options = EncodeOptions::default();
    options.bom = true;
    let csv = String::from_utf8(encoded(Format::Csv, &options, &[])).unwrap();
    let names: Vec<_> = CALLS.iter().map(|column| column.name).collect();
    assert_eq!(csv, format!("\u{feff}{}\n", names.join(",")));
    assert_eq!(encoded(Format::Csv, &options, &[&[], &[]]), csv.as_bytes());
    assert!(plain(Format::Jsonl, &[]).is_empty() && plain(Format::Vcon, &[]).is_empty());
}

#[test]
fn csv_cells_are_the_values_of_the_columns() {
    let csv = plain(Format::Csv, &[full()]);
    let mut csv = csv::Reader::from_reader(&*csv);
    let header = csv.headers().unwrap().clone();
    let record = csv.records().next().unwrap().unwrap();
    let cell = |name: &str| &record[header.iter().position(|column| column == name).unwrap()];
    for (name, expect) in [
        ("id", "vendor:clinic:call-1"),
        ("started_at", "2026-04-21T12:00:00.123456Z"),
        ("duration_ms", "37126"),
        ("from_number", "+19195550100"),
        ("cost_total", "0.12500"),
        ("summary", "Asked for a later slot,\n\"please\"."),
        ("outcome_success", "true"),
        ("warnings", "duration_mismatch unknown_field"),
    ] {
        assert_eq!(cell(name), expect, "{name}");
    }
}

#[test]
fn name_tells_the_shape() {
    let cases = [
        ("calls.jsonl", Some("jsonl")),
        ("a.b/CALLS.NDJSON.GZ", Some("jsonl.gz")),
        ("calls.csv.zst", Some("csv.zst")),
        ("calls.parquet", Some("parquet")),
        ("calls.parquet.gz", None),
        ("calls.vcon", Some("vcon.jsonl")),
        ("s3://bucket/calls.vcon.jsonl.zst", Some("vcon.jsonl.zst")),
        ("calls.json", None),
        ("calls.jsonl/", None),
        ("calls.gz", None),
        ("calls", None),
    ];
    for (name, expect) in cases {
        assert_eq!(Shape::of_path(name).map(Shape::extension).as_deref(), expect, "{name}");
    }
    for format in Format::ALL {
        let shape = Shape { format: *format, compression: Compression::None };
        assert_eq!(Shape::of_path(&format!("x.{}", shape.extension())), Some(shape));
        assert_eq!(format.to_string().parse(), Ok(*format));
    }
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let kind = |format, options: &EncodeOptions, position| {
        encoder(format, options, position).err().map(|error| error.kind())
    };
    let refused = Some(EncodeErrorKind::Options);
    let gzip = compressed(Compression::Gzip);
    assert_eq!(kind(Format::Parquet, &gzip, FilePosition::Start), refused);
    let plain = EncodeOptions::default();
    assert_eq!(kind(Format::Parquet, &plain, FilePosition::After), refused);
    let mut raw = EncodeOptions::default();
    raw.raw = true;
    raw.privacy = PrivacyPolicy::new(PrivacyMode::Mask, &[], None).unwrap();
    for format in Format::ALL {
        assert_eq!(kind(*format, &raw, FilePosition::Start), refused, "{format}");
    }
}
