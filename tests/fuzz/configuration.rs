//! Configuration files.

use callfold::config::{Config, Document, StringSource};
use callfold::output::text::sanitise_lines;
use callfold_unify::json::is_terminal_control;
use secrecy::SecretString;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// Stands for whatever must not be shown.
const SECRET: &str = "s3cret";

/// Takes any bytes for a configuration file, and opens what it names. Nothing
/// is fetched: no variable, no file, and no command is run.
pub(crate) fn understood(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let understood = Document::of(Path::new("callfold.toml"), data.to_vec())
        .and_then(|document| Config::of(document, fetched));
    match understood {
        Ok(config) => {
            for single in [config.hash_key(), config.database()] {
                if let Err(error) = single {
                    tells_no_secret(&text, &error.to_string());
                }
            }
            // A client for each source takes its time: two show what twenty would.
            for source in config.sources.iter().take(2) {
                if let Err(error) = config.open(source) {
                    tells_no_secret(&text, &error.to_string());
                }
            }
        }
        Err(error) => tells_no_secret(&text, &error.to_string()),
    }
}

/// In place of what stands elsewhere.
fn fetched(text: &StringSource, _: &Path) -> Result<SecretString, (String, String)> {
    match text {
        StringSource::Literal(text) => Ok(text.clone()),
        StringSource::Env(_) => Ok("vaani".into()),
        StringSource::File(_) => Ok("30s".into()),
        StringSource::Command(..) => Err(("is missing".to_owned(), "look for it".to_owned())),
    }
}

/// An error is of a bearable length, and what is shown of it is harmless and
/// holds no value, unless the secret stands where names do.
fn tells_no_secret(text: &str, error: &str) {
    let shown = sanitise_lines(error);
    assert!(!shown.contains(|c| c != '\n' && is_terminal_control(c)), "not harmless: {shown:?}");
    let longest = text.lines().map(str::len).max().unwrap_or(0);
    assert!(shown.len() < 4_000 + 4 * longest, "an error of {} bytes", shown.len());
    let in_the_open = match DeTable::parse(text) {
        Ok(table) => is_in_a_name(&DeValue::Table(table.into_inner())),
        // Nothing that cannot be read is shown, but for a key that is there twice.
        Err(error) => error.message().contains("duplicate key"),
    };
    assert!(in_the_open || !shown.contains(SECRET), "a secret is shown: {shown}");
}

/// Whether the secret stands in a name, or in what says where a secret is.
fn is_in_a_name(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(table) => table.iter().any(|(name, value)| {
            let key = name.get_ref().as_ref();
            let open = matches!(key, "vendor" | "env" | "file")
                || callfold_reader::MAPPING_SETTINGS.iter().any(|setting| setting.key == key);
            let text = value.get_ref().as_str().unwrap_or_default();
            name.get_ref().contains(SECRET)
                || (open && text.contains(SECRET))
                || is_in_a_name(value.get_ref())
        }),
        DeValue::Array(items) => items.iter().any(|item| is_in_a_name(item.get_ref())),
        _ => false,
    }
}

/// Good files, and files that are wrong in one way each.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    const GOOD: [&str; 7] = [
        "[privacy]\nhash_key = \"s3cret\"\n[sync]\ndb = { command = \"echo s3cret\" }\n[sources.a]\nvendor = \"vaani\"\napi_key = \"s3cret\"\n",
        "[sources.clinic]\nvendor = \"ravan\"\napi_key = \"s3cret\"\nphones = [\"+19195550100\"]\n",
        "[sources.a]\nvendor = \"vaani\"\napi_key = { env = \"KEY\" }\nassume_offset = \"+05:30\"\n",
        "[sources.b]\nvendor = \"zudu\"\napi_key = \"s3cret\"\napi_secret = \"s3cret\"\ncost_unit = \"usd\"\n",
        "[sources.c]\nvendor = { file = \"name\" }\napi_key = { command = \"echo s3cret\" }\n",
        "[sources.d]\nvendor = \"agentvoice\"\napi_key = \"s3cret\"\norganization_id = \"s3cret\"\nbase_url = \"https://127.0.0.1:1/x\"\nallow_http = true\ntimeout = \"90s\"\nrate = 0.5\nconcurrency = 4\nretries = 0\n",
        "sources = { e = { vendor = \"vozagent\", api_key = '''s3cret''' } }\n",
    ];
    const WRONG: [&str; 14] = [
        "[privacy]\nhash_key = [\"s3cret\"]\n",
        "[sync]\ndb = { env = \"A\", password = \"s3cret\" }\n",
        "",
        "\u{feff}[sources]\n",
        "[source.clinic]\nvendor = \"ravan\"\n",
        "sources = \"s3cret\"\n",
        "[sources.\"in:bound\"]\nvendor = \"ravan\"\n",
        "[sources.clinic]\nvendor = \"ravn\"\napi_key = \"s3cret\"\n",
        "[sources.clinic]\nvendor = \"vaani\"\napi_key = { envv = \"s3cret\" }\n",
        "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\\nline\"\n",
        "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\"\nbase_url = \"https://u:s3cret@x.example?s3cret#s3cret\"\n",
        "[sources.clinic]\nvendor = \"vaani\"\napi_key = s3cret\n",
        "[sources.clinic]\nvendor = \"vaani\"\napi_key = \"s3cret\n",
        "[sources.a]\nvendor = \"ravan\"\n[sources.a]\nvendor = \"vaani\"\n",
    ];
    GOOD.into_iter().chain(WRONG).map(|text| text.as_bytes().to_vec()).collect()
}

/// Keys, vendors and values of a configuration.
pub(crate) fn words() -> Vec<String> {
    const WORDS: [&str; 16] = [
        "[privacy]",
        "hash_key = ",
        "[sync]",
        "db = ",
        "[sources.",
        "vendor = ",
        "{ env = \"",
        "{ file = \"",
        "{ command = \"",
        "s3cret",
        "\\u001b",
        "\"https://",
        "\"http://127.0.0.1\"",
        "'''",
        "\"\"\"",
        "= 1e400",
    ];
    let settings = callfold_reader::vendors().iter().flat_map(|vendor| {
        let own = vendor.settings.iter().chain(callfold_reader::common_settings());
        own.map(|setting| format!("{} = ", setting.key)).chain([format!("\"{}\"", vendor.name)])
    });
    WORDS.map(str::to_owned).into_iter().chain(settings).collect()
}
