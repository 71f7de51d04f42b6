//! Parquet files, read back.

use crate::support::{bare, encoded, full, plain};
use arrow_array::{
    Array, Decimal128Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use callfold_export::{EncodeErrorKind, EncodeOptions, Format, merge_parquet, parquet_fields};
use callfold_tables::CALLS;
use callfold_unify::model::Call;
use parquet::{
    arrow::arrow_reader::ParquetRecordBatchReaderBuilder,
    basic::{Compression, Encoding, Type},
    file::reader::{FileReader, SerializedFileReader},
};
use rust_decimal::Decimal;

/// One row of a file.
pub(crate) struct Row {
    batch: RecordBatch,
    place: usize,
}

pub(crate) fn rows(parquet: Vec<u8>) -> Vec<Row> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(parquet)).unwrap();
    let batches = reader.build().unwrap().map(Result::unwrap);
    batches
        .flat_map(|batch| {
            (0..batch.num_rows()).map(move |place| Row { batch: batch.clone(), place })
        })
        .collect()
}

/// All that is in a file, as text.
pub(crate) fn debug(parquet: Vec<u8>) -> String {
    let metadata = SerializedFileReader::new(bytes::Bytes::from(parquet.clone())).unwrap();
    let metadata = format!("{:?}", metadata.metadata());
    let rows = rows(parquet);
    metadata
        + &rows.iter().map(|row| format!("{:?}", row.batch.slice(row.place, 1))).collect::<String>()
}

impl Row {
    fn cells<A: Array + 'static>(&self, name: &str) -> Option<&A> {
        let column = self.batch.column_by_name(name).unwrap_or_else(|| panic!("no {name}"));
        column.is_valid(self.place).then(|| column.as_any().downcast_ref().unwrap())
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.cells::<StringArray>(name).map(|cells| cells.value(self.place).to_owned())
    }

    pub(crate) fn micros(&self, name: &str) -> Option<i64> {
        self.cells::<TimestampMicrosecondArray>(name).map(|cells| cells.value(self.place))
    }

    fn whole(&self, name: &str) -> Option<i64> {
        self.cells::<Int64Array>(name).map(|cells| cells.value(self.place))
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.cells::<Float64Array>(name).map(|cells| cells.value(self.place))
    }

    fn list(&self, name: &str) -> StructArray {
        let list = self.cells::<ListArray>(name).unwrap().value(self.place);
        list.as_any().downcast_ref::<StructArray>().unwrap().clone()
    }

    pub(crate) fn turns(&self) -> Vec<String> {
        let turns = self.list("turns");
        let texts: &StringArray =
            turns.column_by_name("text").unwrap().as_any().downcast_ref().unwrap();
        texts.iter().map(|text| text.unwrap().to_owned()).collect()
    }

    /// The number, from whichever of its two columns has it.
    pub(crate) fn exact(&self, name: &str) -> Option<Decimal> {
        let fits = self.cells::<Decimal128Array>(name).map(|cells| cells.value(self.place));
        let text = self.text(&format!("{name}_text"));
        assert!(fits.is_none() || text.is_none(), "one of them is enough");
        let fits = fits.map(|units| {
            let mut text = format!("{:019}", units.unsigned_abs());
            text.insert(text.len() - 18, '.');
            text.trim_end_matches('0').trim_end_matches('.').parse::<Decimal>().unwrap()
        });
        fits.or(text.map(|text| text.parse().unwrap())).map(|number| number.normalize())
    }
}

