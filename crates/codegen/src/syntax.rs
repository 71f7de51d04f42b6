//! Reads the syntax tree of the generator's output.

use quote::ToTokens;
use syn::Field;

use crate::error::Diagnostic;
use crate::load::SpecDocument;

const HELP: &str = "write it as the other specs do; the lint should have refused it";

/// A diagnostic about the generated output.
pub(crate) fn broken(spec: &SpecDocument, pointer: &str, problem: String) -> Diagnostic {
    spec.diagnostic(pointer, problem, HELP)
}

/// The items of a module of the generator's output.
pub(crate) fn items_of<'a>(file: &'a syn::File, name: &str) -> &'a [syn::Item] {
    let module = file.items.iter().find_map(|item| match item {
        syn::Item::Mod(syn::ItemMod { ident, content: Some((_, items)), .. }) if ident == name => {
            Some(items)
        }
        _ => None,
    });
    module.map_or(&[], Vec::as_slice)
}

/// The wire name of a flattened field.
pub(crate) const FLATTENED: &str = "(the rest)";

/// The name of a field on the wire: its `rename`, or its own name.
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
