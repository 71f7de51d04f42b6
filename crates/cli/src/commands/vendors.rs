//! `callfold vendors`: what each API supports, and how to configure a source.

use super::find_call::note_hidden_columns;
use crate::args::{Global, ReportFormat, VendorsArgs};
use crate::config::variable;
use crate::failure::{ExitOutcome, Failure};
use crate::one_off::find_vendor;
use crate::output::{
    OutputStyle, Stderr, json_text, print,
    table::{TableColumn, TextTable},
    text::wrap,
};
use callfold_reader::{
    Capability, DetailCost, Lookup, Need, Ordering, Pushdown, Setting, SettingKind, StopRule,
    VendorEntry, common_settings, vendors as all_vendors,
};
use serde_json::json;

/// Shows the capabilities of all vendors, or one vendor in full.
pub(crate) fn vendors(
    args: &VendorsArgs,
    global: &Global,
    stderr: &Stderr,
) -> Result<ExitOutcome, Failure> {
    let chosen = match &args.vendor {
        None => all_vendors().to_vec(),
        Some(name) => vec![find_vendor(name)?],
    };
    match (args.output, &args.vendor) {
        (ReportFormat::Json, _) => {
            let entries: Vec<_> = chosen.iter().map(|vendor| as_json(vendor)).collect();
            print(&json_text(&entries, true))?;
        }
        (ReportFormat::Table, None) => {
            let style = OutputStyle::of_stdout(global.color, true);
            let rendered = table(&chosen).render(style.columns, style.color);
            print(&rendered.text)?;
            note_hidden_columns(&rendered.hidden, "", stderr);
            stderr.note(
                "`callfold vendors VENDOR` shows one vendor in full, and how to configure it",
            );
        }
        (ReportFormat::Table, Some(_)) => {
            let text: String = chosen.into_iter().map(details).collect();
            let columns = OutputStyle::of_stdout(global.color, true).columns;
            print(&columns.map_or(text.clone(), |columns| wrap(&text, columns, 2)))?;
        }
    }
    Ok(ExitOutcome::Complete)
}

fn as_json(vendor: &VendorEntry) -> serde_json::Value {
    let settings: Vec<_> = vendor.settings.iter().chain(common_settings()).collect();
    json!({ "name": vendor.name, "title": vendor.title, "lists": vendor.lists, "settings": settings })
}

fn table(vendors: &[&VendorEntry]) -> TextTable {
    let column = |title: &'static str, min, drop_rank| TableColumn {
        title: title.into(),
        right: false,
        min,
        drop_rank,
    };
    let columns = vec![
        column("VENDOR", usize::MAX, 0),
        column("LIST", usize::MAX, 5),
        column("PAGING", usize::MAX, 0),
        column("PAGE SIZE", usize::MAX, 3),
        column("TOTAL", usize::MAX, 0),
        column("ENDS WITH", usize::MAX, 4),
        column("ORDER", usize::MAX, 0),
        column("SERVER FILTERS BY", 18, 1),
        column("ONE CALL", usize::MAX, 2),
    ];
    let rows = vendors.iter().flat_map(|vendor| {
        vendor.lists.iter().map(|list| {
            vec![
                vendor.name.into(),
                list.list.into(),
                list.paging.describe().into(),
                sizes(list).into(),
                if list.total.is_some() { "if sent" } else { "no" }.into(),
                stop(list.stop).into(),
                order(list.order).into(),
                filters(list).into(),
                lookup(list.lookup).into(),
            ]
        })
    });
    TextTable { columns, rows: rows.collect() }
}

fn sizes(list: &Capability) -> String {
    match list.max_page_size {
        Some(max) => format!("{}, maximum {max}", list.default_page_size),
        None => format!("{}, maximum unknown", list.default_page_size),
    }
}

fn stop(rule: StopRule) -> String {
    match rule {
        StopRule::Flag { field } => {
            format!("{} = false", field.rsplit('.').next().unwrap_or(field))
        }
        StopRule::TotalReached => "total reached".to_owned(),
        StopRule::NextToken => "no next token".to_owned(),
        _ => "empty page".to_owned(),
    }
}

fn order(order: Ordering) -> &'static str {
    match order {
        Ordering::NewestFirst => "newest first",
        Ordering::OldestFirst => "oldest first",
        Ordering::Selectable { .. } => "selectable",
        _ => "unknown",
    }
}

