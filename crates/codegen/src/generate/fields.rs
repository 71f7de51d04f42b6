//! How generated fields are read: the same types, by quicker ways.
//!
//! The generator derives every field's reading from its type. Here some fields
//! are decoded by a function of the runtime: times, which a page of records has
//! by the hundred, numbers, which may come as text, and the fields around the
//! records, for which no page must fail.

use syn::{Attribute, File, GenericArgument, Item, PathArguments, Type};

use crate::prepare::Envelopes;
use crate::syntax::text;

/// Changes the file's types.
pub(super) fn optimize_deserializers(envelopes: &Envelopes, file: &mut File) {
    let types = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    for item in types.into_iter().flat_map(|(_, items)| items) {
        let Item::Struct(item) = item else { continue };
        let schema = item.ident.to_string();
        let is_envelope = envelopes.pages.contains(&schema) || envelopes.details.contains(&schema);
        for field in &mut item.fields {
            let Some(inner) = inside_option(&field.ty).map(text) else { continue };
            if inner == TIME {
                field.attrs.push(reader("::callfold_record::datetime::date_time"));
            } else if !is_envelope && NUMBERS.contains(&inner.as_str()) {
                field.attrs.push(reader("::callfold_record::number"));
            } else if inner == RAW_NUMBER {
                field.attrs.push(reader("::callfold_record::raw_number"));
            } else if is_envelope && ENVELOPE_VALUES.contains(&inner.as_str()) {
                field.attrs.push(reader("::callfold_record::envelope_value"));
            } else if is_envelope && envelopes.details.contains(&inner) {
                field.attrs.push(reader("::callfold_record::envelope_object"));
            }
        }
    }
}

/// Types of an envelope's fields that the runtime reads however they are written.
const ENVELOPE_VALUES: [&str; 3] = ["bool", "i64", "::std::string::String"];

/// Numbers of a record, which some vendors write as text.
const NUMBERS: [&str; 2] = ["f64", "i64"];

const RAW_NUMBER: &str = "::callfold_record::RawNumber";

const TIME: &str = "::chrono::DateTime<::chrono::offset::Utc>";

fn reader(function: &str) -> Attribute {
    syn::parse_quote!(#[serde(default, deserialize_with = #function)])
}

/// The type in `Option<...>`.
fn inside_option(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}
