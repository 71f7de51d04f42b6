//! Writes `ListOperation` for a list, and what its spec says about paging as a constant.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::{GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

use super::{Pagination, PagingStyle, ValueLocation, paginations, steps};
use crate::error::Error;
use crate::load::SpecDocument;
use crate::syntax::{broken, items_of, pascal_case, wire_name};

/// The module that implements the lists: the constant of each, and its
/// `ListOperation` where its pages have one shape. `file` is the generator's output.
pub(crate) fn lists(spec: &SpecDocument, file: &syn::File) -> Result<TokenStream, Error> {
    let (mut lists, mut names) = (TokenStream::new(), TokenStream::new());
    for list in paginations(spec.value()) {
        let missing = |what: String| broken(spec, &list.pointer(), format!("no {what}"));
        let name = pascal_case(list.operation.id());
        let source = ListSource { list, name: &name, file };
        lists.extend(source.metadata());
        if list.has_one_shape() {
            names = quote!(Error, ListOperation, PageContents, PageRequest, ResponseValue,);
            lists.extend(source.list_operation().map_err(missing)?);
        }
    }
    Ok(match lists.is_empty() {
        true => lists,
        false => quote! {
            /// The lists, page by page.
            mod lists {
                use super::builder;
                use crate::types;
                use ::callfold_transport::{ListMetadata, ListOrder, Paging, #names};
                #lists
            }
        },
    })
}

/// One list in the generated source; an error names what is not there.
struct ListSource<'a> {
    list: Pagination<'a>,
    /// Of the builder.
    name: &'a str,
    file: &'a syn::File,
}

/// How a value leaves the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extraction {
    Move,
    Copy,
    Clone,
    Text,
}

/// A field on the way to a value.
struct PathStep {
    ident: Ident,
    is_optional: bool,
    /// Name of the type of what it holds.
    holds: String,
}

