//! What is remembered of the pages of a list, to tell whether it moved.

use crate::{
    PageInfo,
    print::{Print, PrintKey},
};
use callfold_transport::{Cursor, PageNote};
use serde::{Deserialize, Serialize};

/// What the pages so far were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) count: u64,
    /// The records of the first page, and of the last.
    pub(crate) first: Option<Print>,
    pub(crate) last: Option<Print>,
    /// Where the last page was asked for; `None` is the beginning.
    pub(crate) last_at: Option<Cursor>,
    pub(crate) next: Option<Cursor>,
    pub(crate) total: Option<u64>,
    /// What the vendor announced first, less what vanished since: so many
    /// records there were all the time.
    pub(crate) lasting: Option<u64>,
    pub(crate) moved: bool,
}

impl Facts {
    /// Takes what is known of the next page. A repeated page is one that moved
    /// only where no page is read twice on purpose.
    pub(crate) fn page(&mut self, page: &PageInfo, careful: bool) {
        let is_repeated = |note: &PageNote| matches!(note, PageNote::Repeated { .. });
        self.moved |= !careful && page.notes.iter().any(is_repeated);
        self.moved |= self.total.zip(page.total).is_some_and(|(before, now)| before != now);
        self.count += 1;
        if let Some(now) = page.total {
            let vanished = self.total.map_or(0, |before| before.saturating_sub(now));
            let lasting = self.lasting.unwrap_or(now);
            self.lasting = Some(lasting.saturating_sub(vanished));
            self.total = Some(now);
        }
        self.last = None;
        self.last_at = std::mem::replace(&mut self.next, page.next.clone());
    }

    /// Takes the records of that page.
    pub(crate) fn records(&mut self, key: PrintKey, prints: &[Print]) {
        self.last = Some(key.of_all(prints));
        if self.count == 1 {
            self.first = self.last;
        }
    }

    /// Whether the list was read to its end.
    pub(crate) fn is_at_end(&self) -> bool {
        self.count > 0 && self.next.is_none()
    }
}
