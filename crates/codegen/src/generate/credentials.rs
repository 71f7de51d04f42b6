//! The credentials: what `securitySchemes` and `security` say.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Map, Value};

use super::operations::{ident, snake_case};
use crate::error::Error;
use crate::load::{SpecDocument, child};
use crate::prepare::doc_text;
use crate::refs;
use crate::syntax::broken;

/// Schemes that are needed together, by name.
type Alternative = BTreeSet<String>;

/// The type `Credentials`: one constructor for each alternative. `new` is the
/// only one of a vendor that needs several schemes together.
pub(super) fn items(spec: &SpecDocument) -> Result<TokenStream, Error> {
    let alternatives = alternatives(spec.value());
    let is_only = alternatives.len() == 1;
    let mut constructors = Vec::new();
    for alternative in &alternatives {
        constructors.push(constructor(spec, alternative, is_only)?);
    }
    Ok(quote! {
        /// Credentials of an account. `Debug` shows the names of headers only.
        #[derive(Clone, Debug)]
        pub struct Credentials(::callfold_transport::Auth);
        impl Credentials { #(#constructors)* }
        impl From<Credentials> for ::callfold_transport::Auth {
            fn from(credentials: Credentials) -> Self { credentials.0 }
        }
    })
}

/// What an operation accepts, where that is not what every operation does.
pub(super) fn operation_docs(spec: &Value, operation: &Map<String, Value>) -> Option<String> {
    let own = entries(operation.get("security")?);
    (own != entries(spec.get("security").unwrap_or(&Value::Null))).then(|| {
        let all = alternatives(spec);
        let names = own.iter().map(|it| format!("[`Credentials::{}`]", name(it, all.len() == 1)));
        match own.is_empty() {
            true => "No credentials are needed.".to_owned(),
            false => format!("Documented for {}.", names.collect::<Vec<_>>().join(" and ")),
        }
    })
}

/// Every alternative of the document and its operations, each once.
fn alternatives(spec: &Value) -> Vec<Alternative> {
    let own = refs::operations(spec).filter_map(|operation| operation.map.get("security"));
    let mut found: Vec<Alternative> = Vec::new();
    for alternative in spec.get("security").into_iter().chain(own).flat_map(entries) {
        if !found.contains(&alternative) {
            found.push(alternative);
        }
    }
    found
}

fn entries(security: &Value) -> Vec<Alternative> {
    let entries = security.as_array().into_iter().flatten().filter_map(Value::as_object);
    entries
        .map(|schemes| schemes.keys().cloned().collect())
        .filter(|it: &Alternative| !it.is_empty())
        .collect()
}

/// The constructor's name.
fn name(alternative: &Alternative, is_only: bool) -> String {
    match alternative.len() {
        1 => alternative.iter().map(|scheme| snake_case(scheme)).collect(),
        _ if is_only => "new".to_owned(),
        _ => alternative.iter().map(|it| snake_case(it)).collect::<Vec<_>>().join("_and_"),
    }
}

fn constructor(
    spec: &SpecDocument,
    alternative: &Alternative,
    is_only: bool,
) -> Result<TokenStream, Error> {
    let (mut docs, mut arguments) = (Vec::new(), Vec::new());
    let (mut bearer, mut headers) = (None, Vec::new());
    for name in alternative {
        let pointer = child("/components/securitySchemes", name);
        let scheme = spec.value().pointer(&pointer);
        let text = |key: &str| scheme.and_then(|it| it.get(key)).and_then(Value::as_str);
        let argument = ident(&snake_case(name));
        let kind = (text("type"), text("in"), text("scheme"), text("name"));
        let sent = match kind {
            (Some("apiKey"), Some("header"), _, Some(header)) => {
                headers.push((header.to_ascii_lowercase(), argument.clone()));
                format!("`{header}`")
            }
            (Some("http"), _, Some(scheme), _)
                if scheme.eq_ignore_ascii_case("bearer") && bearer.is_none() =>
            {
                bearer = Some(argument.clone());
                "`Authorization: Bearer`".to_owned()
            }
            _ => {
                let problem = "credentials that are neither in a header nor a bearer token";
                return Err(broken(spec, &pointer, problem.to_owned()).into());
            }
        };
        let about = text("description").map(doc_text).unwrap_or_default();
        docs.push(
            format!("`{argument}`, sent as {sent}: {about}").trim_end_matches(": ").to_owned(),
        );
        arguments.push(quote!(#argument: impl Into<::callfold_transport::SecretString>));
    }
    let mut auth = bearer.map(|argument| quote!(::callfold_transport::Auth::bearer(#argument)));
    for (header, argument) in headers {
        auth = Some(match auth {
            Some(auth) => quote!(#auth.and_header(#header, #argument)),
            None => quote!(::callfold_transport::Auth::header(#header, #argument)),
        });
    }
    let (name, docs) = (ident(&name(alternative, is_only)), docs.join("\n\n"));
    Ok(quote! {
        #[doc = #docs]
        pub fn #name(#(#arguments),*) -> Self { Self(#auth) }
    })
}
