//! The client: one method and one builder for each operation.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{File, Type};

use super::operations::{
    ClientOperation, Parameter, ParameterLocation, argument, ident, operations,
};
use crate::error::Error;
use crate::load::SpecDocument;
use crate::prepare::PreparedDocument;
use crate::syntax::text;

/// The items of `client.rs`, from what the generator made.
pub(super) fn items(
    spec: &SpecDocument,
    prepared: &PreparedDocument,
    file: &File,
    has_default: &dyn Fn(&Ident) -> bool,
) -> Result<TokenStream, Error> {
    let docs = client_docs(prepared);
    let operations = operations(spec, prepared, file)?;
    let methods = operations.iter().map(|operation| method(operation, has_default));
    let builders = operations.iter().map(|operation| builder(operation, has_default));
    Ok(quote! {
        #[doc = #docs]
        #[derive(Clone, Debug)]
        pub struct Client {
            pub(crate) transport: ::callfold_transport::Transport,
        }
        impl Client { #(#methods)* }
        /// Builders of requests, one for each operation.
        pub mod builder {
            use crate::types;
            use ::callfold_transport::{ByteStream, Error, OperationRequest, ResponseValue};
            #(#builders)*
        }
    })
}

fn client_docs(prepared: &PreparedDocument) -> String {
    let text = |key: &str| {
        prepared.document.pointer(&format!("/info/{key}")).and_then(|it| it.as_str()).unwrap_or("")
    };
    let name = format!("Client for {}", text("title"));
    let version = format!("As documented on {}.", text("version"));
    let parts = [name.as_str(), text("description").trim(), version.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// The method that starts the operation: what it requires is in its signature.
fn method(operation: &ClientOperation, has_default: &dyn Fn(&Ident) -> bool) -> TokenStream {
    let (docs, name, builder) = (&operation.docs, ident(&operation.id), operation.builder());
    let mut docs = docs.clone();
    let required = operation.parameters.iter().filter(|it| it.is_required);
    for (index, parameter) in required.clone().enumerate() {
        let start = if index == 0 { "\n\nArguments:" } else { "" };
        let about = parameter.docs.split_whitespace().collect::<Vec<_>>().join(" ");
        docs.push_str(&format!("{start}\n- `{}`: {about}", parameter.ident));
    }
    let mut arguments = required.map(argument_of).collect::<Vec<_>>();
    let mut fields = Vec::new();
    for parameter in operation.parameters.iter().filter(|it| it.place != ParameterLocation::Path) {
        let field = &parameter.ident;
        fields.push(match (parameter.is_required, is_text(&parameter.kind)) {
            (true, true) => quote!(#field: #field.into()),
            (true, false) => quote!(#field),
            (false, _) => quote!(#field: None),
        });
    }
    match &operation.body {
        Some(body) if has_default(body) => fields.push(quote!(body: Default::default())),
        Some(body) => {
            arguments.push(quote!(body: crate::types::#body));
            fields.push(quote!(body));
        }
        None => {}
    }
    let (path, start) = (path(operation), ident(operation.method));
    let id = &operation.id;
    let public = operation.is_public.then(|| quote!(.without_credentials()));
    quote! {
        #[doc = #docs]
        pub fn #name(&self, #(#arguments),*) -> builder::#builder {
            builder::#builder { request: self.transport.#start(#id, #path), #(#fields),* } #public
        }
    }
}

fn argument_of(parameter: &Parameter) -> TokenStream {
    let (name, kind) = (&parameter.ident, in_client(&parameter.kind));
    match (parameter.place, is_text(&parameter.kind)) {
        (ParameterLocation::Path, true) => quote!(#name: &str),
        (_, true) => quote!(#name: impl Into<String>),
        _ => quote!(#name: #kind),
    }
}

/// The operation's path with its parameters in their places.
fn path(operation: &ClientOperation) -> TokenStream {
    let mut format = operation.path.clone();
    let mut encoded = Vec::new();
    for parameter in operation.parameters.iter().filter(|it| it.place == ParameterLocation::Path) {
        let name = &parameter.ident;
        format = format.replace(&format!("{{{}}}", parameter.name), "{}");
        let value =
            if is_text(&parameter.kind) { quote!(#name) } else { quote!(&#name.to_string()) };
        encoded.push(quote!(::callfold_transport::encode_path(#value)));
    }
    match encoded.is_empty() {
        true => quote!(#format),
        false => quote!(&format!(#format, #(#encoded),*)),
    }
}

fn builder(operation: &ClientOperation, has_default: &dyn Fn(&Ident) -> bool) -> TokenStream {
    let (name, response) = (operation.builder(), &operation.response);
    let about = format!("The request of [`Client::{0}`](super::Client::{0}).", operation.id);
    let mut fields = Vec::new();
    let mut setters = Vec::new();
    let mut sent = Vec::new();
    for parameter in operation.parameters.iter().filter(|it| it.place != ParameterLocation::Path) {
        let (field, kind, wire) = (&parameter.ident, &parameter.kind, &parameter.name);
        match parameter.is_required {
            true => fields.push(quote!(pub(super) #field: #kind)),
            false => {
                fields.push(quote!(pub(super) #field: Option<#kind>));
                setters.push(setter(parameter));
            }
        }
        sent.push(match parameter.place {
            ParameterLocation::Header if parameter.is_required => {
                quote!(.header_parameter(#wire, Some(&self.#field)))
            }
            ParameterLocation::Header => quote!(.header_parameter(#wire, self.#field.as_ref())),
            _ => quote!(.query(#wire, &self.#field)),
        });
    }
    if let Some(body) = &operation.body {
        fields.push(quote!(pub(super) body: types::#body));
        sent.push(quote!(.body(&self.body)));
        if has_default(body) {
            setters.push(body_setters(body));
        }
    }
    let status = operation.status;
    let finish = match operation.is_streamed() {
        true => quote!(.stream(#status)),
        false => quote!(.json(#status)),
    };
    quote! {
        #[doc = #about]
        #[derive(Clone)]
        #[must_use = "a request does nothing until it is sent"]
        pub struct #name { pub(super) request: OperationRequest, #(#fields),* }
        impl #name {
            #(#setters)*
            /// Sends the request. It can fail with any kind of error.
            pub async fn send(self) -> Result<ResponseValue<#response>, Error> {
                self.request #(#sent)* #finish.await
            }
        }
        ::callfold_transport::operation_builder!(#name);
    }
}

fn setter(parameter: &Parameter) -> TokenStream {
    let (name, kind, docs) = (&parameter.ident, &parameter.kind, &parameter.docs);
    let wire = &parameter.name;
    let (argument, value) = if is_text(kind) {
        (quote!(impl Into<String>), quote!(Some(value.into())))
    } else if is_integer(kind) || is_generated(kind) {
        (quote!(impl TryInto<#kind>), quote!(self.request.convert(#wire, value)))
    } else {
        (quote!(#kind), quote!(Some(value)))
    };
    quote! {
        #[doc = #docs]
        pub fn #name(mut self, value: #argument) -> Self {
            self.#name = #value;
            self
        }
    }
}

fn body_setters(body: &Ident) -> TokenStream {
    quote! {
        /// Sets what is sent in the body.
        pub fn body(mut self, body: types::#body) -> Self {
            self.body = body;
            self
        }
        /// Changes what is sent in the body.
        pub fn body_map(mut self, change: impl FnOnce(types::#body) -> types::#body) -> Self {
            self.body = change(self.body);
            self
        }
    }
}

/// The setters of a type that is sent: a struct whose fields may be left out.
pub(super) fn request_setters(item: &syn::ItemStruct) -> TokenStream {
    let name = &item.ident;
    let setters = item.fields.iter().filter_map(|field| {
        let (field_name, kind) = (field.ident.as_ref()?, &field.ty);
        let docs = field.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
        let inner = argument(kind, "Option");
        let value = inner.unwrap_or(kind);
        let argument = format_ident!("value");
        let value = match inner.is_some() {
            true => (quote!(impl Into<#value>), quote!(Some(#argument.into()))),
            false => (quote!(impl Into<#value>), quote!(#argument.into())),
        };
        let (kind, value) = value;
        Some(quote! {
            #(#docs)*
            #[must_use]
            pub fn #field_name(mut self, value: #kind) -> Self {
                self.#field_name = #value;
                self
            }
        })
    });
    quote!(impl #name { #(#setters)* })
}

/// The type as it is written outside of the module `builder`.
fn in_client(kind: &Type) -> TokenStream {
    let text = quote!(#kind).to_string();
    match text.strip_prefix("types ::") {
        Some(name) => format!("crate::types::{name}").parse().unwrap_or_default(),
        None => quote!(#kind),
    }
}

fn is_text(kind: &Type) -> bool {
    text(kind) == "::std::string::String"
}

/// Whether the type is one of `types`, such as the words of a parameter.
fn is_generated(kind: &Type) -> bool {
    quote!(#kind).to_string().starts_with("types ::")
}

fn is_integer(kind: &Type) -> bool {
    matches!(text(kind).as_str(), "i32" | "i64" | "u32" | "u64")
}
