//! Checks the generated client against what the preparation asked for.
//!
//! The generator ignores an `x-rust-type` that it does not like without a
//! word; the client would compile and be strict where it should be tolerant.

use std::collections::BTreeMap;

use quote::ToTokens;
use syn::{Field, Fields, File, ImplItem, Item, ItemStruct};

use crate::error::Error;
use crate::generate::{broken, items_of};
use crate::load::{Document, child};
use crate::prepare::Prepared;

/// Every field and answer that should have a type of the runtime has it.
pub(crate) fn verify(spec: &Document, prepared: &Prepared, file: &File) -> Result<(), Error> {
    let types = structs(items_of(file, "types"));
    let missing = |pointer: &str, what: &str| -> Error {
        broken(spec, pointer, format!("the generated client has no {what}")).into()
    };
    for expected in &prepared.fields {
        let schema = child("/components/schemas", &expected.schema);
        let pointer = match &expected.property {
            Some(property) => child(&format!("{schema}/properties"), property),
            None => schema,
        };
        let fields = types.get(expected.schema.as_str());
        let field = fields.and_then(|fields| fields.get(&expected.property));
        if !field.is_some_and(|actual| actual.contains(&expected.rust)) {
            let is = field.map_or("", String::as_str);
            return Err(missing(&pointer, &format!("field of type {} but `{is}`", expected.rust)));
        }
    }
    let methods = sends(items_of(file, "builder"));
    for expected in &prepared.answers {
        let builder = pascal_case(&expected.operation);
        let answer = methods.get(&builder);
        if !answer.is_some_and(|actual| actual.contains(&expected.rust)) {
            let pointer = operation_pointer(spec, &expected.operation);
            return Err(missing(&pointer, &format!("answer of type {}", expected.rust)));
        }
    }
    for (record, _) in &prepared.records {
        let keeps_unknown = types
            .get(record.as_str())
            .is_some_and(|fields| fields.contains_key(&Some(FLATTENED.to_owned())));
        if !keeps_unknown {
            let pointer = child("/components/schemas", record);
            return Err(missing(&pointer, "field for what the spec does not know"));
        }
    }
    Ok(())
}

/// Stands for the name of a field that has none on the wire.
pub(crate) const FLATTENED: &str = "(the rest)";

/// Text of each field's type, by its name on the wire; `None` is a tuple's only field.
type FieldTypes = BTreeMap<Option<String>, String>;

fn structs(items: &[Item]) -> BTreeMap<String, FieldTypes> {
    let structs = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some((item.ident.to_string(), field_types(item))),
        _ => None,
    });
    structs.collect()
}

fn field_types(item: &ItemStruct) -> FieldTypes {
    let fields = match &item.fields {
        Fields::Named(fields) => &fields.named,
        Fields::Unnamed(fields) => &fields.unnamed,
        Fields::Unit => return FieldTypes::new(),
    };
    fields.iter().map(|field| (wire_name(field), text(&field.ty))).collect()
}

/// What serde calls the field: its `rename`, or else its own name.
pub(crate) fn wire_name(field: &Field) -> Option<String> {
    let mut name = field.ident.as_ref().map(|ident| ident.to_string().replacen("r#", "", 1));
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                name = Some(meta.value()?.parse::<syn::LitStr>()?.value());
            } else if meta.path.is_ident("flatten") {
                name = Some(FLATTENED.to_owned());
            } else if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            }
            Ok(())
        });
        if parsed.is_err() {
            return None;
        }
    }
    name
}

/// Text of what each builder's `send` answers, by the builder's name.
fn sends(items: &[Item]) -> BTreeMap<String, String> {
    let mut sends = BTreeMap::new();
    for item in items {
        let Item::Impl(block) = item else { continue };
        let syn::Type::Path(owner) = &*block.self_ty else {
            continue;
        };
        let Some(owner) = owner.path.segments.last() else {
            continue;
        };
        for method in &block.items {
            if let ImplItem::Fn(method) = method
                && method.sig.ident == "send"
            {
                sends.insert(owner.ident.to_string(), text(&method.sig.output));
            }
        }
    }
    sends
}

/// A type without spaces and without the path of the generated types.
pub(crate) fn text(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string().replace(' ', "");
    text.replace("super::types::", "").replace("types::", "").replace(",>", ">")
}

pub(crate) fn pascal_case(snake: &str) -> String {
    let words = snake.split('_').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

fn operation_pointer(spec: &Document, id: &str) -> String {
    let mut operations = crate::refs::operations(spec.value());
    operations.find(|operation| operation.id() == id).map_or_else(String::new, |it| it.pointer())
}
