//! The fields that a policy can redact.

use super::{PrivacyError, PrivacyMode};
use callfold_tables::CALLS;

/// The class of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldClass {
    /// Personal data.
    Personal,
    /// A vendor's own JSON: kept or dropped.
    Json,
    /// A URL of personal data: kept or dropped.
    Url,
    /// No personal data, unless a vendor puts it there.
    Other,
}

macro_rules! fields {
    ($($field:ident $name:literal $sort:ident $about:literal,)*) => {
        /// A column, or another part of a call, with text from a vendor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum PrivateField {
            $(#[doc = $about] $field,)*
        }

        impl PrivateField {
            pub(super) const ALL: &'static [Self] = &[$(Self::$field),*];

            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$field => $name),* }
            }

            pub(super) fn class(self) -> FieldClass {
                match self { $(Self::$field => FieldClass::$sort),* }
            }
        }
    };
}

fields! {
    FromNumber "from_number" Personal "The caller's number.",
    FromName "from_name" Personal "The caller's name.",
    FromEmail "from_email" Personal "The caller's e-mail address.",
    ToNumber "to_number" Personal "The called party's number.",
    ToName "to_name" Personal "The called party's name.",
    ToEmail "to_email" Personal "The called party's e-mail address.",
    CustomerNumber "customer_number" Personal "The customer's number.",
    CustomerName "customer_name" Personal "The customer's name.",
    CustomerEmail "customer_email" Personal "The customer's e-mail address.",
    AgentLineNumber "agent_line_number" Personal "The number of the agent's line.",
    AgentLineName "agent_line_name" Personal "The name of the agent's line.",
    AgentLineEmail "agent_line_email" Personal "The e-mail address of the agent's line.",
    Transfers "transfers" Personal "Where a call was handed over to.",
    ErrorMessage "error_message" Personal "The vendor's message about a failure.",
    Summary "summary" Personal "The vendor's summary.",
    Intent "outcome_intent" Personal "What the customer wanted.",
    Turns "turns" Personal "The transcript: turns, tools and running text.",
    Analysis "analysis" Json "The vendor's extraction.",
    Metadata "metadata" Json "The caller's keys.",
    Facts "facts" Json "The vendor's remaining facts.",
    TranscriptUrl "transcript_url" Url "Where the transcript is.",
    RecordingUrl "recording_url" Url "Where the recordings are.",
    CallId "call_id" Other "The vendor's id of the call.",
    AlternateIds "alternate_ids" Other "Its other ids.",
    ContactId "contact_id" Other "The customer's id in the CRM.",
    OrganizationId "organization_id" Other "The tenant's id.",
    OrganizationName "organization_name" Other "The tenant's name.",
    AgentId "agent_id" Other "The agent's id.",
    AgentName "agent_name" Other "The agent's name.",
    CampaignId "campaign_id" Other "The campaign's id.",
    CampaignName "campaign_name" Other "The campaign's name.",
    ParentId "parent_id" Other "The id of the call that it belongs to.",
    BatchId "batch_id" Other "The id of its batch.",
    CustomerId "customer_id" Other "The vendor's id of the customer.",
    AgentLineId "agent_line_id" Other "The vendor's id of the agent's line.",
    Label "outcome_label" Other "The vendor's label.",
    Evaluation "outcome_evaluation" Other "The evaluation's tag.",
    Tags "tags" Other "The labels of the call.",
}

impl PrivateField {
    /// The field with this name.
    pub(super) fn named(name: &str) -> Result<Self, PrivacyError> {
        if let Some(field) = Self::ALL.iter().find(|field| field.name() == name) {
            return Ok(*field);
        }
        if CALLS.iter().any(|column| column.name == name) {
            return Err(PrivacyError::NotPersonal { name: name.to_owned() });
        }
        let similarity = |field: &Self| strsim::jaro_winkler(field.name(), name);
        let best = Self::ALL.iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)));
        let similar = best.filter(|field| similarity(field) > 0.8).map(|field| field.name());
        Err(PrivacyError::UnknownColumn { name: name.to_owned(), similar })
    }

    /// Its default mode in a policy with the mode `base` for personal data.
    pub(super) fn by_default(self, base: PrivacyMode) -> PrivacyMode {
        match self.class() {
            FieldClass::Personal => base,
            FieldClass::Json => PrivacyMode::Drop,
            FieldClass::Url if base == PrivacyMode::Keep => PrivacyMode::Keep,
            FieldClass::Url => PrivacyMode::Drop,
            FieldClass::Other => PrivacyMode::Keep,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use callfold_tables::Privacy;

    #[test]
    fn every_column_with_personal_data_is_a_field() {
        let personal: Vec<_> = CALLS.iter().filter(|c| c.privacy != Privacy::None).collect();
        for column in &personal {
            let field = PrivateField::named(column.name).unwrap();
            assert_eq!(field.class(), FieldClass::Personal, "{}", column.name);
        }
        let count =
            PrivateField::ALL.iter().filter(|field| field.class() == FieldClass::Personal).count();
        assert_eq!(count, personal.len() + 2, "the columns, the turns and the transfers");
        for (place, field) in PrivateField::ALL.iter().enumerate() {
            assert_eq!(*field as usize, place);
        }
    }

    #[test]
    fn unknown_column_suggests_a_similar_one() {
        let error = PrivateField::named("from_numbr").unwrap_err().to_string();
        assert!(error.contains("did you mean `from_number`?"), "{error}");
        assert!(error.contains("metadata"), "{error}");
        let error = PrivateField::named("qqq").unwrap_err().to_string();
        assert!(!error.contains("did you mean"), "{error}");
        let error = PrivateField::named("status").unwrap_err();
        assert_eq!(error, PrivacyError::NotPersonal { name: "status".into() });
    }
}
