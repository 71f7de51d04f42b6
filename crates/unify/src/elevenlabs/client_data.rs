//! What the caller of the API set for a conversation.

use super::facts::put_filled;
use crate::{
    convert::{Warnings, escape, json_object, text},
    model::{JsonObject, WarningCode},
};
use callfold_record::RawJson;

const AT: &str = "conversation_initiation_client_data";

/// Members that are facts of the call.
const FACTS: &[&str] =
    &["source_info", "branch_id", "environment", "starting_workflow_node_id", "procedure_ids"];

/// Members that stay in the record only.
const RAW_ONLY: &[&str] = &["conversation_config_override", "custom_llm_extra_body"];

/// How the vendor's own variables begin.
const SYSTEM: &str = "system__";

/// The transcript once more.
const HISTORY: &str = "system__conversation_history";

/// Puts the caller's own variables into `metadata`, and the rest into `facts`. Returns the caller's name for the user:
/// that of the conversation, or else the one in this object.
pub(super) fn read(
    data: Option<RawJson>,
    user_id: Option<String>,
    metadata: &mut JsonObject,
    facts: &mut JsonObject,
    warnings: &mut Warnings,
) -> Option<String> {
    let mut user_id = text(user_id);
    let Some(members) = data.as_ref().and_then(json_object::members) else {
        put_filled(facts, AT, data);
        return user_id;
    };
    for (name, value) in &members {
        let name: &str = name;
        let value = RawJson::from((*value).to_owned());
        let own = format!("{AT}/{name}");
        match name {
            "dynamic_variables" => variables(value, &own, metadata, facts),
            "user_id" => {
                let id = text(json_object::string(&value));
                match (id, &user_id) {
                    (Some(id), None) => user_id = Some(id),
                    (Some(id), Some(known)) if id == *known => {}
                    _ => put_filled(facts, &own, Some(value)),
                }
            }
            name if FACTS.contains(&name) => put_filled(facts, &own, Some(value)),
            name if RAW_ONLY.contains(&name) => {}
            _ => {
                let pointer = format!("/{AT}/{}", escape(name));
                let message = "the field is not documented; it is kept in facts";
                warnings.add(WarningCode::UnknownField, pointer, message);
            }
        }
    }
    user_id
}

/// The caller's variables, verbatim, and the vendor's.
fn variables(value: RawJson, name: &str, metadata: &mut JsonObject, facts: &mut JsonObject) {
    let Some(members) = json_object::members(&value) else {
        return put_filled(facts, name, Some(value));
    };
    for (variable, value) in &members {
        let value = RawJson::from((*value).to_owned());
        match variable.starts_with(SYSTEM) {
            true if **variable == *HISTORY => {}
            true => json_object::put(facts, &format!("{name}/{}", &**variable), Some(value)),
            false => drop(metadata.insert((**variable).to_owned(), value)),
        }
    }
}