#[test]
fn row_has_the_values_of_the_call() {
    let mut options = EncodeOptions::default();
    options.raw = true;
    let rows = rows(encoded(Format::Parquet, &options, &[&[full(), bare("b")]]));
    let [row, bare] = &rows[..] else { panic!("{} rows", rows.len()) };
    for (name, expect) in [
        ("id", "vendor:clinic:call-1"),
        ("direction", "outbound"),
        ("to_number", "+19195550123"),
        ("cost_unit", "USD"),
        ("transcript_text", "agent: Good morning"),
        ("alternate_ids", "{\"call_sid\":\"CA-7\"}"),
        ("analysis", "{\"score\":1.10,\"tags\":[\"a\",\"b\"]}"),
        ("metadata", "{\"row\":12345678901234567890}"),
        ("facts", "{\"queue\":\"north\"}"),
        ("duration_basis", "start"),
        ("started_at_local", "2026-04-21T17:30:00.123456+05:30"),
        ("customer_id", "customer-1"),
        ("customer_number", "+19195550123"),
        ("agent_line_number", "+19195550100"),
        ("agent_version", "7"),
        ("batch_id", "batch-3"),
        ("tags", "[\"vip\",\"second, \\\"call\\\"\"]"),
        ("outcome_evaluation", "good"),
        ("raw", "{\"id\":\"call-1\",\"n\":1.10}"),
    ] {
        assert_eq!(row.text(name).as_deref(), Some(expect), "{name}");
    }
    assert!(row.text("latency").unwrap().contains("\"p95\":812.5"));
    assert_eq!(row.micros("started_at"), Some(1_776_772_800_123_456));
    assert_eq!(row.whole("duration_ms"), Some(37_126));
    assert_eq!(row.exact("cost_total"), Some("0.125".parse().unwrap()));
    let counts = ["attempt", "local_hour", "customer_turns", "agent_turns", "tool_calls"];
    assert_eq!(counts.map(|name| row.whole(name)), [2, 17, 1, 1, 0].map(Some));
    assert_eq!(row.whole("tool_failures"), Some(1));
    assert_eq!(
        (row.number("latency_p50_ms"), row.number("latency_p95_ms")),
        (Some(412.5), Some(812.5))
    );
    assert_eq!(row.exact("outcome_score"), Some("8.5".parse().unwrap()));
    let text = |list: &StructArray, name: &str, place: usize| {
        let column: &StringArray =
            list.column_by_name(name).unwrap().as_any().downcast_ref().unwrap();
        column.value(place).to_owned()
    };
    let (turns, transfers) = (row.list("turns"), row.list("transfers"));
    assert_eq!(text(&turns, "kind", 2), "tool_result");
    assert_eq!(text(&turns, "tool_result", 2), "\"two slots\"");
    assert_eq!(text(&transfers, "to_number", 0), "+19195550188");
    assert_eq!(text(&transfers, "status", 0), "no_answer");
    assert_eq!(text(&row.list("other_totals"), "unit", 0), "credits");
    assert_eq!(bare.whole("customer_turns"), None, "what is not known is not 0");
    assert_eq!(row.turns()[1], "Hello, दीपिका here \u{1f44b}");
    let parts = row.list("cost_parts");
    let amounts: &Decimal128Array =
        parts.column_by_name("amount").unwrap().as_any().downcast_ref().unwrap();
    assert_eq!(amounts.value_as_string(0), "0.150000000000000020");
    assert_eq!((row.list("warnings").len(), row.list("recordings").len()), (2, 2));
    assert_eq!(bare.text("raw"), None);
    assert_eq!(bare.text("analysis"), None);
    assert!(bare.turns().is_empty());
    assert_eq!(bare.exact("cost_total"), None);
}

#[test]
fn file_says_what_it_is_and_is_packed_well() {
    let calls: Vec<Box<Call>> = (0..5000).map(|_| full()).collect();
    let file =
        SerializedFileReader::new(bytes::Bytes::from(plain(Format::Parquet, &calls))).unwrap();
    let facts = file.metadata().file_metadata();
    let fact = |key: &str| {
        let facts = facts.key_value_metadata().unwrap();
        facts.iter().find(|fact| fact.key == key).and_then(|fact| fact.value.clone())
    };
    assert_eq!(fact("callfold.version").as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(fact("callfold.schema_version").as_deref(), Some("2"));
    let group = file.metadata().row_group(0);
    for column in group.columns() {
        assert!(matches!(column.compression(), Compression::ZSTD(_)));
        let name = column.column_path().string();
        let words = ["vendor", "status", "turns.list.element.role", "warnings.list.element.code"];
        let packed = column.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY);
        assert_eq!(packed, packed || words.contains(&&*name), "{name}");
        assert!(!words.contains(&&*name) || packed, "{name}");
        assert!(name != "started_at" || column.statistics().is_some());
        assert!(name != "summary" || column.statistics().is_none());
        assert!(name != "cost_total" || column.column_type() == Type::FIXED_LEN_BYTE_ARRAY);
    }
    let fields: Vec<_> = parquet_fields(false).into_iter().map(|field| field.name).collect();
    for column in CALLS {
        assert!(fields.iter().any(|name| name == column.name), "{}", column.name);
    }
    assert_eq!(parquet_fields(true).len(), fields.len() + 1);
}

