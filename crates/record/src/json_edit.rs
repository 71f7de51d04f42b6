//! A JSON text that is taken apart only where it is edited.

use super::decode_error;
use super::scan::Key;
use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// One step of the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PathSegment {
    Member(String),
    /// Counted in the edited array.
    Item(usize),
}

/// What to do with a value.
pub(super) enum Edit<'a> {
    Keep,
    Replace(JsonNode<'a>),
    Remove,
}

/// A value: as it came, taken apart, or edited.
#[derive(Clone)]
pub(super) enum JsonNode<'a> {
    Raw(&'a str),
    Object(Vec<Member<'a>>),
    Array(Vec<ArrayItem<'a>>),
    Null,
    Text(String),
}

/// A member of an object.
#[derive(Clone)]
pub(super) struct Member<'a> {
    name: Cow<'a, str>,
    node: JsonNode<'a>,
}

/// An item of an array, with the index it came with.
#[derive(Clone)]
pub(super) struct ArrayItem<'a> {
    index: usize,
    node: JsonNode<'a>,
}

impl Member<'_> {
    pub(super) fn type_word(&self) -> &'static str {
        self.node.type_word()
    }
}

impl<'a> JsonNode<'a> {
    /// The JSON type, as it is now.
    pub(super) fn type_word(&self) -> &'static str {
        match self {
            Self::Raw(text) => decode_error::type_word(text),
            Self::Object(_) => "object",
            Self::Array(_) => "array",
            Self::Null => "null",
            Self::Text(text) => decode_error::type_word(text),
        }
    }

    /// Whether a number is written without fraction and exponent.
    pub(super) fn is_integral(&self) -> bool {
        matches!(self, Self::Raw(text) if !text.contains(['.', 'e', 'E']))
    }

    /// Whether this is an object without such a member.
    pub(super) fn lacks_member(&mut self, name: &str) -> bool {
        self.parse_children();
        matches!(self, Self::Object(members) if members.iter().all(|m| m.name != name))
    }

    /// Parses the members or items of an object or array; leaves anything else as it is.
    fn parse_children(&mut self) {
        let Self::Raw(text) = *self else { return };
        match decode_error::type_word(text) {
            "object" => {
                let members =
                    serde_json::Deserializer::from_str(text).deserialize_map(MembersVisitor);
                if let Ok(members) = members {
                    *self = Self::Object(members);
                }
            }
            "array" => {
                if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) {
                    let item = |(index, raw): (usize, &'a RawValue)| ArrayItem {
                        index,
                        node: Self::Raw(raw.get()),
                    };
                    *self = Self::Array(items.into_iter().enumerate().map(item).collect());
                }
            }
            _ => {}
        }
    }

    fn render(&self, out: &mut String) {
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::Null => out.push_str("null"),
            Self::Text(text) => out.push_str(text),
            Self::Object(members) => {
                out.push('{');
                for (at, member) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    out.push_str(&quoted(&member.name));
                    out.push(':');
                    member.node.render(out);
                }
                out.push('}');
            }
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.node.render(out);
                }
                out.push(']');
            }
        }
    }

    /// Applies `edit_value` to the value at `steps` (with `exact` set) and, wherever
    /// the way leads through an array, to the values at the same place of the
    /// other items.
    fn edit(
        &mut self,
        steps: &[PathSegment],
        pointer: &mut String,
        exact: bool,
        edit_value: &mut impl FnMut(&mut JsonNode<'a>, &str, bool) -> Edit<'a>,
    ) -> Edit<'a> {
        let Some((step, rest)) = steps.split_first() else {
            return edit_value(self, pointer, exact);
        };
        self.parse_children();
        let length = pointer.len();
        match (self, step) {
            (Self::Object(members), PathSegment::Member(name)) => {
                // The last one counts where a name is repeated.
                if let Some(at) = members.iter().rposition(|member| member.name == name.as_str()) {
                    push_step(pointer, name);
                    match members[at].node.edit(rest, pointer, exact, edit_value) {
                        Edit::Keep => {}
                        Edit::Replace(node) => members[at].node = node,
                        Edit::Remove => drop(members.remove(at)),
                    }
                    pointer.truncate(length);
                }
            }
            (Self::Array(items), PathSegment::Item(wanted)) => {
                let mut position = 0;
                items.retain_mut(|item| {
                    push_step(pointer, &item.index.to_string());
                    let exact = exact && position == *wanted;
                    position += 1;
                    let edit = item.node.edit(rest, pointer, exact, edit_value);
                    pointer.truncate(length);
                    match edit {
                        Edit::Keep => true,
                        Edit::Replace(node) => {
                            item.node = node;
                            true
                        }
                        Edit::Remove => false,
                    }
                });
            }
            _ => {}
        }
        Edit::Keep
    }
}