impl ListSource<'_> {
    fn builder(&self) -> TokenStream {
        let name = ident(self.name);
        quote!(builder::#name)
    }

    fn metadata(&self) -> TokenStream {
        let (list, builder) = (self.list, self.builder());
        let operation = &list.operation;
        let operation = format!("{} {}", operation.method.to_ascii_uppercase(), operation.path);
        let number = |key: &str| list.number(key).map(Literal::u32_unsuffixed);
        let (default, max) = (number("default_size"), number("max_size"));
        let asked = number("ask_size").or(max.clone());
        let largest = max.clone().or(asked.clone());
        let style = match list.style() {
            Some(PagingStyle::Page) => {
                let first = number("first");
                quote!(pages(#first))
            }
            Some(PagingStyle::Offset) | None => quote!(offset()),
            Some(PagingStyle::Token) => quote!(token()),
            Some(PagingStyle::Key) => {
                let key = list.text("key_of");
                let exclusive = (!list.is("inclusive")).then(|| quote!(.exclusive()));
                quote!(key(#key) #exclusive)
            }
        };
        let items = list.texts("items").into_iter().next().unwrap_or_default();
        let field = |key: &str| {
            let pointer = list.texts(key).into_iter().next();
            pointer.map(|pointer| steps(pointer).collect::<Vec<_>>().join("."))
        };
        let total = field("total");
        let is_counted = matches!(list.style(), Some(PagingStyle::Page | PagingStyle::Offset));
        let stop = match field("has_more") {
            Some(field) => quote!(.stop(::callfold_transport::StopRule::Flag { field: #field })),
            None if total.is_some() && is_counted => {
                quote!(.stop(::callfold_transport::StopRule::TotalReached))
            }
            None => quote!(),
        };
        let total = total.map_or_else(|| quote!(None), |path| quote!(Some(#path)));
        let max = max.map_or_else(|| quote!(None), |max| quote!(Some(#max)));
        let order = match list.text("order") {
            Some("newest_first") => quote!(NewestFirst),
            Some("oldest_first") => quote!(OldestFirst),
            _ => quote!(Unknown),
        };
        quote! {
            impl #builder {
                /// What the spec says about the paging of this list.
                pub const METADATA: ListMetadata =
                    ListMetadata {
                        operation: #operation,
                        paging: Paging::#style
                            .sizes(#asked, #largest)
                            .items(#items)
                            #stop,
                        default_page_size: #default,
                        max_page_size: #max,
                        total: #total,
                        order: ListOrder::#order,
                    };
            }
        }
    }

    fn list_operation(&self) -> Result<TokenStream, String> {
        let (builder, body) = (self.builder(), self.body()?);
        let record = self.list.records().into_iter().next().map(ident);
        let record = record.ok_or("record in the list")?;
        let with_page = self.with_page()?;
        let contents = if self.list.may_be_record() {
            let page = argument(&body).ok_or("type of a page")?;
            let page = self.page_contents(page)?;
            quote! {
                match body {
                    ::callfold_record::OneOf::First(body) => { #page }
                    ::callfold_record::OneOf::Second(one) if one.get().is_ok() => {
                        PageContents::new(vec![one]).has_more(false)
                    }
                    ::callfold_record::OneOf::Second(_) => {
                        PageContents::new(None)
                    }
                }
            }
        } else {
            self.page_contents(&body)?
        };
        Ok(quote! {
            impl ListOperation for #builder {
                type Record = types::#record;
                type Body = #body;
                const PAGING: Paging = Self::METADATA.paging;

                fn with_page(self, request: &PageRequest) -> Self {
                    #with_page
                }

                async fn fetch(
                    self,
                ) -> Result<ResponseValue<Self::Body>, Error> {
                    self.send().await
                }

                fn contents(
                    body: Self::Body,
                ) -> PageContents<Self::Record> {
                    #contents
                }
            }
        })
    }

    /// Sets the size and the position.
    fn with_page(&self) -> Result<TokenStream, String> {
        let style = self.list.style().ok_or("style")?;
        let (place, size) = self.setter("size")?;
        let sized = match place {
            ValueLocation::Parameter => quote!(self.#size(request.size)),
            ValueLocation::BodyProperty => quote!(self.body_map(|body| body.#size(request.size))),
        };
        let (place, position) = self.setter(style.word())?;
        let value = ident(style.word());
        Ok(match (style, place) {
            (PagingStyle::Page | PagingStyle::Offset, ValueLocation::Parameter) => {
                quote!(#sized.#position(request.#value()))
            }
            (PagingStyle::Page | PagingStyle::Offset, ValueLocation::BodyProperty) => quote! {
                let #value = u32::try_from(request.#value()).unwrap_or(u32::MAX);
                #sized.body_map(|body| body.#position(#value))
            },
            (PagingStyle::Token | PagingStyle::Key, ValueLocation::Parameter) => quote! {
                let this = #sized;
                match request.#value() {
                    Some(#value) => this.#position(#value),
                    None => this,
                }
            },
            (PagingStyle::Token | PagingStyle::Key, ValueLocation::BodyProperty) => quote! {
                let this = #sized;
                match request.#value() {
                    Some(#value) => this.body_map(|body| body.#position(#value.to_owned())),
                    None => this,
                }
            },
        })
    }

    /// The method that sets the parameter which `key` names, and where it is carried.
    fn setter(&self, key: &str) -> Result<(ValueLocation, Ident), String> {
        let name = self.list.text(key).unwrap_or_default();
        let missing = || format!("setter of `{name}`");
        let (place, _) = self.list.parameter(name).ok_or_else(missing)?;
        let ident = match place {
            ValueLocation::BodyProperty => {
                let body = self.list.body().ok_or_else(missing)?;
                self.field(body, name).map(|field| field.ident)
            }
            ValueLocation::Parameter => {
                let plain = |text: &str| {
                    text.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "")
                };
                let methods = self.methods().map(|method| method.sig.ident.clone());
                methods.into_iter().find(|method| plain(&method.to_string()) == plain(name))
            }
        };
        Ok((place, ident.ok_or_else(missing)?))
    }

    /// Opens `body`, whose type is `page`.
    fn page_contents(&self, page: &Type) -> Result<TokenStream, String> {
        let list = self.list;
        let page = type_name(page);
        let mut values = TokenStream::new();
        let mut calls = TokenStream::new();
        for (key, take) in [
            ("total", Extraction::Copy),
            ("has_more", Extraction::Copy),
            ("next_token", Extraction::Clone),
        ] {
            let pointers = list.texts(key);
            let mut reads = pointers.into_iter().map(|pointer| self.read(&page, pointer, take));
            let Some(first) = reads.next().transpose()? else { continue };
            let rest = reads.collect::<Result<Vec<_>, _>>()?;
            let key = ident(key);
            values.extend(quote!(let #key = #first #(.or(#rest))*;));
            calls.extend(quote!(.#key(#key)));
        }
        if list.has("order_when") {
            let order = list.order_when().map(|(pointer, word)| {
                let said = self.read(&page, pointer, Extraction::Text)?;
                Ok(quote!((#said, #word)))
            });
            let order = order.collect::<Result<Vec<_>, String>>()?;
            values.extend(quote! {
                let order = [#(#order),*];
                let is_stated = order.iter().all(|(said, _)| said.is_some());
                let newest_first =
                    is_stated.then(|| order.iter().all(|(said, word)| *said == Some(*word)));
            });
            calls.extend(quote!(.newest_first(newest_first)));
        }
        let items = self.read(&page, list.text("items").unwrap_or_default(), Extraction::Move)?;
        Ok(quote! {
            #values
            PageContents::new(#items) #calls
        })
    }

    /// The value that `pointer` leads to in `body`, a `page`.
    fn read(&self, page: &str, pointer: &str, take: Extraction) -> Result<TokenStream, String> {
        let names = steps(pointer).collect::<Vec<_>>();
        let (mut code, mut holder) = (quote!(body), page.to_owned());
        if names.is_empty() && page != "Vec" {
            code = quote!(body.0);
        }
        for (index, name) in names.iter().enumerate() {
            let field = self.field(&holder, name);
            let field = field.ok_or_else(|| format!("field `{name}` in `{holder}`"))?;
            let (is_first, is_last) = (index == 0, index + 1 == names.len());
            let (name, is_optional) = (&field.ident, field.is_optional);
            let place = if is_first { quote!(body.#name) } else { quote!(it.#name) };
            let value = match take {
                Extraction::Clone if is_last => quote!(#place.clone()),
                Extraction::Text if is_last && is_optional => quote!(#place.as_deref()),
                Extraction::Text if is_last => quote!(#place.as_str()),
                Extraction::Move | Extraction::Copy if is_last => place,
                Extraction::Move => place,
                _ if is_optional => quote!(#place.as_ref()),
                _ => quote!(&#place),
            };
            code = match (is_first, is_optional) {
                (true, true) => value,
                (true, false) => quote!(Some(#value)),
                (false, true) => quote!(#code.and_then(|it| #value)),
                (false, false) => quote!(#code.map(|it| #value)),
            };
            holder = field.holds;
        }
        Ok(code)
    }

    /// The field that is `name` on the wire in a generated type.
    fn field(&self, owner: &str, name: &str) -> Option<PathStep> {
        let owner = items_of(self.file, "types").iter().find_map(|item| match item {
            Item::Struct(item) if item.ident == owner => Some(item),
            _ => None,
        })?;
        let field = owner.fields.iter().find(|field| wire_name(field).as_deref() == Some(name))?;
        let is_optional = type_name(&field.ty) == "Option";
        let mut held = &field.ty;
        while matches!(type_name(held).as_str(), "Option" | "Box") {
            held = argument(held)?;
        }
        Some(PathStep { ident: field.ident.clone()?, is_optional, holds: type_name(held) })
    }

    /// The type that `send` returns.
    fn body(&self) -> Result<Type, String> {
        let mut methods = self.methods();
        let send = methods.find(|method| method.sig.ident == "send").map(|send| &send.sig.output);
        let body = match send {
            Some(ReturnType::Type(_, result)) => argument(result).and_then(argument),
            _ => None,
        };
        body.cloned().ok_or_else(|| format!("method `send` of `{}`", self.name))
    }

    fn methods(&self) -> impl Iterator<Item = &syn::ImplItemFn> {
        let blocks = items_of(self.file, "builder").iter().filter_map(|item| match item {
            Item::Impl(block) if type_name(&block.self_ty) == self.name => Some(&block.items),
            _ => None,
        });
        blocks.flatten().filter_map(|item| match item {
            ImplItem::Fn(method) => Some(method),
            _ => None,
        })
    }
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The last name in a type's path.
fn type_name(of: &Type) -> String {
    let Type::Path(of) = of else { return String::new() };
    of.path.segments.last().map_or_else(String::new, |segment| segment.ident.to_string())
}

/// The first type in the angle brackets of a type.
fn argument(of: &Type) -> Option<&Type> {
    let Type::Path(of) = of else { return None };
    let PathArguments::AngleBracketed(list) = &of.path.segments.last()?.arguments else {
        return None;
    };
    list.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}
