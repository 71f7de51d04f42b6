//! What a call cost: exact decimals, each with its unit.

use super::CostKind;
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{borrow::Cow, convert::Infallible, fmt, str::FromStr};

/// The cost of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// The vendor's total, exact; `None` when only parts are known.
    #[schemars(with = "Option<String>")]
    pub total: Option<Decimal>,
    /// The unit of `total`.
    pub unit: CostUnit,
    /// What the total is made of, as far as the vendor says.
    pub parts: Vec<CostPart>,
    /// Further totals of the same call in other units, where the vendor states several:
    /// credits beside money, say. They are not added to `total`.
    #[serde(default)]
    pub other_totals: Vec<CostTotal>,
}

/// What a call cost, counted in one more unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CostTotal {
    /// How much, exact.
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// The unit of `amount`.
    pub unit: CostUnit,
}

/// One component of a cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CostPart {
    /// The vendor's name of the component.
    pub name: String,
    /// What was paid for.
    #[serde(default)]
    pub kind: CostKind,
    /// How much, exact.
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// The unit of `amount`, which can differ from the total's.
    pub unit: CostUnit,
}

/// What a cost is counted in. Serialised as an ISO 4217 code, `credits` or `unspecified`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CostUnit {
    /// Money, with its ISO 4217 code in capitals.
    Currency(String),
    /// The vendor's credits.
    Credits,
    /// The vendor does not say.
    #[default]
    Unspecified,
}

impl CostUnit {
    /// The serialised word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Currency(code) => code,
            Self::Credits => "credits",
            Self::Unspecified => "unspecified",
        }
    }
}

impl fmt::Display for CostUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for CostUnit {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "credits" => Self::Credits,
            code if code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()) => {
                Self::Currency(code.to_ascii_uppercase())
            }
            _ => Self::Unspecified,
        })
    }
}

impl Serialize for CostUnit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CostUnit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(word.parse().unwrap_or_else(|never: Infallible| match never {}))
    }
}

impl JsonSchema for CostUnit {
    fn schema_name() -> Cow<'static, str> {
        "CostUnit".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An ISO 4217 code, `credits`, or `unspecified`.",
            "pattern": "^([A-Z]{3}|credits|unspecified)$",
        })
    }
}

/// Two costs of different units were added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitMismatch {
    /// The unit of the left-hand cost.
    pub left: CostUnit,
    /// The unit of the right-hand cost.
    pub right: CostUnit,
}

impl fmt::Display for UnitMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "cannot add {} to {}: costs of different units are summed separately",
            self.right, self.left
        )
    }
}

impl std::error::Error for UnitMismatch {}

impl Cost {
    /// A total without parts.
    pub fn new(total: Decimal, unit: CostUnit) -> Self {
        Self { total: Some(total), unit, parts: Vec::new(), other_totals: Vec::new() }
    }

    /// Adds two totals of one unit; parts and other totals are not carried over. A cost without
    /// a total counts as nothing known: the sum then has no total either.
    ///
    /// # Errors
    ///
    /// [`UnitMismatch`] when the units differ. Two unspecified units are not
    /// known to be the same unit, so they do not add up either.
    pub fn checked_add(&self, other: &Self) -> Result<Self, UnitMismatch> {
        if self.unit != other.unit || self.unit == CostUnit::Unspecified {
            return Err(UnitMismatch { left: self.unit.clone(), right: other.unit.clone() });
        }
        let total = match (&self.total, &other.total) {
            (Some(a), Some(b)) => a.checked_add(*b),
            _ => None,
        };
        Ok(Self { total, unit: self.unit.clone(), parts: Vec::new(), other_totals: Vec::new() })
    }

    /// The sum of the parts counted in `unit`; `None` when there is none.
    pub fn parts_total(&self, unit: &CostUnit) -> Option<Decimal> {
        let mut amounts =
            self.parts.iter().filter(|part| part.unit == *unit).map(|part| part.amount);
        let first = amounts.next()?;
        amounts.try_fold(first, |sum, amount| sum.checked_add(amount))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(total: &str, unit: CostUnit) -> Cost {
        Cost::new(total.parse().unwrap(), unit)
    }

    #[test]
    fn adding_two_units_is_an_error() {
        let usd = || CostUnit::Currency("USD".into());
        let sum = cost("0.10", usd()).checked_add(&cost("0.20", usd())).unwrap();
        assert_eq!(sum.total.unwrap().to_string(), "0.30");
        assert!(cost("1", usd()).checked_add(&cost("1", CostUnit::Credits)).is_err());
        let unspecified = || CostUnit::Unspecified;
        assert!(cost("1", unspecified()).checked_add(&cost("1", unspecified())).is_err());
    }

    #[test]
    fn unit_words_round_trip() {
        for word in ["USD", "credits", "unspecified"] {
            let unit: CostUnit = serde_json::from_value(word.into()).unwrap();
            assert_eq!(serde_json::to_value(&unit).unwrap(), word);
        }
    }
}
