//! The types: what typify generates, without the parts that no client uses.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use serde_json::Value;
use syn::{Fields, File, Item, ItemEnum, ItemImpl, ItemStruct, Type, Variant};

use super::client::request_setters;
use super::operations::argument;
use crate::prepare::{PreparedDocument, RecordId, schemas_from};
use crate::refs;
use crate::syntax::{text, wire_name};

/// Takes the types out of the file. Builders of types, conversions from text
/// beside `FromStr`, and the error of both are dropped; `Debug` shows no value
/// but a record's id.
pub(super) fn take(file: &mut File, prepared: &PreparedDocument) -> File {
    let mut items = Vec::new();
    for item in &mut file.items {
        if let Item::Mod(module) = item
            && module.ident == "types"
            && let Some((_, content)) = &mut module.content
        {
            items = std::mem::take(content);
        }
    }
    items.retain(is_kept);
    let sent = requests(&prepared.document);
    let (mut added, mut named) = (Vec::new(), Vec::new());
    for item in &mut items {
        match item {
            Item::Struct(item) => {
                remove_debug(item);
                document_extra(item);
                let name = item.ident.clone();
                let record = prepared.records.iter().find(|record| name == record.schema);
                match record {
                    Some(record) => added.push(record_impl(item, record, &prepared.secret)),
                    None => named.push(name),
                }
                if sent.contains(&item.ident.to_string()) {
                    added.push(request_setters(item));
                }
                added.extend(holds_record(item));
            }
            Item::Enum(item) => {
                document_words(item);
                added.push(words(item));
            }
            _ => {}
        }
    }
    added.push(quote!(::callfold_record::debug_by_name!(#(#named),*);));
    let mut types: File = syn::parse_quote!();
    types.items = items;
    let added = added.into_iter().map(syn::parse2::<File>);
    types.items.extend(added.flatten().flat_map(|file| file.items));
    types
}

/// Whether a value of the type can be made of nothing.
pub(super) fn has_default(types: &File, name: &Ident) -> bool {
    types.items.iter().any(|item| match item {
        Item::Struct(item) => item.ident == *name && derives(item).any(|it| it == "Default"),
        Item::Impl(item) => *name == text(&item.self_ty) && is_impl(item, "Default"),
        _ => false,
    })
}

fn is_kept(item: &Item) -> bool {
    match item {
        Item::Mod(module) => module.ident != "builder" && module.ident != "error",
        Item::Impl(item) => match &item.trait_ {
            Some(_) => !["TryFrom", "FromStr", "Display"].iter().any(|name| is_impl(item, name)),
            // Nothing but the way to the builder.
            None => false,
        },
        _ => true,
    }
}

fn is_impl(item: &ItemImpl, name: &str) -> bool {
    let path = item.trait_.as_ref().map(|(path, _)| path);
    path.and_then(|path| path.segments.last()).is_some_and(|last| last.ident == name)
}

/// Components that are sent.
fn requests(document: &Value) -> BTreeSet<String> {
    let bodies =
        refs::operations(document).filter_map(|operation| operation.map.get("requestBody"));
    bodies.flat_map(|body| schemas_from(document, body)).collect()
}

fn derives(item: &ItemStruct) -> impl Iterator<Item = String> {
    let derives = item.attrs.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derives.flat_map(|attribute| {
        let mut names = Vec::new();
        let parsed = attribute.parse_nested_meta(|meta| {
            names.extend(meta.path.segments.last().map(|last| last.ident.to_string()));
            Ok(())
        });
        // A derive that cannot be read names nothing.
        parsed.map_or(Vec::new(), |()| names)
    })
}

/// Takes `Debug` out of the derives.
fn remove_debug(item: &mut ItemStruct) {
    for attribute in item.attrs.iter_mut().filter(|it| it.path().is_ident("derive")) {
        let mut kept = Vec::new();
        let parsed = attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("Debug") {
                kept.push(meta.path.to_token_stream());
            }
            Ok(())
        });
        if parsed.is_ok() {
            *attribute = syn::parse_quote!(#[derive(#(#kept),*)]);
        }
    }
}

fn record_impl(item: &ItemStruct, record: &RecordId, secret: &BTreeSet<String>) -> TokenStream {
    let name = &item.ident;
    let id = record.field.as_str();
    let other = record.other.iter().map(|other| {
        quote!(
            const OTHER_ID_FIELD: ::std::option::Option<&'static str> =
                ::std::option::Option::Some(#other);
        )
    });
    let secret = (!secret.is_empty()).then(|| secret.iter());
    let secret =
        secret.map(|names| quote!(const SECRET_FIELDS: &'static [&'static str] = &[#(#names),*];));
    let fields = item.fields.iter();
    let id_field = fields.filter(|field| wire_name(field).as_deref() == Some(id));
    let id_field = id_field.filter_map(|field| field.ident.as_ref());
    quote! {
        impl ::callfold_record::Record for #name {
            const ID_FIELD: &'static str = #id;
            #(#other)*
            #secret
            fn id(&self) -> &str { &self.#(#id_field)* }
        }
        ::callfold_record::debug_by_id!(#name);
    }
}

/// An object around one record is as good as the record.
fn holds_record(item: &ItemStruct) -> Option<TokenStream> {
    let name = &item.ident;
    let Fields::Named(fields) = &item.fields else { return None };
    let mut around = fields.named.iter().filter(|field| text(&field.ty).contains("::Lenient<"));
    let (field, None) = (around.next()?, around.next()) else { return None };
    let record: &Type = argument(argument(&field.ty, "Option")?, "Lenient")?;
    let field = &field.ident;
    Some(quote! {
        impl ::callfold_record::SingleRecord for #name {
            type Record = #record;
            fn into_record(self) -> ::std::option::Option<::callfold_record::Lenient<#record>> {
                self.#field
            }
        }
    })
}

/// The words of an enum, for `Display` and `FromStr`.
fn words(item: &ItemEnum) -> TokenStream {
    let name = &item.ident;
    let words = item.variants.iter().map(|variant| {
        let (ident, word) = (&variant.ident, word(variant));
        quote!(#ident = #word)
    });
    quote!(::callfold_record::words!(#name { #(#words),* });)
}

/// The vendor's word for a variant.
fn word(variant: &Variant) -> String {
    let mut word = variant.ident.to_string();
    for attribute in variant.attrs.iter().filter(|it| it.path().is_ident("serde")) {
        let parsed = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rename") {
                word = meta.value()?.parse::<syn::LitStr>()?.value();
            }
            Ok(())
        });
        drop(parsed);
    }
    word
}

fn document_words(item: &mut ItemEnum) {
    for variant in &mut item.variants {
        let doc = format!("The word `{}`.", word(variant));
        variant.attrs.insert(0, syn::parse_quote!(#[doc = #doc]));
    }
}

/// The unknown fields of a record have no schema, whose description would be their doc.
fn document_extra(item: &mut ItemStruct) {
    for field in item.fields.iter_mut() {
        if field.ident.as_ref().is_some_and(|name| name == "extra") {
            let doc = "Fields that the spec does not know.";
            field.attrs.insert(0, syn::parse_quote!(#[doc = #doc]));
        }
    }
}
