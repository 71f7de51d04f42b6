//! A vendor whose ids and texts try to leave the directory they are written to,
//! or to be taken for SQL: what is written stays where it was asked for.

use crate::support::Machine;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    thread,
};

const IDS: [&str; 14] = [
    "../../escape",
    "..",
    ".",
    "/etc/callfold",
    "..\\..\\escape",
    "C:\\escape",
    "%2e%2e%2fescape",
    "~root",
    "nul",
    "a\u{0}b",
    "line\nbreak\u{1b}[2J",
    "'); DROP TABLE calls; --",
    "\"; DELETE FROM calls; --",
    "📞\u{202e}=1+1",
];

/// Serves the calls with these ids, and a recording at any other address.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let record = |id: &&str| {
        json!({
            "id": id, "assistant_id": id, "contact_id": id, "call_type": id, "call_status": "completed",
            "call_started_at": "2026-04-21T12:00:00Z", "call_ended_at": "2026-04-21T12:01:00Z",
            "transcript": id, "analysis_summary": id, "recording_url": format!("{address}/a/../x.mp3"),
        })
    };
    let page = Value::from(IDS.iter().map(record).collect::<Vec<_>>()).to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let page = page.clone();
            thread::spawn(move || answer(stream, &page));
        }
    });
    address
}

fn answer(mut stream: TcpStream, page: &str) {
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&chunk[..read]),
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let target = request.split(' ').nth(1).unwrap_or_default();
    let (status, kind, body) = match target {
        target if target.starts_with("/v1/calls?") => ("200 OK", "application/json", page),
        "/x.mp3" => ("200 OK", "audio/mpeg", "ID3 sound"),
        _ => ("404 Not Found", "application/json", "{}"),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

fn machine() -> Machine {
    let base = serve();
    Machine::with_config(&format!(
        "[sources.\"../../'; DROP TABLE calls\"]\nvendor = \"vozagent\"\napi_key = \"k\"\n\
         base_url = \"{base}\"\nretries = 0\nrate = 1e6\n"
    ))
}

/// Every file below a directory, by its path there.
fn files(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = vec![directory.to_owned()];
    while let Some(next) = rest.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => rest.push(path),
                false => {
                    let below = path.strip_prefix(directory).unwrap();
                    found.insert(below.to_str().unwrap().to_owned());
                }
            }
        }
    }
    found
}

#[test]
fn database_and_recordings_hold_every_call_and_nothing_leaves_them() {
    let machine = machine();
    let args = ["--quiet", "sync", "--db", "calls.sqlite", "--recordings", "sound"];
    let ran = machine.run(&args);
    assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    // The calls whose own record cannot be asked for lack their detail.
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
    let database = rusqlite::Connection::open(machine.path().join("work/calls.sqlite")).unwrap();
    let mut query = database.prepare("SELECT call_id FROM calls").unwrap();
    let ids = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let ids: BTreeSet<String> = ids.collect::<Result<_, _>>().unwrap();
    // The one that no database can store is rejected.
    let storable: BTreeSet<_> =
        IDS.iter().filter(|id| !id.contains('\0')).map(|id| (*id).to_owned()).collect();
    assert_eq!(storable.len(), IDS.len() - 1);
    assert_eq!(ids, storable);
    let files = files(machine.path());
    let odd: Vec<_> = files
        .iter()
        .filter(|file| {
            !file.starts_with("work/sound/vozagent/")
                && !file.starts_with("work/calls.sqlite")
                && *file != "work/callfold.toml"
        })
        .collect();
    assert_eq!(odd, Vec::<&String>::new());
    let sounds = files.iter().filter(|file| file.ends_with(".mp3")).count();
    assert_eq!(sounds, storable.len(), "{files:?}");
    let again = machine.run(&args);
    assert!(matches!(again.code, Some(0 | 3)), "{}", again.stderr);
}

#[test]
fn set_of_files_holds_every_call_and_stays_below_its_directory() {
    let machine = machine();
    let args = ["--quiet", "export", "--to", "set/", "--format", "csv", "--partition", "account"];
    let ran = machine.run(&args);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let files = files(machine.path());
    let odd =
        files.iter().find(|file| !file.starts_with("work/set/") && *file != "work/callfold.toml");
    assert_eq!(odd, None);
    let sheets: Vec<_> = files.iter().filter(|file| file.ends_with(".csv")).collect();
    assert_eq!(sheets.len(), 1, "{files:?}");
    let sheet = fs::read(machine.path().join(sheets[0])).unwrap();
    let mut reader = csv::Reader::from_reader(sheet.as_slice());
    assert_eq!(reader.records().filter(Result::is_ok).count(), IDS.len());
}
