//! JSON that can be edited anywhere and keeps order, repeated members and the spelling of numbers.

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// A JSON value, parsed or as text.
#[derive(Clone, Debug)]
pub enum Node {
    /// A value that is not split further, as text.
    Text(String),
    /// Items.
    Array(Vec<Node>),
    /// Names as they are written, with their quotes.
    Object(Vec<(String, Node)>),
}

/// The way to a value: positions of members and items.
pub type Path = Vec<usize>;

impl Node {
    /// Parses valid JSON.
    ///
    /// # Panics
    ///
    /// If the text is not JSON.
    pub fn parse(text: &str) -> Self {
        match text.as_bytes().first() {
            Some(b'{') => {
                let members = serde_json::Deserializer::from_str(text).deserialize_map(TreeVisitor);
                let members: Vec<(String, Box<RawValue>)> = members.expect("an object");
                let parse = |(name, raw): (String, Box<RawValue>)| (name, Self::parse(raw.get()));
                Self::Object(members.into_iter().map(parse).collect())
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(text).expect("an array");
                Self::Array(items.into_iter().map(|raw| Self::parse(raw.get())).collect())
            }
            _ => Self::Text(text.to_owned()),
        }
    }

    /// The value as compact text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(name);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The values in this one.
    fn children(&self) -> usize {
        match self {
            Self::Text(_) => 0,
            Self::Array(items) => items.len(),
            Self::Object(members) => members.len(),
        }
    }

    fn child(&self, at: usize) -> &Self {
        match self {
            Self::Text(_) => self,
            Self::Array(items) => &items[at],
            Self::Object(members) => &members[at].1,
        }
    }

    /// The value at the end of a path.
    pub fn at(&self, path: &[usize]) -> &Self {
        path.iter().fold(self, |node, at| node.child(*at))
    }

    /// The value at the end of a path, to be edited.
    pub fn at_mut(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |node, at| match node {
            Self::Text(_) => node,
            Self::Array(items) => &mut items[*at],
            Self::Object(members) => &mut members[*at].1,
        })
    }

    /// The paths of all values in this one, at every depth.
    pub fn places(&self) -> Vec<Path> {
        let mut places = Vec::new();
        self.collect(&mut Vec::new(), &mut places);
        places
    }

    fn collect(&self, path: &mut Path, places: &mut Vec<Path>) {
        for at in 0..self.children() {
            path.push(at);
            places.push(path.clone());
            self.child(at).collect(path, places);
            path.pop();
        }
    }

    /// The JSON pointer of a path.
    pub fn pointer(&self, path: &[usize]) -> String {
        let mut pointer = String::new();
        let mut node = self;
        for at in path {
            pointer.push('/');
            match node {
                Self::Object(members) => {
                    let name: String = serde_json::from_str(&members[*at].0).expect("a name");
                    pointer += &name.replace('~', "~0").replace('/', "~1");
                }
                _ => pointer += &at.to_string(),
            }
            node = node.child(*at);
        }
        pointer
    }

    /// The path of a JSON pointer; of a repeated member, the last.
    pub fn find(&self, pointer: &str) -> Option<Path> {
        let mut path = Path::new();
        let mut node = self;
        for step in pointer.split('/').skip(1) {
            let name = step.replace("~1", "/").replace("~0", "~");
            let at = match node {
                Self::Text(_) => return None,
                Self::Array(items) => step.parse().ok().filter(|at| *at < items.len())?,
                Self::Object(members) => {
                    let is_it = |(text, _): &(String, Self)| {
                        serde_json::from_str::<String>(text).is_ok_and(|text| text == name)
                    };
                    members.iter().rposition(is_it)?
                }
            };
            path.push(at);
            node = node.child(at);
        }
        Some(path)
    }
}

/// Reads an object's members in their order.
struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<&RawValue, Box<RawValue>>()? {
            members.push((name.get().to_owned(), value));
        }
        Ok(members)
    }
}

#[test]
fn tree_keeps_order_repetition_and_numbers() {
    let text = r#"{"b":12.50,"a/~":[1e999,{"x":null,"x":2}],"b":[]}"#;
    let node = Node::parse(text);
    assert_eq!(node.text(), text);
    assert_eq!(node.pointer(&[1, 1, 0]), "/a~1~0/1/x");
    assert_eq!(node.find("/a~1~0/1/x"), Some(vec![1, 1, 1]));
    assert_eq!(node.find("/b/0"), None);
    assert_eq!(node.places().len(), 7);
}
