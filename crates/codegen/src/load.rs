//! YAML text to a value that remembers its lines.
//!
//! What belongs here: reading, and the rules of YAML itself. What the document
//! says is the business of the lint.

mod scalar;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::Value;

use crate::catch_panic;
use crate::error::{Diagnostic, Error, ErrorKind};

/// Levels of nesting that a document may have; a spec needs about fifteen.
const MAX_DEPTH: usize = 64;

/// A spec as read: its value, and the line of each place in it.
#[derive(Debug)]
pub(crate) struct SpecDocument {
    file: PathBuf,
    value: Value,
    lines: HashMap<String, u32>,
}

impl SpecDocument {
    /// Reads and parses the file.
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(file).map_err(|cause| {
            Error::new(
                ErrorKind::Io,
                vec![Diagnostic::about_file(
                    file,
                    format!("the spec cannot be read ({cause})"),
                    "write the spec to this path, or correct the path",
                )],
            )
        })?;
        Self::parse(file, &text)
    }

    /// Parses `text`; `file` is what the diagnostics call it.
    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, Error> {
        let mut reader = Reader::new(file);
        let ended = catch_panic::catch_panic(|| reader.read(text)).unwrap_or_else(|panic| {
            Err(Diagnostic::about_file(
                file,
                format!("the YAML reader failed ({panic})"),
                "write plain YAML, as the other specs do",
            ))
        });
        if let Err(fatal) = ended {
            reader.diagnostics.push(fatal);
        }
        match (reader.diagnostics, reader.root) {
            (diagnostics, Some(value)) if diagnostics.is_empty() => {
                Ok(Self { file: file.to_owned(), value, lines: reader.lines })
            }
            (mut diagnostics, _) => {
                if diagnostics.is_empty() {
                    diagnostics.push(Diagnostic::about_file(
                        file,
                        "the file is empty",
                        "write an OpenAPI 3.0.3 document",
                    ));
                }
                Err(Error::new(ErrorKind::Syntax, diagnostics))
            }
        }
    }

    /// The whole document.
    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    /// The file's name without its directories.
    pub(crate) fn file_name(&self) -> String {
        self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// A diagnostic at `pointer`, with the line of the nearest place that has one.
    pub(crate) fn diagnostic(
        &self,
        pointer: &str,
        problem: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            file: self.file.clone(),
            line: self.line(pointer),
            pointer: pointer.to_owned(),
            problem: problem.into(),
            help: help.into(),
        }
    }

    fn line(&self, pointer: &str) -> Option<u32> {
        let mut place = pointer;
        loop {
            if let Some(line) = self.lines.get(place) {
                return Some(*line);
            }
            place = &place[..place.rfind('/')?];
        }
    }
}

/// `pointer` extended by one key.
pub(crate) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A container that is still being read.
enum OpenContainer {
    List(Vec<Value>),
    Map(BTreeMap<String, Value>, Option<String>),
}

