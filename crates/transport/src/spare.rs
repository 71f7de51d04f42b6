//! Memory that is used again.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers that nobody needs any more, for whoever needs the next: getting
/// fresh memory for a large one costs as much as filling it.
#[derive(Clone, Debug, Default)]
pub struct Spare(Arc<Mutex<Vec<Vec<u8>>>>);

impl Spare {
    /// Buffers that are kept, at most.
    const BUFFERS: usize = 8;
    /// A larger one is given back to the system.
    const LARGEST: usize = 2 << 20;

    /// An empty buffer, which comes back here when it is dropped.
    pub fn take(&self) -> Lent {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Lent { bytes: bytes.unwrap_or_default(), home: self.clone() }
    }
}

/// A buffer on loan.
#[derive(Debug)]
pub struct Lent {
    bytes: Vec<u8>,
    home: Spare,
}

impl Deref for Lent {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        let mut spare = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.capacity() <= Spare::LARGEST && spare.len() < Spare::BUFFERS {
            bytes.clear();
            spare.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffer_comes_back_empty_unless_it_is_large() {
        let spare = Spare::default();
        let mut lent = spare.take();
        lent.extend_from_slice(b"somebody's data");
        let at = lent.as_ptr();
        drop(lent);
        let lent = spare.take();
        assert_eq!((lent.as_ptr(), lent.len()), (at, 0));
        let mut large = spare.take();
        large.reserve(Spare::LARGEST + 1);
        drop(large);
        assert_eq!(spare.take().capacity(), 0);
    }
}
