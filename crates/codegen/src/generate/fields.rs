//! How generated fields are read: the same types, by quicker ways.
//!
//! The generator derives every field's reading from its type. Here the fields
//! that a page of records has by the hundred are told to read themselves by a
//! function of the runtime: times, and what the spec marks with `x-bulk`. So are
//! the fields around the records, for which no page must fail.

use std::collections::BTreeMap;

use quote::{format_ident, quote};
use syn::{Attribute, File, GenericArgument, Item, ItemStruct, PathArguments, Type};

use crate::error::Error;
use crate::generate::broken;
use crate::load::{Document, child};
use crate::prepare::Prepared;
use crate::verify::{FLATTENED, text, wire_name};

/// Changes the file's types.
pub(super) fn optimize_deserializers(
    spec: &Document,
    prepared: &Prepared,
    file: &mut File,
) -> Result<(), Error> {
    let (bulk, envelopes) = (&prepared.bulk, &prepared.envelopes);
    let types = file.items.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let Some((_, items)) = types else { return Ok(()) };
    let mut left_out = BTreeMap::new();
    for item in items.iter_mut() {
        let Item::Struct(item) = item else { continue };
        let schema = item.ident.to_string();
        let is_envelope = envelopes.pages.contains(&schema) || envelopes.details.contains(&schema);
        for field in &mut item.fields {
            let Some(inner) = inside_of(&field.ty, &["Option"]) else { continue };
            let property = (schema.clone(), wire_name(field).unwrap_or_default());
            if bulk.contains(&property) {
                left_out.insert(property, inner.clone());
                field.attrs.push(reader("::callfold_record::bulk"));
            } else if text(inner) == TIME {
                field.attrs.push(reader("::callfold_record::datetime::date_time"));
            } else if is_envelope && ENVELOPE_VALUES.contains(&text(inner).as_str()) {
                field.attrs.push(reader("::callfold_record::envelope_value"));
            } else if is_envelope && envelopes.details.contains(&text(inner)) {
                field.attrs.push(reader("::callfold_record::envelope_object"));
            }
        }
    }
    let mut checks = Checks::of(items);
    for property in bulk {
        let problem = match left_out.get(property) {
            Some(kind) => checks.add(kind),
            None => Err("a property that cannot be missing".to_owned()),
        };
        if let Err(problem) = problem {
            let at = child(&child("/components/schemas", &property.0), "properties");
            let problem = format!("`x-bulk` of {problem}");
            return Err(broken(spec, &child(&at, &property.1), problem).into());
        }
    }
    let checks: Vec<Item> = checks.written.into_values().collect();
    items.extend(checks);
    Ok(())
}

/// Types of an envelope's fields that the runtime reads however they are written.
const ENVELOPE_VALUES: [&str; 3] = ["bool", "i64", "::std::string::String"];

const TIME: &str = "::chrono::DateTime<::chrono::offset::Utc>";

fn reader(function: &str) -> Attribute {
    syn::parse_quote!(#[serde(default, deserialize_with = #function)])
}

/// The type in `outer<...>`.
fn inside_of<'a>(kind: &'a Type, outer: &[&str]) -> Option<&'a Type> {
    let Type::Path(path) = kind else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if outer.iter().any(|outer| last.ident == outer) => {
            Some(inner)
        }
        _ => None,
    }
}

/// How structs are checked without being made.
struct Checks<'a> {
    structs: BTreeMap<String, &'a ItemStruct>,
    written: BTreeMap<String, Item>,
}

impl<'a> Checks<'a> {
    fn of(items: &'a [Item]) -> Self {
        let structs = items.iter().filter_map(|item| match item {
            Item::Struct(item) => Some((item.ident.to_string(), item)),
            _ => None,
        });
        Self { structs: structs.collect(), written: BTreeMap::new() }
    }

    /// Sees to it that the type can be checked; says what it is if it cannot.
    fn add(&mut self, kind: &Type) -> Result<(), String> {
        if let Some(inner) = inside_of(kind, &["Option", "Vec", "Box"]) {
            return self.add(inner);
        }
        let name = text(kind);
        let Some(item) = self.structs.get(&name).copied() else {
            let checked = CHECKED.contains(&name.as_str());
            return if checked { Ok(()) } else { Err(format!("the type `{name}`")) };
        };
        if self.written.insert(name, check(item)).is_some() {
            return Ok(());
        }
        let named =
            item.fields.iter().filter(|field| wire_name(field).as_deref() != Some(FLATTENED));
        named.map(|field| &field.ty).try_for_each(|kind| self.add(kind))
    }
}

/// Types that the runtime checks.
const CHECKED: [&str; 10] = [
    "bool",
    "i32",
    "i64",
    "u32",
    "u64",
    "f64",
    "::std::string::String",
    "::callfold_record::RawNumber",
    "::callfold_record::RawJson",
    TIME,
];

/// A struct of the same members, of which nothing is kept.
fn check(item: &ItemStruct) -> Item {
    let (name, mut strict) = (&item.ident, quote!());
    let mut members = Vec::new();
    for (index, field) in item.fields.iter().enumerate() {
        let wire = wire_name(field).unwrap_or_default();
        if wire == FLATTENED {
            // Somebody wants to know what the spec does not.
            strict = quote!(#[serde(deny_unknown_fields)]);
            continue;
        }
        let place = format_ident!("_{index}");
        let kind = match inside_of(&field.ty, &["Option"]) {
            Some(inner) => quote!(::std::option::Option<::callfold_record::Checked<#inner>>),
            None => {
                let kind = &field.ty;
                quote!(::callfold_record::Checked<#kind>)
            }
        };
        members.push(quote!(#[serde(rename = #wire)] #place: #kind));
    }
    syn::parse_quote! {
        impl ::callfold_record::Bulk for #name {
            fn check<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<(), D::Error> {
                #[derive(::serde::Deserialize)]
                #strict
                struct Check {
                    #(#members),*
                }
                let object = ::callfold_record::AsObject(deserializer);
                <Check as ::serde::Deserialize>::deserialize(object).map(drop)
            }
        }
    }
}
