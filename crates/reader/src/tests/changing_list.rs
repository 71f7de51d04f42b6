//! A vendor's list that changes between any two requests.

use callfold_transport::{Lenient, Page, PageContents, PageRequest, Paging, Record};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What happens to a list between two requests.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Nothing,
    InsertAtHead,
    InsertAtTail,
    /// Before the row at this place, in parts of the list's length.
    Insert(u8),
    Delete(u8),
    DeleteAndInsertAtHead(u8),
    MoveToHead(u8),
    /// Nothing, but the vendor gives one of its earlier responses again.
    RepeatAnswer(u8),
    /// Nothing, but the vendor returns the page before the requested one.
    PageBefore,
}

impl Change {
    /// Whether the vendor answers another request than the one that was made.
    pub(super) fn is_old_answer(&self) -> bool {
        matches!(self, Self::RepeatAnswer(_) | Self::PageBefore)
    }
}

/// How a vendor announces the number of its rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Total {
    None,
    Honest,
    /// Never more than this.
    AtMost(u64),
    MoreBy(u64),
    /// What it was at the first request.
    Constant,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Style {
    Numbered {
        first: u64,
    },
    Offset,
    /// The token of a page says after which row it ended.
    Token,
    /// Some rows share a key.
    Key {
        is_inclusive: bool,
    },
}

/// Rows whose places differ by less than this share a key; a list begins with
/// two of each.
const SHARED: u128 = 1 << 100;

/// A vendor's habits.
#[derive(Clone, Debug)]
pub(super) struct Habits {
    pub(super) style: Style,
    pub(super) total: Total,
    /// Whether a page says whether more follow.
    pub(super) has_flag: bool,
    /// Rows on a page at most, whatever is requested.
    pub(super) cap: Option<u32>,
    /// Numbered pages have this size, whatever is requested.
    pub(super) fixed_size: Option<u32>,
    /// Every so manyth row is counted and not shown.
    pub(super) hides: Option<u32>,
}

/// A response.
#[derive(Clone)]
struct Contents {
    rows: Vec<u32>,
    total: Option<u64>,
    has_more: Option<bool>,
    token: Option<String>,
}

/// The list as the vendor has it.
pub(super) struct List {
    pub(super) habits: Habits,
    pub(super) rows: Vec<u32>,
    /// Where each row stands: the higher, the nearer to the head.
    pub(super) places: HashMap<u32, u128>,
    pub(super) deleted: HashSet<u32>,
    pub(super) next_id: u32,
    pub(super) first_total: u64,
    pub(super) changes: std::vec::IntoIter<Change>,
    pub(super) requests: usize,
    answers: Vec<Contents>,
    /// Each request and its response, to understand a failure.
    pub(super) log: Vec<String>,
}

impl List {
    pub(super) fn new(habits: &Habits, rows: u32, changes: &[Change]) -> Self {
        Self {
            habits: habits.clone(),
            rows: (0..rows).collect(),
            places: (0..rows)
                .map(|row| (row, u128::from(1000 + rows - row) * SHARED / 2))
                .collect(),
            deleted: HashSet::new(),
            next_id: rows,
            first_total: rows.into(),
            changes: Vec::from(changes).into_iter(),
            requests: 0,
            answers: Vec::new(),
            log: Vec::new(),
        }
    }

    pub(super) fn place(&self, part: u8) -> usize {
        (usize::from(part) * self.rows.len()) / 256
    }

    pub(super) fn insert(&mut self, place: usize) {
        self.put(place, self.next_id);
        self.next_id += 1;
    }

    fn put(&mut self, place: usize, row: u32) {
        let at = |place: usize| self.rows.get(place).map(|row| self.places[row]);
        let behind = at(place).unwrap_or(0);
        let before = place.checked_sub(1).and_then(at).unwrap_or(behind + SHARED);
        self.places.insert(row, behind + (before - behind) / 2);
        self.rows.insert(place, row);
    }

    /// The place before which a list that is paged by token or key continues.
    fn after(&self, after: Option<&str>, is_passed: impl Fn(u128, u128) -> bool) -> usize {
        let Some(after) = after.map(|after| after.parse().unwrap()) else { return 0 };
        self.rows
            .iter()
            .position(|row| !is_passed(self.places[row], after))
            .unwrap_or(self.rows.len())
    }

    pub(super) fn delete(&mut self, part: u8) {
        let place = self.place(part);
        if place < self.rows.len() {
            self.deleted.insert(self.rows.remove(place));
        }
    }

