//! Rules about the document as a whole.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Spec;
use super::grammar::ObjectKind;
use crate::error::Diagnostic;
use crate::load::{SpecDocument, child};

/// The generator reads OpenAPI 3.0 only.
pub(super) fn other_version(document: &SpecDocument) -> Option<Diagnostic> {
    let root = document.value().as_object()?;
    let (pointer, problem) = match root.get("openapi") {
        Some(Value::String(version)) if version == "3.0.3" => return None,
        Some(Value::String(version)) => ("/openapi", format!("OpenAPI {version}")),
        Some(other) => ("/openapi", format!("the version {other}")),
        None => ("", "a document without `openapi`".to_owned()),
    };
    let help = "write `openapi: 3.0.3`, and the document in that version's forms";
    Some(document.diagnostic(pointer, problem, help))
}

/// The first server is what the client calls; paths carry the vendor's prefix.
pub(super) fn server(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    let Some(servers) = spec.document.value().get("servers").and_then(Value::as_array) else {
        return;
    };
    if servers.is_empty() {
        found.push(spec.diagnostic(
            "/servers",
            "no server",
            "write `servers: [{ url: https://HOST }]`",
        ));
    }
    for node in spec.of(ObjectKind::Server) {
        let Some(url) = node.text("url") else {
            continue;
        };
        let host = url.strip_prefix("https://");
        let is_host = host.is_some_and(|host| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
            !host.is_empty() && host.chars().all(allowed)
        });
        if !is_host {
            found.push(spec.diagnostic(
                &node.at("url"),
                format!("the server `{url}` is not https and a host alone"),
                "write `https://HOST`, and a prefix such as `/v1` in each path",
            ));
        }
    }
}

/// What `security` names is declared.
pub(super) fn security(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    let schemes = spec.document.value().pointer("/components/securitySchemes");
    for (name, scheme) in schemes.and_then(Value::as_object).into_iter().flatten() {
        let text = |key: &str| scheme.get(key).and_then(Value::as_str);
        let is_key = text("type") == Some("apiKey")
            && text("in") == Some("header")
            && text("name").is_some_and(|name| !name.is_empty());
        let is_bearer = text("type") == Some("http")
            && text("scheme").is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
        if !is_key && !is_bearer {
            found.push(spec.diagnostic(
                &child("/components/securitySchemes", name),
                "credentials that are neither in a header nor a bearer token",
                "write `type: apiKey, in: header, name: HEADER`, or `type: http, scheme: bearer`",
            ));
        }
    }
    let declared = schemes.and_then(Value::as_object);
    let known = |name: &str| declared.is_some_and(|schemes| schemes.contains_key(name));
    for node in spec
        .nodes
        .iter()
        .filter(|node| matches!(node.kind, ObjectKind::Root | ObjectKind::SpecOperation))
    {
        let Some(alternatives) = node.map.get("security").and_then(Value::as_array) else {
            continue;
        };
        for (index, alternative) in alternatives.iter().enumerate() {
            let pointer = child(&node.at("security"), &index.to_string());
            let Some(schemes) = alternative.as_object() else {
                found.push(spec.diagnostic(
                    &pointer,
                    "an entry of `security` that is not a mapping",
                    "write `- SCHEME: []`",
                ));
                continue;
            };
            for (name, scopes) in schemes {
                if !known(name) {
                    found.push(spec.diagnostic(
                        &child(&pointer, name),
                        format!("the security scheme `{name}` is not declared"),
                        "declare it under `components: securitySchemes:`",
                    ));
                }
                if !scopes.is_array() {
                    found.push(spec.diagnostic(
                        &child(&pointer, name),
                        "the scopes of a security scheme are not a list",
                        format!("write `{name}: []`"),
                    ));
                }
            }
        }
    }
}

/// A source is a page that can be opened or a package, or says that it is none.
pub(super) fn source_kinds(spec: &Spec<'_>, found: &mut Vec<Diagnostic>) {
    for node in spec.of(ObjectKind::Source) {
        let url = node.text("url");
        match node.text("kind") {
            Some("docs") if node.text("package").is_some() => {}
            Some("page" | "docs") if url.is_none() => found.push(spec.diagnostic(
                &node.pointer,
                "a page without its `url`",
                "write `url: https://...`, or `kind: observed` or `kind: inferred`",
            )),
            Some("page" | "docs" | "observed" | "inferred") | None => {}
            Some(other) => found.push(spec.diagnostic(
                &node.at("kind"),
                format!("`{other}` is not a kind of source"),
                "write `page`, `docs`, `observed` or `inferred`",
            )),
        }
        if url.is_some_and(|url| !url.starts_with("https://") || url.contains([' ', '<', '>'])) {
            found.push(spec.diagnostic(
                &node.at("url"),
                "the source is not an https address",
                "write `url: https://...`",
            ));
        }
    }
}

/// The keys of `x-sources`.
pub(super) fn source_names<'a>(spec: &Spec<'a>) -> BTreeSet<&'a str> {
    let sources = spec.document.value().get("x-sources").and_then(Value::as_object);
    sources.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}