fn filters(list: &Capability) -> String {
    let mut names: Vec<String> = Vec::new();
    for filter in list.filters {
        let required = if filter.required { " (required)" } else { "" };
        names.push(format!("{}{required}", filter.field.as_str()));
    }
    names.dedup();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn lookup(lookup: Lookup) -> &'static str {
    match lookup {
        Lookup::Id { .. } => "by id",
        _ => "by searching the list",
    }
}

/// All about one vendor, with a section of configuration to start from.
fn details(vendor: &VendorEntry) -> String {
    let mut text = format!("{} ({})\n", vendor.title, vendor.name);
    for list in vendor.lists {
        text.push_str(&format!("\n{}\n", list.list));
        let mut fact = |name: &str, value: &str| text.push_str(&format!("  {name:<15}{value}\n"));
        fact("paging", &list.paging.describe());
        fact("page size", &sizes(list));
        fact(
            "total",
            &match list.total {
                Some(field) => {
                    format!("{field}, if the response has it; else completeness cannot be checked")
                }
                None => "none, so completeness cannot be checked".to_owned(),
            },
        );
        fact("ends with", &stop(list.stop));
        fact("order", order(list.order));
        for filter in list.filters {
            let pushed = match filter.push {
                Pushdown::NotPushed { why } => format!("filtered locally ({why})"),
                Pushdown::Uuid => "sent if it is an id".to_owned(),
                Pushdown::Time { widen_by_s } => {
                    let margin = match widen_by_s {
                        86_400 => "1 day".to_owned(),
                        seconds => format!("{seconds} s"),
                    };
                    format!("sent with {margin} of margin, then filtered exactly")
                }
                Pushdown::Words { words } => {
                    let words: Vec<_> = words.iter().map(|(ours, _)| *ours).collect();
                    format!("sent for {}", words.join(", "))
                }
                _ => "sent".to_owned(),
            };
            let required = if filter.required { ", required" } else { "" };
            fact(
                "filter",
                &format!("{} by {}{required}; {pushed}", filter.field.as_str(), filter.parameter),
            );
        }
        let names = |fields: &[callfold_reader::FilterField]| {
            fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ")
        };
        if !list.unavailable_fields.is_empty() {
            fact("not available", &names(list.unavailable_fields));
        }
        if !list.detail_only.is_empty() {
            fact("per call", &format!("{}: one more request per call", names(list.detail_only)));
        }
        match list.lookup {
            Lookup::Id { operation } => fact("one call", operation),
            _ => fact("one call", "by searching the list"),
        }
        for detail in list.detail {
            let part = detail.part.as_str();
            let cost = match detail.cost {
                DetailCost::ListOption { option } => format!("with {option}"),
                DetailCost::RequestPerCall { operation } => format!("{operation} per call"),
                _ => "in the list".to_owned(),
            };
            fact("detail", &format!("{part}: {cost}"));
        }
    }
    text.push_str("\nSettings\n");
    for setting in vendor.settings.iter().chain(common_settings()) {
        let need = match setting.need {
            Need::Always => "required",
            Need::OneOf(_) => "one of these",
            _ => "optional",
        };
        text.push_str(&format!("  {:<17}{need:<14}{}\n", setting.key, setting.help));
    }
    text.push_str(&format!("\nTo configure it, add this to callfold.toml:\n\n{}", section(vendor)));
    text
}

/// The section of a vendor in the configuration, to start from.
pub(super) fn section(vendor: &VendorEntry) -> String {
    let mut text = format!("[sources.my-{0}]\nvendor = \"{0}\"\n", vendor.name);
    let mut groups = Vec::new();
    for setting in vendor.settings {
        let alternative = matches!(setting.need, Need::OneOf(group) if groups.contains(&group));
        if let Need::OneOf(group) = setting.need {
            groups.push(group);
        }
        let comment = if setting.need == Need::Optional || alternative { "# " } else { "" };
        text.push_str(&format!("{comment}{} = {}\n", setting.key, example(vendor, setting)));
    }
    text
}

fn example(vendor: &VendorEntry, setting: &Setting) -> String {
    match setting.kind {
        SettingKind::Secret => {
            format!("{{ env = \"{}\" }}", variable(vendor.name, setting.key))
        }
        SettingKind::List => "[\"+19195550100\"]".to_owned(),
        SettingKind::Flag => "true".to_owned(),
        SettingKind::Number | SettingKind::Rate => "1".to_owned(),
        _ => "\"\"".to_owned(),
    }
}