    pub(super) fn change(&mut self, change: Change) {
        match change {
            Change::Nothing | Change::RepeatAnswer(_) | Change::PageBefore => {}
            Change::InsertAtHead => self.insert(0),
            Change::InsertAtTail => self.insert(self.rows.len()),
            Change::Insert(part) => self.insert(self.place(part)),
            Change::Delete(part) => self.delete(part),
            Change::DeleteAndInsertAtHead(part) => {
                self.delete(part);
                self.insert(0);
            }
            Change::MoveToHead(part) => {
                let place = self.place(part);
                if place < self.rows.len() {
                    let row = self.rows.remove(place);
                    self.put(0, row);
                }
            }
        }
    }

    pub(super) fn serve(&mut self, at: &PageRequest) -> Page<Row> {
        self.requests += 1;
        let mut is_page_before = false;
        if self.requests > 1 {
            let change = self.changes.next().unwrap_or(Change::Nothing);
            self.change(change);
            // Where the head of a list is not as it is now, nothing can show it.
            if let Change::RepeatAnswer(part) = change
                && at.index > 0
            {
                let answer = self.answers[usize::from(part) * self.answers.len() / 256].clone();
                self.log.push(format!("requested {at:?}: again {:?}", answer.rows));
                return self.page(answer);
            }
            is_page_before = matches!(change, Change::PageBefore);
        }
        let Habits { style, total, has_flag, cap, fixed_size, hides } = self.habits.clone();
        let size = cap.map_or(at.size, |cap| at.size.min(cap));
        let (start, size) = match style {
            Style::Offset => (at.offset(), size),
            Style::Token => (self.after(at.token(), |place, after| place >= after) as u64, size),
            Style::Key { is_inclusive } => {
                let is_passed = |place: u128, after| {
                    place / SHARED > after || (place / SHARED == after && !is_inclusive)
                };
                (self.after(at.key(), is_passed) as u64, size)
            }
            Style::Numbered { first } => {
                let size = fixed_size.unwrap_or(size);
                ((at.page() - first) * u64::from(size), size)
            }
        };
        let back = if is_page_before { u64::from(size) } else { 0 };
        let start = usize::try_from(start.saturating_sub(back)).unwrap().min(self.rows.len());
        let end = (start + size as usize).min(self.rows.len());
        let is_shown = |row: &&u32| hides.is_none_or(|every| *row % every != every - 1);
        let shown: Vec<_> = self.rows[start..end].iter().filter(is_shown).collect();
        self.log.push(format!(
            "{} rows; requested {} at {start} (page before: {is_page_before}): {shown:?}",
            self.rows.len(),
            at.size
        ));
        let shown: Vec<u32> = shown.into_iter().copied().collect();
        let rows = self.rows.len() as u64;
        let total = match total {
            Total::None => None,
            Total::Honest => Some(rows),
            Total::AtMost(most) => Some(rows.min(most)),
            Total::MoreBy(more) => Some(rows + more),
            Total::Constant => Some(self.first_total),
        };
        let has_more = has_flag.then_some(end < self.rows.len());
        let token = (end < self.rows.len()).then(|| self.places[&self.rows[end - 1]].to_string());
        let answer = Contents { rows: shown, total, has_more, token };
        self.answers.push(answer.clone());
        self.page(answer)
    }

    fn page(&self, answer: Contents) -> Page<Row> {
        let json = |id: &u32| format!(r#"{{"id":"{id}","key":"{}"}}"#, self.places[id] / SHARED);
        let json: Vec<_> = answer.rows.iter().map(json).collect();
        let records: Vec<Lenient<Row>> =
            serde_json::from_str(&format!("[{}]", json.join(","))).unwrap();
        let total = answer.total.and_then(|total| i64::try_from(total).ok());
        let mut contents = PageContents::new(records).total(total).has_more(answer.has_more);
        if let Style::Token = self.habits.style {
            contents = contents.next_token(answer.token);
        }
        Page::from_contents(contents, &self.paging()).unwrap()
    }

    /// How the list is paged.
    pub(super) fn paging(&self) -> Paging {
        let paging = match self.habits.style {
            Style::Numbered { first } => Paging::pages(first),
            Style::Offset => Paging::offset(),
            Style::Token => Paging::token(),
            Style::Key { is_inclusive: true } => Paging::key("/key"),
            Style::Key { is_inclusive: false } => Paging::key("/key").exclusive(),
        };
        paging.sizes(20, 100)
    }

    /// The rows that the vendor showed all the time.
    pub(super) fn throughout(&self, rows: u32) -> BTreeSet<String> {
        let hides = self.habits.hides;
        let is_shown = |row: &u32| hides.is_none_or(|every| row % every != every - 1);
        let ids = (0..rows).filter(|row| !self.deleted.contains(row)).filter(is_shown);
        ids.map(|row| row.to_string()).collect()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    pub(super) id: String,
}

impl Record for Row {
    const ID_FIELD: &'static str = "id";

    fn id(&self) -> &str {
        &self.id
    }
}
