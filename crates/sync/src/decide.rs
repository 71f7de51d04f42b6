//! What becomes of a call that was read, given what is stored of it.

use crate::row::{Hash, Parts, Prepared};

/// What is known of a stored call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) content: Hash,
    pub(crate) light: Option<Hash>,
    pub(crate) links: Option<Hash>,
    pub(crate) detail: Parts,
    pub(crate) stale: bool,
    pub(crate) missing: bool,
}

impl Known {
    /// Whether details have to be fetched for the light record `light` to be
    /// stored with all of `wanted`. What could not be fetched is owed, and is
    /// not fetched here.
    pub(crate) fn lacks(&self, wanted: Parts, light: Option<Hash>) -> bool {
        let is_of_this = self.detail.covers(wanted) && self.light == light;
        !is_of_this || self.stale && !self.detail.is_missed()
    }
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is new.
    Insert,
    /// It is as it was: no row is touched.
    Skip,
    /// It is as it was, and only what is kept about it changes.
    Note,
    /// It is as it was, and its links are signed anew.
    Relink,
    /// It changed.
    Replace,
    /// Its light record changed and details were fetched before, or it was
    /// asked for by itself: what is stored stays where the new record is silent.
    Merge,
}

/// What is kept about a call beside itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Books {
    pub(crate) is_final: bool,
    pub(crate) detail: Parts,
    pub(crate) stale: bool,
    pub(crate) content: Hash,
    pub(crate) light: Option<Hash>,
    pub(crate) links: Option<Hash>,
}

/// Whether the links of a record are signed anew.
pub(crate) fn relinks(known: &Known, new: &Prepared) -> bool {
    new.links.is_some() && new.links != known.links
}

/// Decides.
pub(crate) fn decide(known: Option<&Known>, new: &Prepared) -> Action {
    let Some(known) = known else { return Action::Insert };
    let same = |noted: bool| match (relinks(known, new), noted) {
        (true, _) => Action::Relink,
        (_, true) => Action::Note,
        _ => Action::Skip,
    };
    // A light record that is as it was says nothing new, whatever was added to it since.
    if new.detail.is_empty() && new.light.is_some() && new.light == known.light {
        return same(known.missing);
    }
    if new.content == known.content {
        let books = books(Some(known), new, new.content);
        return same(
            known.missing
                || (books.light, books.detail, books.stale)
                    != (known.light, known.detail, known.stale),
        );
    }
    // A record of its own has not all that the one in the list has.
    let is_listed = new.light.is_some() || known.light.is_none();
    let is_whole = new.detail.covers(known.detail) && !new.detail.is_missed();
    let replaces = is_listed && (is_whole || known.detail.is_empty());
    if replaces { Action::Replace } else { Action::Merge }
}

/// What is kept about a call that is stored with the content `content`.
pub(crate) fn books(known: Option<&Known>, new: &Prepared, content: Hash) -> Books {
    let before = known.map_or(Parts::default(), |known| known.detail);
    let is_as_before = known.is_some_and(|known| known.content == content);
    let was_stale = known.is_some_and(|known| known.stale);
    Books {
        is_final: new.is_final,
        detail: before.and(new.detail),
        stale: !new.detail.covers(before) && (was_stale || !is_as_before),
        content,
        light: new.light.or(known.and_then(|known| known.light)),
        links: new.links.or(known.and_then(|known| known.links)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Shape;
    use callfold_unify::model::{Call, CallId};

    const OLD: Hash = [1; 16];

    fn prepared(content: Hash, light: Option<Hash>, detail: Parts) -> Prepared {
        let call = Call::new(CallId::new("acme", "a", "1"));
        Prepared { content, light, detail, ..Prepared::new(&call, Shape::List, Parts::default()) }
    }

    fn known(light: Option<Hash>, detail: Parts) -> Known {
        let (stale, missing) = (false, false);
        Known { content: OLD, light, links: None, detail, stale, missing }
    }

    #[test]
    fn light_record_that_is_as_it_was_changes_nothing() {
        let (light, new) = ([2; 16], [3; 16]);
        let cases = [
            (None, Action::Insert),
            (Some(known(Some(light), Parts::default())), Action::Skip),
            (Some(known(Some(light), Parts::ALL)), Action::Skip),
            (Some(Known { missing: true, ..known(Some(light), Parts::ALL) }), Action::Note),
            (Some(known(Some(new), Parts::default())), Action::Replace),
            (Some(known(Some(new), Parts::ALL)), Action::Merge),
            (Some(known(None, Parts::ALL)), Action::Merge),
        ];
        for (known, expect) in cases {
            let light = prepared(light, Some(light), Parts::default());
            assert_eq!(decide(known.as_ref(), &light), expect, "{known:?}");
        }
    }

    #[test]
    fn detail_replaces_what_it_covers() {
        let transcript = Parts::from_text("transcript");
        let cases = [
            (OLD, Parts::ALL, known(Some(OLD), Parts::ALL), Action::Skip),
            (OLD, transcript, known(Some(OLD), Parts::ALL), Action::Skip),
            (OLD, Parts::ALL, known(Some(OLD), transcript), Action::Note),
            ([4; 16], Parts::ALL, known(Some(OLD), transcript), Action::Replace),
            ([4; 16], transcript, known(Some(OLD), Parts::ALL), Action::Merge),
        ];
        for (content, detail, known, expect) in cases {
            let new = prepared(content, Some(OLD), detail);
            assert_eq!(decide(Some(&known), &new), expect, "{detail:?} over {known:?}");
        }
    }

    #[test]
    fn call_asked_for_by_itself_keeps_what_only_the_list_tells() {
        let new = prepared([4; 16], None, Parts::ALL);
        for detail in [Parts::default(), Parts::ALL] {
            assert_eq!(decide(Some(&known(Some(OLD), detail)), &new), Action::Merge);
            assert_eq!(decide(Some(&known(None, detail)), &new), Action::Replace);
        }
    }

    #[test]
    fn what_could_not_be_fetched_overwrites_nothing_and_is_owed() {
        let before = known(Some(OLD), Parts::ALL);
        let missed = prepared([4; 16], Some([4; 16]), Parts::ALL.missed());
        assert_eq!(decide(Some(&before), &missed), Action::Merge);
        let kept = books(Some(&before), &missed, [5; 16]);
        assert!(kept.detail.is_missed());
        let known = Known { detail: kept.detail, stale: true, ..before };
        assert!(!known.lacks(Parts::ALL, known.light), "a debt sees to it");
        assert!(known.lacks(Parts::ALL, Some([7; 16])), "the record changed");
        let had = prepared([6; 16], known.light, Parts::ALL);
        assert_eq!(decide(Some(&known), &had), Action::Replace);
        assert!(!books(Some(&known), &had, [6; 16]).detail.is_missed());
    }

    #[test]
    fn merged_call_is_stale_until_its_details_are_fetched_again() {
        let before = known(Some(OLD), Parts::ALL);
        let light = prepared([4; 16], Some([4; 16]), Parts::default());
        let merged = books(Some(&before), &light, [5; 16]);
        assert_eq!((merged.stale, merged.detail, merged.light), (true, Parts::ALL, light.light));
        assert!(!books(Some(&before), &light, OLD).stale, "nothing changed by it");
        let stale = Known { stale: true, ..before };
        assert!(books(Some(&stale), &light, OLD).stale);
        let lacks = |known: Known| known.lacks(Parts::ALL, before.light);
        assert!(lacks(stale) && !lacks(before));
        let full = prepared([6; 16], None, Parts::ALL);
        assert!(!books(Some(&stale), &full, [6; 16]).stale);
    }
}