struct Reader<'a> {
    file: &'a Path,
    open: Vec<(OpenContainer, String)>,
    root: Option<Value>,
    lines: HashMap<String, u32>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a Path) -> Self {
        Self { file, open: Vec::new(), root: None, lines: HashMap::new(), diagnostics: Vec::new() }
    }

    /// Reads all events. An error ends the reading; lesser diagnostics are collected.
    fn read(&mut self, text: &str) -> Result<(), Diagnostic> {
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| {
                let place = error.marker();
                if error.info().contains("recursion limit") {
                    return self.too_deep(line_number(place.line()));
                }
                self.at(
                    line_number(place.line()),
                    format!(
                        "not YAML, column {}: {}",
                        place.col() + 1,
                        catch_panic::one_line(error.info())
                    ),
                    "correct the indentation, quotes or brackets here or just above",
                )
            })?;
            self.event(event, span)?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        let line = line_number(span.start.line());
        match event {
            Event::Alias(_) => Err(self.at(
                line,
                "an alias (`*name`)",
                "write the text out, or a component and a `$ref`",
            )),
            Event::Scalar(_, _, anchor, ref tag) if anchor > 0 || tag.is_some() => {
                Err(self.decorated(line))
            }
            Event::SequenceStart(anchor, ref tag) | Event::MappingStart(anchor, ref tag)
                if anchor > 0 || tag.is_some() =>
            {
                Err(self.decorated(line))
            }
            Event::Scalar(text, style, ..) => self.scalar(&text, style, line),
            Event::SequenceStart(..) => self.start(OpenContainer::List(Vec::new()), line),
            Event::MappingStart(..) => self.start(OpenContainer::Map(BTreeMap::new(), None), line),
            Event::SequenceEnd | Event::MappingEnd => self.end(line),
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(self.at(line, "a second YAML document", "write one document per file"))
            }
            Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::StreamStart
            | Event::StreamEnd
            | Event::Nothing => Ok(()),
        }
    }

    fn start(&mut self, container: OpenContainer, line: u32) -> Result<(), Diagnostic> {
        if matches!(self.open.last(), Some((OpenContainer::Map(_, None), _))) {
            return Err(self.at(line, "a key that is not a text", "write the key as a text"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_deep(line));
        }
        let pointer = self.place(line);
        self.open.push((container, pointer));
        Ok(())
    }

    fn end(&mut self, line: u32) -> Result<(), Diagnostic> {
        match self.open.pop() {
            Some((OpenContainer::List(list), _)) => self.put(Value::Array(list)),
            Some((OpenContainer::Map(map, _), _)) => {
                self.put(Value::Object(map.into_iter().collect()))
            }
            None => return Err(self.at(line, "an end without a start", "remove it")),
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, line: u32) -> Result<(), Diagnostic> {
        let plain = style == ScalarStyle::Plain;
        if let Some((OpenContainer::Map(map, key @ None), pointer)) = self.open.last_mut() {
            let place = child(pointer, text);
            let problem = if map.contains_key(text) {
                Some(("the key occurs twice".to_owned(), "remove one of the two".to_owned()))
            } else if plain && scalar::is_not_text(text) {
                Some((
                    format!("other tools do not read the key `{text}` as a text"),
                    format!("write \"{text}\" instead"),
                ))
            } else {
                None
            };
            if let Some((problem, help)) = problem {
                self.diagnostics.push(Diagnostic {
                    file: self.file.to_owned(),
                    line: Some(line),
                    pointer: place.clone(),
                    problem,
                    help,
                });
            }
            self.lines.entry(place).or_insert(line);
            *key = Some(text.to_owned());
            return Ok(());
        }
        let pointer = self.place(line);
        let value = if plain { scalar::resolve(text) } else { Ok(text.into()) };
        match value {
            Ok(value) => self.put(value),
            Err(reading) => {
                self.diagnostics.push(Diagnostic {
                    file: self.file.to_owned(),
                    line: Some(line),
                    pointer,
                    problem: format!("some tools read `{text}` as {reading}"),
                    help: format!("write \"{text}\" instead"),
                });
                self.put(text.into());
            }
        }
        Ok(())
    }

    /// The pointer of the value that starts now; notes its line.
    fn place(&mut self, line: u32) -> String {
        let pointer = match self.open.last() {
            None => String::new(),
            Some((OpenContainer::List(list), pointer)) => format!("{pointer}/{}", list.len()),
            Some((OpenContainer::Map(_, key), pointer)) => {
                child(pointer, key.as_deref().unwrap_or(""))
            }
        };
        self.lines.entry(pointer.clone()).or_insert(line);
        pointer
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some((OpenContainer::List(list), _)) => list.push(value),
            Some((OpenContainer::Map(map, key), _)) => {
                map.insert(key.take().unwrap_or_default(), value);
            }
        }
    }

    fn too_deep(&self, line: u32) -> Diagnostic {
        self.at(
            line,
            format!("more than {MAX_DEPTH} levels of nesting"),
            "name the inner schemas as components",
        )
    }

    fn decorated(&self, line: u32) -> Diagnostic {
        self.at(
            line,
            "an anchor (`&name`) or a tag (`!name`)",
            "write the text out, or a component and a `$ref`",
        )
    }

    fn at(&self, line: u32, problem: impl Into<String>, help: impl Into<String>) -> Diagnostic {
        let pointer = self.open.last().map_or_else(String::new, |(_, pointer)| pointer.clone());
        Diagnostic { line: Some(line), pointer, ..Diagnostic::about_file(self.file, problem, help) }
    }
}

fn line_number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
