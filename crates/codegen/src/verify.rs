//! Checks that the generated client has the prepared types.
//!
//! The generator silently ignores an `x-rust-type` that it cannot use; the client
//! would compile and be strict where it should be tolerant.

use std::collections::BTreeMap;

use syn::{Fields, File, ImplItem, Item, ItemStruct};

use crate::error::Error;

use crate::load::{SpecDocument, child};
use crate::prepare::PreparedDocument;
use crate::syntax::{FLATTENED, broken, items_of, pascal_case, text, wire_name};

/// Every field and response that needs a type of the runtime must have it.
pub(crate) fn verify(
    spec: &SpecDocument,
    prepared: &PreparedDocument,
    file: &File,
) -> Result<(), Error> {
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
    for expected in &prepared.responses {
        let builder = pascal_case(&expected.operation);
        let response = methods.get(&builder);
        if !response.is_some_and(|actual| actual.contains(&expected.rust)) {
            let pointer = operation_pointer(spec, &expected.operation);
            return Err(missing(&pointer, &format!("response of type {}", expected.rust)));
        }
    }
    for record in prepared.records.iter().map(|record| &record.schema) {
        let has_unknown_fields = types
            .get(record.as_str())
            .is_some_and(|fields| fields.contains_key(&Some(FLATTENED.to_owned())));
        if !has_unknown_fields {
            let pointer = child("/components/schemas", record);
            return Err(missing(&pointer, "field for unknown fields"));
        }
    }
    Ok(())
}

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

/// Return type of each builder's `send`, by the builder's name.
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

fn operation_pointer(spec: &SpecDocument, id: &str) -> String {
    let mut operations = crate::refs::operations(spec.value());
    operations.find(|operation| operation.id() == id).map_or_else(String::new, |it| it.pointer())
}
