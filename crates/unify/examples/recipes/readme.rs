use callfold_unify::{Error, vaani};

#[expect(clippy::print_stdout, reason = "a program for a terminal")]
fn main() -> Result<(), Error> {
    let record = r#"{
        "call_id": "outbound-1776774443-863aa698",
        "direction": "Outbound",
        "call_status": "User disconnected",
        "to_number": "+915550143210",
        "Start_time": "2026-04-21T12:27:23.335803",
        "End_time": "2026-04-21T12:27:57.453173",
        "duration_ms": 742.269,
        "call_cost": 2.30
    }"#;
    for call in vaani::from_json(record)?.calls {
        println!("{} {} {:?}", call.id, call.status, call.duration);
        for warning in &call.warnings {
            println!("  {}: {}", warning.code, warning.message);
        }
    }
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
fn what_a_call_says() -> Result<(), Error> {
    use callfold_unify::model::{EndReasonKind, Status};

    let mapped = vaani::from_json(
        r#"{
            "call_id": "call-1",
            "call_status": "User disconnected",
            "Start_time": "2026-04-21T12:27:23.335803",
            "End_time": "2026-04-21T12:27:57.453173",
            "duration_ms": 742.269
        }"#,
    )?;
    let call = &mapped.calls[0];
    assert_eq!(call.id.to_string(), "vaani:default:call-1");
    assert_eq!(call.status, Status::Ended);
    assert_eq!(call.end.as_ref().map(|end| &end.kind), Some(&EndReasonKind::CustomerHangup));
    // The vendor's duration contradicts its times: the times count, and a warning says so.
    assert_eq!(call.duration.map(|length| length.as_millis()), Some(34_117));
    assert!(call.warnings.iter().any(|warning| warning.code.as_str() == "duration_mismatch"));
    assert!(call.raw.get().contains("742.269"));
    Ok(())
}

#[allow(dead_code, reason = "README.md shows it")]
fn in_rupees_and_local_time(text: &str) -> Result<Vec<callfold_unify::model::Call>, Error> {
    use callfold_unify::{Context, model::CostUnit};

    let context = Context::new("sales")
        .with_cost_unit(CostUnit::Currency("INR".to_owned()))
        .with_assume_offset("+05:30".parse().expect("a UTC offset"))
        .with_time_zone("Asia/Kolkata".parse().expect("a time zone"))
        .with_own_numbers(["+19195550100"]);
    Ok(vaani::from_json_with(text, &context)?.calls)
}

#[allow(dead_code, reason = "README.md shows it")]
fn map_dump(vendor: &str, text: &str) -> Result<usize, Box<dyn std::error::Error>> {
    use callfold_unify::{Context, mappings};

    let mapping = mappings().iter().find(|mapping| mapping.vendor == vendor);
    let mapping = mapping.ok_or("no such vendor, or its feature is off")?;
    let mapped = (mapping.from_json_with)(text, &Context::new("dump"))?;
    match mapped.rejected.first() {
        // A record without a usable id: its reason, and its JSON in `raw`.
        Some(rejected) => Err(rejected.to_string().into()),
        None => Ok(mapped.calls.len()),
    }
}

#[allow(dead_code, reason = "README.md shows it")]
fn map_typed(
    records: Vec<vaani::api::Lenient<vaani::api::types::Call>>,
) -> Vec<callfold_unify::model::Call> {
    let context = callfold_unify::Context::new("sales");
    let mapped = records.into_iter().map(|record| vaani::map_record(record, &context));
    mapped.filter_map(Result::ok).collect()
}
