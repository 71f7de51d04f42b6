//! Compares a call that was read with what is stored of it.

use crate::{
    record_hash::Hash,
    row::{DetailParts, PreparedCall},
    schema::BOOKKEEPING,
    sql_value::SqlValue,
};

/// What is stored of a call, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredState {
    pub(crate) content: Hash,
    /// The hash of its list record.
    pub(crate) list_hash: Option<Hash>,
    pub(crate) links: Option<Hash>,
    /// The details that were fetched.
    pub(crate) detail: DetailParts,
    /// Whether the list record changed since they were fetched.
    pub(crate) stale: bool,
    /// Whether the vendor no longer lists it.
    pub(crate) missing: bool,
}

impl StoredState {
    /// Whether details must be fetched to store all of `wanted` with this list
    /// record. Details that failed before are not fetched here: they wait in
    /// `owed` for their next try.
    pub(crate) fn needs_detail(&self, wanted: DetailParts, list_hash: Option<Hash>) -> bool {
        let is_current = self.detail.covers(wanted) && self.list_hash == list_hash;
        !is_current || self.stale && !self.detail.is_missed()
    }
}

/// How a call is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowAction {
    /// It is new.
    Insert,
    /// Nothing changed: no row is touched.
    Skip,
    /// Content unchanged; only bookkeeping is updated.
    UpdateMeta,
    /// Content unchanged; its links are newly signed.
    UpdateLinks,
    /// It changed.
    Replace,
    /// It changed, and what the new record leaves empty stays: its list record
    /// changed after details were fetched, or it was looked up by its id.
    Merge,
}

/// What is stored of a call beside its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bookkeeping {
    pub(crate) is_final: bool,
    pub(crate) detail: DetailParts,
    pub(crate) stale: bool,
    pub(crate) content: Hash,
    pub(crate) list_hash: Option<Hash>,
    pub(crate) links: Option<Hash>,
}

impl Bookkeeping {
    /// The values of the columns [`BOOKKEEPING`].
    pub(crate) fn values<'a>(
        &'a self,
        run: i64,
        at: Option<&'a str>,
    ) -> [SqlValue<'a>; BOOKKEEPING.len()] {
        [
            self.is_final.into(),
            self.detail.to_text().into(),
            self.stale.into(),
            (&self.content).into(),
            self.list_hash.as_ref().into(),
            self.links.as_ref().into(),
            run.into(),
            SqlValue::option(at),
            SqlValue::Null,
            run.into(),
        ]
    }
}

/// Whether the links of a record are newly signed.
pub(crate) fn has_new_links(stored: &StoredState, new: &PreparedCall) -> bool {
    new.links.is_some() && new.links != stored.links
}

/// How to write a call.
pub(crate) fn diff(stored: Option<&StoredState>, new: &PreparedCall) -> RowAction {
    let Some(stored) = stored else { return RowAction::Insert };
    let unchanged = |updates_meta: bool| match (has_new_links(stored, new), updates_meta) {
        (true, _) => RowAction::UpdateLinks,
        (_, true) => RowAction::UpdateMeta,
        _ => RowAction::Skip,
    };
    // An unchanged list record says nothing new, whatever details were added to it.
    if new.detail.is_empty() && new.list_hash.is_some() && new.list_hash == stored.list_hash {
        return unchanged(stored.missing);
    }
    if new.content == stored.content {
        let bookkeeping = bookkeeping(Some(stored), new, new.content);
        return unchanged(
            stored.missing
                || (bookkeeping.list_hash, bookkeeping.detail, bookkeeping.stale)
                    != (stored.list_hash, stored.detail, stored.stale),
        );
    }
    // A record of a lookup lacks fields that the list record has.
    let is_listed = new.list_hash.is_some() || stored.list_hash.is_none();
    let is_complete = new.detail.covers(stored.detail) && !new.detail.is_missed();
    let replaces = is_listed && (is_complete || stored.detail.is_empty());
    if replaces { RowAction::Replace } else { RowAction::Merge }
}

