//! A long list that costs little to copy and to change: copies share what neither changed.

use std::cmp::Ordering;
use std::sync::Arc;

/// Items of a full piece.
const PIECE: usize = 1_024;

/// Items in order, cut into pieces that copies of the list share.
#[derive(Clone, Debug)]
pub(crate) struct Rows<T> {
    pieces: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { pieces: Vec::new(), len: 0 }
    }
}

impl<T> FromIterator<T> for Rows<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let mut rows = Self::default();
        loop {
            let piece: Vec<T> = items.by_ref().take(PIECE).collect();
            if piece.is_empty() {
                return rows;
            }
            rows.len += piece.len();
            rows.pieces.push(Arc::new(piece));
        }
    }
}

impl<T> Rows<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All items, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.pieces.iter().flat_map(|piece| piece.iter())
    }

    /// The items from the place `start` to before `end`, as far as there are any.
    pub(crate) fn range(&self, start: usize, end: usize) -> impl ExactSizeIterator<Item = &T> {
        let end = end.min(self.len);
        let left = end.saturating_sub(start);
        let (piece, within) = self.place(start.min(self.len));
        Range { pieces: self.pieces.get(piece..).unwrap_or_default(), within, left }
    }

    /// The item that `order` calls equal, in a list that is sorted by it.
    pub(crate) fn search(&self, order: impl Fn(&T) -> Ordering) -> Option<&T> {
        let (number, within) = self.seek(order)?;
        Some(&self.pieces[number][within])
    }

    /// The place of the item that `order` calls equal, in a list that is sorted by it.
    pub(crate) fn position(&self, order: impl Fn(&T) -> Ordering) -> Option<usize> {
        let (number, within) = self.seek(order)?;
        let before: usize = self.pieces[..number].iter().map(|piece| piece.len()).sum();
        Some(before + within)
    }

    fn seek(&self, order: impl Fn(&T) -> Ordering) -> Option<(usize, usize)> {
        let after = self.pieces.partition_point(|piece| {
            piece.first().is_some_and(|first| order(first) != Ordering::Greater)
        });
        let number = after.checked_sub(1)?;
        let within = self.pieces.get(number)?.binary_search_by(order).ok()?;
        Some((number, within))
    }

    /// The piece that holds a place, and where in it.
    fn place(&self, index: usize) -> (usize, usize) {
        let mut before = 0;
        for (number, piece) in self.pieces.iter().enumerate() {
            if index < before + piece.len() {
                return (number, index - before);
            }
            before += piece.len();
        }
        (self.pieces.len(), 0)
    }
}

impl<T: Clone> Rows<T> {
    /// Puts an item before all others.
    pub(crate) fn push_front(&mut self, item: T) {
        match self.pieces.first_mut() {
            Some(first) if first.len() < PIECE => Arc::make_mut(first).insert(0, item),
            _ => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(item);
                self.pieces.insert(0, Arc::new(piece));
            }
        }
        self.len += 1;
    }

    /// Puts an item at a place, before the one that is there.
    pub(crate) fn insert(&mut self, index: usize, item: T) {
        let (number, within) = self.place(index);
        match self.pieces.get_mut(number) {
            Some(piece) => Arc::make_mut(piece).insert(within, item),
            None => self.pieces.push(Arc::new(vec![item])),
        }
        self.len += 1;
    }

    /// Takes the item at a place out.
    pub(crate) fn remove(&mut self, index: usize) -> Option<T> {
        let (number, within) = self.place(index);
        let piece = Arc::make_mut(self.pieces.get_mut(number)?);
        let item = piece.remove(within);
        if piece.is_empty() {
            self.pieces.remove(number);
        }
        self.len -= 1;
        Some(item)
    }

    /// Takes out all items for which `keep`, given their place, says no.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let kept = self.iter().enumerate().filter(|(place, _)| keep(*place));
        *self = kept.map(|(_, item)| item.clone()).collect();
    }
}

struct Range<'a, T> {
    pieces: &'a [Arc<Vec<T>>],
    within: usize,
    left: usize,
}

impl<'a, T> Iterator for Range<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.left = self.left.checked_sub(1)?;
        let item = self.pieces.first()?.get(self.within)?;
        self.within += 1;
        if self.within == self.pieces[0].len() {
            (self.pieces, self.within) = (&self.pieces[1..], 0);
        }
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for Range<'_, T> {}

#[cfg(test)]
mod tests {
    use super::{PIECE, Rows};

    #[test]
    fn rows_do_what_a_vector_does() {
        let mut plain: Vec<i64> = (0..3 * PIECE as i64 + 7).collect();
        let mut rows: Rows<i64> = plain.iter().copied().collect();
        for step in 1..2_500_i64 {
            rows.push_front(-step);
            plain.insert(0, -step);
            if step % 3 == 0 {
                let place = (step * 7_919) as usize % plain.len();
                assert_eq!(rows.remove(place), Some(plain.remove(place)));
            }
            if step % 5 == 0 {
                let place = (step * 104_729) as usize % (plain.len() + 1);
                let item = rows.remove(place.saturating_sub(1)).unwrap();
                assert_eq!(plain.remove(place.saturating_sub(1)), item);
                rows.insert(place.saturating_sub(1), item);
                plain.insert(place.saturating_sub(1), item);
            }
        }
        assert_eq!(rows.len(), plain.len());
        assert!(rows.iter().eq(&plain));
        assert!(rows.iter().rev().eq(plain.iter().rev()));
        for (start, end) in [(0, 5), (1_000, 1_100), (0, usize::MAX), (plain.len(), 9_999), (9, 3)]
        {
            let (low, high) = (start.min(plain.len()), end.min(plain.len()));
            let expected = plain.get(low..high).unwrap_or_default();
            assert_eq!(rows.range(start, end).len(), expected.len());
            assert!(rows.range(start, end).eq(expected));
        }
        for item in &plain {
            assert_eq!(rows.search(|other| other.cmp(item)), Some(item));
        }
        let places = plain.iter().map(|item| rows.position(|other| other.cmp(item)));
        assert!(places.eq((0..plain.len()).map(Some)));
        assert_eq!(rows.search(|other| other.cmp(&i64::MAX)), None);
        assert_eq!(rows.search(|other| other.cmp(&i64::MIN)), None);
        rows.retain(|place| place % 2 == 0);
        assert!(rows.iter().eq(plain.iter().step_by(2)));
        assert_eq!(rows.remove(rows.len()), None);
    }

    #[test]
    fn a_copy_stays_as_it_was() {
        let rows: Rows<usize> = (0..5_000).collect();
        let mut other = rows.clone();
        other.push_front(9);
        other.remove(3_000);
        assert!(rows.iter().copied().eq(0..5_000));
        assert_eq!(Rows::<u8>::default().range(0, 4).count(), 0);
    }
}