#[test]
fn column_of_a_directory_is_left_out() {
    let mut options = EncodeOptions::default();
    options.omit = vec!["vendor".into(), "date".into()];
    let rows = rows(encoded(Format::Parquet, &options, &[&[full()]]));
    assert!(rows[0].batch.column_by_name("vendor").is_none());
    assert_eq!(rows[0].text("id").as_deref(), Some("vendor:clinic:call-1"));
}

#[test]
fn row_groups_are_written_while_calls_come() {
    let mut encoder = callfold_export::encoder(
        Format::Parquet,
        &EncodeOptions::default(),
        callfold_export::FilePosition::Start,
    )
    .unwrap();
    let (mut out, mut early) = (Vec::new(), 0);
    for batch in 0..150 {
        let mut calls: Vec<_> = (0..1000).map(|n| bare(&format!("{batch}-{n}"))).collect();
        calls[0].summary = Some("long ".repeat(100));
        encoder.push(&calls, &mut out).unwrap();
        early = early.max(out.len());
    }
    assert!(early > 1000, "{early} bytes before the end");
    encoder.finish(&mut out).unwrap();
    let file = SerializedFileReader::new(bytes::Bytes::from(out)).unwrap();
    let groups = file.metadata().row_groups();
    assert_eq!(groups.len(), 10);
    assert_eq!(groups.iter().map(|group| group.num_rows()).sum::<i64>(), 150_000);
}

#[test]
fn merged_segments_are_one_file_with_all_rows() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let segments = [vec![full(), bare("a")], vec![bare("b")], vec![]];
    let paths = [path("0"), path("1"), path("2")];
    for (path, calls) in paths.iter().zip(&segments) {
        std::fs::write(path, plain(Format::Parquet, calls)).unwrap();
    }
    let mut merged = Vec::new();
    merge_parquet(&paths, &mut merged).unwrap();
    let file = SerializedFileReader::new(bytes::Bytes::from(merged.clone())).unwrap();
    let facts = file.metadata().file_metadata();
    assert!(facts.created_by().unwrap().starts_with("callfold version"));
    let keys: Vec<_> = facts.key_value_metadata().unwrap().iter().map(|fact| &*fact.key).collect();
    assert!(
        keys.contains(&"callfold.schema_version") && keys.contains(&"ARROW:schema"),
        "{keys:?}"
    );
    let read = rows(merged);
    let ids: Vec<_> = read.iter().map(|row| row.text("call_id").unwrap()).collect();
    assert_eq!(ids, ["call-1", "a", "b"]);
    assert_eq!(read[0].turns().len(), 3);
    assert_eq!(read[0].micros("started_at"), Some(1_776_772_800_123_456));

    let kind = |paths: &[std::path::PathBuf]| merge_parquet(paths, Vec::new()).unwrap_err().kind();
    assert_eq!(kind(&[]), EncodeErrorKind::Options);
    assert_eq!(kind(&[path("none")]), EncodeErrorKind::Io);
    std::fs::write(path("cut"), &plain(Format::Parquet, &segments[0])[..200]).unwrap();
    assert_eq!(kind(&[path("0"), path("cut")]), EncodeErrorKind::Segment);
    let mut options = EncodeOptions::default();
    options.raw = true;
    std::fs::write(path("raw"), encoded(Format::Parquet, &options, &[&segments[1]])).unwrap();
    assert_eq!(kind(&[path("0"), path("raw")]), EncodeErrorKind::Segment);
}
