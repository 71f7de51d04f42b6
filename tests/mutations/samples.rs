//! The samples: every record of every fixture, with the response around it.

use callfold_test_support::fixtures;
use callfold_test_support::json_tree::{Node, Path};
use callfold_tests::operations::{self, Operation};

/// One record of a fixture, and the response it stands in.
pub(super) struct Sample {
    pub(super) operation: &'static Operation,
    /// The fixture, and which of its records.
    pub(super) name: String,
    pub(super) record: Node,
    /// The response before and after the record.
    around: [String; 2],
    /// Whether the response holds a second record, the same for every sample.
    pub(super) in_list: bool,
}

/// The id of the second record.
pub(super) const NEIGHBOUR: &str = "the-neighbour";

impl Sample {
    /// The response with another record in this one's place.
    pub(super) fn response(&self, record: &str) -> String {
        [&self.around[0], record, &self.around[1]].concat()
    }
}

/// A whole response: the fixture's body without spaces.
pub(super) struct Body {
    pub(super) name: String,
    pub(super) vendor: String,
    pub(super) operation: String,
    pub(super) node: Node,
}

/// The JSON bodies of all fixtures with status 200.
pub(super) fn bodies() -> Vec<Body> {
    let vendors = crate::architecture::vendors().into_iter();
    let of = |vendor: String| {
        let good = fixtures::load(&vendor).into_iter().filter(|fixture| fixture.status == 200);
        good.filter_map(move |fixture| {
            Some(Body {
                name: format!("{vendor} {}", fixture.name()),
                node: Node::parse(fixture.body.as_ref()?.get()),
                vendor: vendor.clone(),
                operation: fixture.operation,
            })
        })
    };
    vendors.flat_map(of).collect()
}

/// The operation that gives a response; Zudu's search returns what its list does.
pub(super) fn operation(body: &Body) -> Option<&'static Operation> {
    let name = body.operation.replace("search_calls", "list_calls");
    operations::all().find(|known| known.vendor == body.vendor && known.name == name)
}

/// Where a body has its records: an array, or one record.
pub(super) fn records(operation: &Operation, body: &Node) -> Option<Path> {
    let found = operation.places.iter().filter_map(|place| body.find(place));
    let is_record = |node: &Node| match node {
        Node::Array(_) => true,
        Node::Object(_) => node.find(&format!("/{}", operation.id)).is_some(),
        Node::Text(_) => false,
    };
    found.into_iter().find(|path| is_record(body.at(path)))
}

/// Every record of every fixture of a vendor.
pub(super) fn samples(vendor: &str) -> Vec<Sample> {
    let mut samples = Vec::new();
    for body in bodies().into_iter().filter(|body| body.vendor == vendor) {
        let Some(operation) = operation(&body) else { continue };
        let Some(path) = records(operation, &body.node) else { continue };
        let (found, in_list) = match body.node.at(&path) {
            Node::Array(records) => (records.clone(), true),
            record => (vec![record.clone()], false),
        };
        for (index, record) in found.into_iter().enumerate() {
            let mut node = body.node.clone();
            let hole = match in_list {
                true => format!(r#"[HOLE,{{"{}":"{NEIGHBOUR}"}}]"#, operation.id),
                false => "HOLE".to_owned(),
            };
            *node.at_mut(&path) = Node::Text(hole);
            let text = node.text();
            let (before, after) = text.split_once("HOLE").expect("the hole");
            let around = [before.to_owned(), after.to_owned()];
            let name = format!("{}[{index}]", body.name);
            samples.push(Sample { operation, name, record, around, in_list });
        }
    }
    assert!(!samples.is_empty(), "no records of {vendor}");
    samples
}
