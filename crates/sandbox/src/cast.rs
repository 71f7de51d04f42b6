//! Who takes part: people who call and are called, and a vendor's agents and campaigns.
//!
//! The people are the same at all vendors, by name and number; a vendor gives them ids of
//! its own. All numbers are fictitious 555 numbers.

use serde::Serialize;

use crate::dice::Dice;

/// Most people a world holds.
const MOST_PEOPLE: usize = 2_000;
/// Area codes of the customers' numbers, a hundred numbers each.
const AREAS: [u16; 20] = [
    919, 415, 312, 617, 512, 206, 303, 404, 602, 713, 305, 503, 702, 801, 216, 614, 704, 615, 504,
    414,
];

/// What something is called, and its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
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
pub(crate) struct Agent {
    pub(crate) named: Named,
    pub(crate) line: String,
}

/// What belongs to one vendor.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    pub(crate) organization: Named,
    pub(crate) agents: Vec<Agent>,
    pub(crate) campaigns: Vec<Named>,
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

/// First names and family names; a person takes one of each.
const FIRST: [&str; 32] = [
    "Alice",
    "Priya",
    "José",
    "Marcus",
    "María",
    "Chloé",
    "Rahul",
    "Grace",
    "अनिता",
    "Owen",
    "Lucía",
    "Dev",
    "Hannah",
    "Iñigo",
    "Meera",
    "Samuel",
    "Zoë",
    "Arjun",
    "Beatriz",
    "Caleb",
    "Sunita",
    "Noor",
    "Tomás",
    "Ruth",
    "Vikram",
    "Elena",
    "Joel",
    "Kavya",
    "Ángel",
    "Nina",
    "Walter",
    "Fatima",
];
const LAST: [&str; 31] = [
    "Abbott",
    "Raghunathan",
    "Núñez",
    "Freeman",
    "Peña",
    "Lefèvre",
    "Sharma",
    "Okafor",
    "शर्मा",
    "Whitfield",
    "Gutiérrez",
    "Mehta",
    "Lindqvist",
    "Etxeberria",
    "Iyer",
    "Castellanos",
    "Brontë",
    "Malhotra",
    "Figueroa",
    "Hargreaves",
    "O'Connor",
    "Rahman",
    "Villanueva",
    "Goldberg",
    "Chowdhury",
    "Marín",
    "Petersen",
    "Krishnan",
    "Ibáñez",
    "Kowalski",
    "Van der Berg",
];

/// The people of a world, enough that each takes part in a few calls.
pub(crate) fn people(dice: Dice, records: usize) -> Vec<Person> {
    let count = (records / 5).clamp(8, MOST_PEOPLE);
    let turn = dice.of("people").below("turn", 31) as usize;
    (0..count).map(|index| person(index, turn)).collect()
}

fn person(index: usize, turn: usize) -> Person {
    let first = FIRST[(index + turn) % FIRST.len()];
    let last = LAST[(index + index / LAST.len() + turn) % LAST.len()];
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

/// What belongs to a vendor whose ids are written by `id`.
pub(crate) fn cast(dice: Dice, line_area: &str, people: usize, id: fn(u128) -> String) -> Cast {
    let named =
        |kind: &str, name: &str| Named { id: id(dice.of(kind).wide(name)), name: name.to_owned() };
    Cast {
        organization: named("organization", ORGANIZATION),
        agents: AGENTS
            .iter()
            .enumerate()
            .map(|(index, name)| Agent {
                named: named("agent", name),
                line: format!("{line_area}{:02}", index * 11),
            })
            .collect(),
        campaigns: CAMPAIGNS.iter().map(|name| named("campaign", name)).collect(),
        contacts: (0..people)
            .map(|index| id(dice.of("contact").nth(index as u64).wide("id")))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_PEOPLE, people};
    use crate::dice::Dice;
    use std::collections::HashSet;

    #[test]
    fn no_two_people_share_a_number() {
        let people = people(Dice::new(1), 5 * MOST_PEOPLE);
        let numbers: HashSet<&str> = people.iter().map(|one| one.number.as_str()).collect();
        assert_eq!(numbers.len(), MOST_PEOPLE);
        assert!(numbers.iter().all(|number| number.contains("555")));
    }
}
