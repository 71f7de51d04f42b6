//! A persistent list: clones share unchanged chunks, so a clone with a change is cheap.

use std::cmp::Ordering;
use std::sync::Arc;

/// Items of a full chunk.
const CHUNK: usize = 1_024;

/// Items in order, in chunks that clones share.
#[derive(Clone, Debug)]
pub(crate) struct SharedList<T> {
    chunks: Vec<Arc<Vec<T>>>,
    len: usize,
}

impl<T> Default for SharedList<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T> FromIterator<T> for SharedList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let mut list = Self::default();
        loop {
            let chunk: Vec<T> = items.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return list;
            }
            list.len += chunk.len();
            list.chunks.push(Arc::new(chunk));
        }
    }
}

impl<T> SharedList<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All items, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// The items from the index `start` to before `end`, as far as they exist.
    pub(crate) fn range(&self, start: usize, end: usize) -> impl ExactSizeIterator<Item = &T> {
        let end = end.min(self.len);
        let left = end.saturating_sub(start);
        let (chunk, within) = self.locate(start.min(self.len));
        Range { chunks: self.chunks.get(chunk..).unwrap_or_default(), within, left }
    }

    /// The item for which `order` is equal, in a list that is sorted by it.
    pub(crate) fn search(&self, order: impl Fn(&T) -> Ordering) -> Option<&T> {
        let (number, within) = self.seek(order)?;
        Some(&self.chunks[number][within])
    }

    /// The number of items before the first for which `precedes` is false, in a list where it is
    /// false for all that follow.
    pub(crate) fn partition_point(&self, precedes: impl Fn(&T) -> bool) -> usize {
        let number = self.chunks.partition_point(|chunk| chunk.last().is_some_and(&precedes));
        let before: usize = self.chunks[..number].iter().map(|chunk| chunk.len()).sum();
        before + self.chunks.get(number).map_or(0, |chunk| chunk.partition_point(&precedes))
    }

    /// The index of the item for which `order` is equal, in a list that is sorted by it.
    pub(crate) fn position(&self, order: impl Fn(&T) -> Ordering) -> Option<usize> {
        let (number, within) = self.seek(order)?;
        let before: usize = self.chunks[..number].iter().map(|chunk| chunk.len()).sum();
        Some(before + within)
    }

    fn seek(&self, order: impl Fn(&T) -> Ordering) -> Option<(usize, usize)> {
        let after = self.chunks.partition_point(|chunk| {
            chunk.first().is_some_and(|first| order(first) != Ordering::Greater)
        });
        let number = after.checked_sub(1)?;
        let within = self.chunks.get(number)?.binary_search_by(order).ok()?;
        Some((number, within))
    }

    /// The chunk that holds an index, and the index in it.
    fn locate(&self, index: usize) -> (usize, usize) {
        let mut before = 0;
        for (number, chunk) in self.chunks.iter().enumerate() {
            if index < before + chunk.len() {
                return (number, index - before);
            }
            before += chunk.len();
        }
        (self.chunks.len(), 0)
    }
}

impl<T: Clone> SharedList<T> {
    /// Inserts an item before all others.
    pub(crate) fn push_front(&mut self, item: T) {
        match self.chunks.first_mut() {
            Some(first) if first.len() < CHUNK => Arc::make_mut(first).insert(0, item),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(item);
                self.chunks.insert(0, Arc::new(chunk));
            }
        }
        self.len += 1;
    }

    /// Inserts an item before the one at an index.
    pub(crate) fn insert(&mut self, index: usize, item: T) {
        let (number, within) = self.locate(index);
        match self.chunks.get_mut(number) {
            Some(chunk) => Arc::make_mut(chunk).insert(within, item),
            None => self.chunks.push(Arc::new(vec![item])),
        }
        self.len += 1;
    }

    /// Removes the item at an index.
    pub(crate) fn remove(&mut self, index: usize) -> Option<T> {
        let (number, within) = self.locate(index);
        let chunk = Arc::make_mut(self.chunks.get_mut(number)?);
        let item = chunk.remove(within);
        if chunk.is_empty() {
            self.chunks.remove(number);
        }
        self.len -= 1;
        Some(item)
    }

    /// Removes the items for which `keep`, given their index, is false.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let kept = self.iter().enumerate().filter(|(index, _)| keep(*index));
        *self = kept.map(|(_, item)| item.clone()).collect();
    }
}

struct Range<'a, T> {
    chunks: &'a [Arc<Vec<T>>],
    within: usize,
    left: usize,
}

impl<'a, T> Iterator for Range<'a, T> {
    type Item = &'a T;

    fn next(&mut self) -> Option<&'a T> {
        self.left = self.left.checked_sub(1)?;
        let item = self.chunks.first()?.get(self.within)?;
        self.within += 1;
        if self.within == self.chunks[0].len() {
            (self.chunks, self.within) = (&self.chunks[1..], 0);
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
    use super::{CHUNK, SharedList};

    #[test]
    fn list_behaves_like_a_vector() {
        let mut plain: Vec<i64> = (0..3 * CHUNK as i64 + 7).collect();
        let mut list: SharedList<i64> = plain.iter().copied().collect();
        for step in 1..2_500_i64 {
            list.push_front(-step);
            plain.insert(0, -step);
            if step % 3 == 0 {
                let index = (step * 7_919) as usize % plain.len();
                assert_eq!(list.remove(index), Some(plain.remove(index)));
            }
            if step % 5 == 0 {
                let index = (step * 104_729) as usize % (plain.len() + 1);
                let item = list.remove(index.saturating_sub(1)).unwrap();
                assert_eq!(plain.remove(index.saturating_sub(1)), item);
                list.insert(index.saturating_sub(1), item);
                plain.insert(index.saturating_sub(1), item);
            }
        }
        assert_eq!(list.len(), plain.len());
        assert!(list.iter().eq(&plain));
        assert!(list.iter().rev().eq(plain.iter().rev()));
        for (start, end) in [(0, 5), (1_000, 1_100), (0, usize::MAX), (plain.len(), 9_999), (9, 3)]
        {
            let (low, high) = (start.min(plain.len()), end.min(plain.len()));
            let expected = plain.get(low..high).unwrap_or_default();
            assert_eq!(list.range(start, end).len(), expected.len());
            assert!(list.range(start, end).eq(expected));
        }
        for item in &plain {
            assert_eq!(list.search(|other| other.cmp(item)), Some(item));
        }
        let indexes = plain.iter().map(|item| list.position(|other| other.cmp(item)));
        assert!(indexes.eq((0..plain.len()).map(Some)));
        let before = plain.iter().map(|item| list.partition_point(|other| other < item));
        assert!(before.eq(0..plain.len()));
        assert_eq!(list.partition_point(|_| true), plain.len());
        assert_eq!(list.search(|other| other.cmp(&i64::MAX)), None);
        assert_eq!(list.search(|other| other.cmp(&i64::MIN)), None);
        list.retain(|index| index % 2 == 0);
        assert!(list.iter().eq(plain.iter().step_by(2)));
        assert_eq!(list.remove(list.len()), None);
    }

    #[test]
    fn clones_are_independent() {
        let list: SharedList<usize> = (0..5_000).collect();
        let mut other = list.clone();
        other.push_front(9);
        other.remove(3_000);
        assert!(list.iter().copied().eq(0..5_000));
        assert_eq!(SharedList::<u8>::default().range(0, 4).count(), 0);
    }
}