/// A record's text under repair.
pub(super) struct EditableRecord<'a>(JsonNode<'a>);

impl<'a> EditableRecord<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut root = JsonNode::Raw(text);
        root.parse_children();
        Self(root)
    }

    pub(super) fn render(&self) -> String {
        let mut out = String::new();
        self.0.render(&mut out);
        out
    }

    /// See [`JsonNode::edit`].
    pub(super) fn edit(
        &mut self,
        steps: &[PathSegment],
        edit_value: &mut impl FnMut(&mut JsonNode<'a>, &str, bool) -> Edit<'a>,
    ) {
        self.0.edit(steps, &mut String::new(), true, edit_value);
    }

    /// Drops all members `name` but the last from the object at `steps`;
    /// `false` if there was nothing to drop.
    pub(super) fn keep_last(
        &mut self,
        steps: &[PathSegment],
        name: &str,
        note: &mut impl FnMut(&str),
    ) -> bool {
        let mut dropped = false;
        self.edit(steps, &mut |node, pointer, _| {
            node.parse_children();
            if let JsonNode::Object(members) = node
                && let Some(last) = members.iter().rposition(|member| member.name == name)
            {
                let before = members.len();
                let mut position = 0;
                members.retain(|member| {
                    position += 1;
                    position > last || member.name != name
                });
                if members.len() < before {
                    dropped = true;
                    let mut pointer = pointer.to_owned();
                    push_step(&mut pointer, name);
                    note(&pointer);
                }
            }
            Edit::Keep
        });
        dropped
    }

    /// A copy with only the top-level members that `keep` names, each once.
    pub(super) fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        let JsonNode::Object(members) = &self.0 else { return Self(JsonNode::Object(Vec::new())) };
        let last = members.iter().rev().find(|member| keep(&member.name));
        Self(JsonNode::Object(last.cloned().into_iter().collect()))
    }

    /// The object without the members of this name.
    pub(super) fn without(mut self, name: &str) -> Self {
        if let JsonNode::Object(members) = &mut self.0 {
            members.retain(|member| member.name != name);
        }
        self
    }

    /// The top-level members but one, each with its JSON pointer.
    pub(super) fn members(&self, except: &str) -> Vec<(String, &Member<'a>)> {
        let JsonNode::Object(members) = &self.0 else { return Vec::new() };
        let others = members.iter().filter(|member| member.name != except);
        others
            .map(|member| {
                let mut pointer = String::new();
                push_step(&mut pointer, &member.name);
                (pointer, member)
            })
            .collect()
    }

    pub(super) fn push(&mut self, member: Member<'a>) {
        if let JsonNode::Object(members) = &mut self.0 {
            members.push(member);
        }
    }

    pub(super) fn pop(&mut self) {
        if let JsonNode::Object(members) = &mut self.0 {
            members.pop();
        }
    }
}

/// Reads an object's members without their contents.
struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<Member<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(name), raw)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            members.push(Member { name, node: JsonNode::Raw(raw.get()) });
        }
        Ok(members)
    }
}

/// Appends one step to a JSON pointer (RFC 6901).
pub(crate) fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    for c in step.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