/// The bookkeeping of a call that is stored with this content.
pub(crate) fn bookkeeping(
    stored: Option<&StoredState>,
    new: &PreparedCall,
    content: Hash,
) -> Bookkeeping {
    let before = stored.map_or(DetailParts::default(), |stored| stored.detail);
    let is_unchanged = stored.is_some_and(|stored| stored.content == content);
    let was_stale = stored.is_some_and(|stored| stored.stale);
    Bookkeeping {
        is_final: new.is_final,
        detail: before.and(new.detail),
        stale: !new.detail.covers(before) && (was_stale || !is_unchanged),
        content,
        list_hash: new.list_hash.or(stored.and_then(|stored| stored.list_hash)),
        links: new.links.or(stored.and_then(|stored| stored.links)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::RecordOrigin;
    use callfold_unify::model::{Call, CallId};

    const OLD: Hash = [1; 16];

    fn prepared(content: Hash, list_hash: Option<Hash>, detail: DetailParts) -> PreparedCall {
        let call = Call::new(CallId::new("acme", "a", "1"));
        PreparedCall {
            content,
            list_hash,
            detail,
            ..PreparedCall::new(&call, RecordOrigin::List, DetailParts::default())
        }
    }

    fn stored(list_hash: Option<Hash>, detail: DetailParts) -> StoredState {
        let (stale, missing) = (false, false);
        StoredState { content: OLD, list_hash, links: None, detail, stale, missing }
    }

    #[test]
    fn unchanged_list_record_changes_nothing() {
        let (light, new) = ([2; 16], [3; 16]);
        let cases = [
            (None, RowAction::Insert),
            (Some(stored(Some(light), DetailParts::default())), RowAction::Skip),
            (Some(stored(Some(light), DetailParts::ALL)), RowAction::Skip),
            (
                Some(StoredState { missing: true, ..stored(Some(light), DetailParts::ALL) }),
                RowAction::UpdateMeta,
            ),
            (Some(stored(Some(new), DetailParts::default())), RowAction::Replace),
            (Some(stored(Some(new), DetailParts::ALL)), RowAction::Merge),
            (Some(stored(None, DetailParts::ALL)), RowAction::Merge),
        ];
        for (known, expect) in cases {
            let light = prepared(light, Some(light), DetailParts::default());
            assert_eq!(diff(known.as_ref(), &light), expect, "{known:?}");
        }
    }

    #[test]
    fn detail_replaces_what_it_covers() {
        let transcript = DetailParts::from_text("transcript");
        let cases = [
            (OLD, DetailParts::ALL, stored(Some(OLD), DetailParts::ALL), RowAction::Skip),
            (OLD, transcript, stored(Some(OLD), DetailParts::ALL), RowAction::Skip),
            (OLD, DetailParts::ALL, stored(Some(OLD), transcript), RowAction::UpdateMeta),
            ([4; 16], DetailParts::ALL, stored(Some(OLD), transcript), RowAction::Replace),
            ([4; 16], transcript, stored(Some(OLD), DetailParts::ALL), RowAction::Merge),
        ];
        for (content, detail, known, expect) in cases {
            let new = prepared(content, Some(OLD), detail);
            assert_eq!(diff(Some(&known), &new), expect, "{detail:?} over {known:?}");
        }
    }

    #[test]
    fn looked_up_call_keeps_fields_of_the_list_record() {
        let new = prepared([4; 16], None, DetailParts::ALL);
        for detail in [DetailParts::default(), DetailParts::ALL] {
            assert_eq!(diff(Some(&stored(Some(OLD), detail)), &new), RowAction::Merge);
            assert_eq!(diff(Some(&stored(None, detail)), &new), RowAction::Replace);
        }
    }

    #[test]
    fn details_that_failed_overwrite_nothing_and_wait_for_a_retry() {
        let before = stored(Some(OLD), DetailParts::ALL);
        let missed = prepared([4; 16], Some([4; 16]), DetailParts::ALL.missed());
        assert_eq!(diff(Some(&before), &missed), RowAction::Merge);
        let kept = bookkeeping(Some(&before), &missed, [5; 16]);
        assert!(kept.detail.is_missed());
        let known = StoredState { detail: kept.detail, stale: true, ..before };
        assert!(!known.needs_detail(DetailParts::ALL, known.list_hash), "a pending sees to it");
        assert!(known.needs_detail(DetailParts::ALL, Some([7; 16])), "the record changed");
        let had = prepared([6; 16], known.list_hash, DetailParts::ALL);
        assert_eq!(diff(Some(&known), &had), RowAction::Replace);
        assert!(!bookkeeping(Some(&known), &had, [6; 16]).detail.is_missed());
    }

    #[test]
    fn merged_call_is_stale_until_its_details_are_fetched_again() {
        let before = stored(Some(OLD), DetailParts::ALL);
        let light = prepared([4; 16], Some([4; 16]), DetailParts::default());
        let merged = bookkeeping(Some(&before), &light, [5; 16]);
        assert_eq!(
            (merged.stale, merged.detail, merged.list_hash),
            (true, DetailParts::ALL, light.list_hash)
        );
        assert!(!bookkeeping(Some(&before), &light, OLD).stale, "nothing changed by it");
        let stale = StoredState { stale: true, ..before };
        assert!(bookkeeping(Some(&stale), &light, OLD).stale);
        let lacks = |known: StoredState| known.needs_detail(DetailParts::ALL, before.list_hash);
        assert!(lacks(stale) && !lacks(before));
        let full = prepared([6; 16], None, DetailParts::ALL);
        assert!(!bookkeeping(Some(&stale), &full, [6; 16]).stale);
    }
}
