//! People who call and are called, and a vendor's agents and campaigns.
//!
//! The people are the same at all vendors, by name and number; a vendor gives them ids of
//! its own. All numbers are fictitious 555 numbers.

use serde::Serialize;

use crate::hash_rng::HashRng;

/// Most people of a dataset.
const MAX_PEOPLE: usize = 2_000;
/// Area codes of the customers' numbers, a hundred numbers each.
const AREAS: [u16; 20] = [
    919, 415, 312, 617, 512, 206, 303, 404, 602, 713, 305, 503, 702, 801, 216, 614, 704, 615, 504,
    414,
];

/// A name and an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NamedEntity {
    /// The vendor's id.
    pub id: String,
    /// The name for people.
    pub name: String,
}

/// A person with a phone.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    pub(crate) email: Option<String>,
    pub(crate) number: String,
}

/// A vendor's agent and the line it answers and calls from.
#[derive(Clone, Debug)]
pub(crate) struct AgentProfile {
    pub(crate) identity: NamedEntity,
    pub(crate) line: String,
}

/// One vendor's agents, campaigns and contacts.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    pub(crate) organization: NamedEntity,
    pub(crate) agents: Vec<AgentProfile>,
    pub(crate) campaigns: Vec<NamedEntity>,
    /// The vendor's ids of the people, in their order.
    pub(crate) contacts: Vec<String>,
}

const ORGANIZATION: &str = "Harbourline Clinics";

pub(crate) const AGENTS: [&str; 6] = [
    "Front Desk",
    "Billing Support",
    "Appointment Reminder",
    "Renewal Desk",
    "Delivery Support",
    "Survey Caller",
];

const CAMPAIGNS: [&str; 4] =
    ["Spring Recall", "Plan Renewals", "Delivery Windows", "Satisfaction Survey"];

/// First names, and family names. A person has one of each; their counts have no common factor.
const FIRST_NAMES: &str = "Alice, Priya, José, Marcus, María, Chloé, Rahul, Grace, अनिता, Owen, Lucía, Dev, Hannah, \
    Iñigo, Meera, Samuel, Zoë, Arjun, Beatriz, Caleb, Sunita, Noor, Tomás, Ruth, Vikram, \
    Elena, Joel, Kavya, Ángel, Nina, Walter, Fatima";
const LAST_NAMES: &str = "Abbott, Raghunathan, Núñez, Freeman, Peña, Lefèvre, Sharma, Okafor, शर्मा, Whitfield, \
    Gutiérrez, Mehta, Lindqvist, Etxeberria, Iyer, Castellanos, Brontë, Malhotra, Figueroa, \
    Hargreaves, O'Connor, Rahman, Villanueva, Goldberg, Chowdhury, Marín, Petersen, Krishnan, \
    Ibáñez, Kowalski, Van der Berg";

/// The people of a dataset, few enough that each takes part in several calls.
pub(crate) fn people(rng: HashRng, records: usize) -> Vec<Person> {
    let count = (records / 5).clamp(8, MAX_PEOPLE);
    let turn = rng.derive("people").below("turn", 31) as usize;
    let (first, last): (Vec<_>, Vec<_>) =
        (FIRST_NAMES.split(", ").collect(), LAST_NAMES.split(", ").collect());
    let person = |index| {
        let name = first[(index + turn) % first.len()];
        person(index, name, last[(index + index / last.len() + turn) % last.len()])
    };
    (0..count).map(person).collect()
}

fn person(index: usize, first: &'static str, last: &'static str) -> Person {
    let number = match index % 5 {
        3 => format!("+9155501{index:05}"),
        _ => format!("+1{}55501{:02}", AREAS[index % AREAS.len()], index / AREAS.len() % 100),
    };
    let plain: String = first.chars().filter(char::is_ascii_alphabetic).collect();
    let email = (index % 7 != 6).then(|| {
        let plain = if plain.is_empty() { "caller" } else { &plain };
        format!("{}{index}@example.com", plain.to_lowercase())
    });
    Person { first, last, email, number }
}

impl Directory {
    /// A vendor's directory; `id` writes its ids.
    pub(crate) fn new(
        rng: HashRng,
        line_area: &str,
        people: usize,
        id: fn(u128) -> String,
    ) -> Self {
        let entity = |kind: &str, name: &str| NamedEntity {
            id: id(rng.derive(kind).bits128(name)),
            name: name.to_owned(),
        };
        let agent = |(index, name): (usize, &&str)| AgentProfile {
            identity: entity("agent", name),
            line: format!("{line_area}{:02}", index * 11),
        };
        let contact = |index| id(rng.derive("contact").nth(index as u64).bits128("id"));
        Self {
            organization: entity("organization", ORGANIZATION),
            agents: AGENTS.iter().enumerate().map(agent).collect(),
            campaigns: CAMPAIGNS.iter().map(|name| entity("campaign", name)).collect(),
            contacts: (0..people).map(contact).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PEOPLE, people};
    use crate::hash_rng::HashRng;
    use std::collections::HashSet;

    #[test]
    fn no_two_people_share_a_number() {
        let people = people(HashRng::new(1), 5 * MAX_PEOPLE);
        let numbers: HashSet<&str> = people.iter().map(|one| one.number.as_str()).collect();
        assert_eq!(numbers.len(), MAX_PEOPLE);
        assert!(numbers.iter().all(|number| number.contains("555")));
    }
}
