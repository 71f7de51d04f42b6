//! A pool of reusable buffers.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// Buffers that are free to reuse: allocating a large one costs as much as
/// filling it.
#[derive(Clone, Debug, Default)]
pub struct BufferPool(Arc<Mutex<Vec<Vec<u8>>>>);

impl BufferPool {
    /// Most buffers in the pool.
    const BUFFERS: usize = 8;
    /// Larger buffers are freed.
    const LARGEST: usize = 2 << 20;

    /// An empty buffer, which returns to the pool when it is dropped.
    pub fn take(&self) -> PooledBuf {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        PooledBuf { bytes: bytes.unwrap_or_default(), pool: self.clone() }
    }
}

/// A buffer of a pool, which it goes back to when it is dropped.
#[derive(Debug)]
pub struct PooledBuf {
    bytes: Vec<u8>,
    pool: BufferPool,
}

impl Deref for PooledBuf {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for PooledBuf {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl AsRef<[u8]> for PooledBuf {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for PooledBuf {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        let mut kept = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.capacity() <= BufferPool::LARGEST && kept.len() < BufferPool::BUFFERS {
            bytes.clear();
            kept.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffer_comes_back_empty_unless_it_is_large() {
        let pool = BufferPool::default();
        let mut buffer = pool.take();
        buffer.extend_from_slice(b"somebody's data");
        let at = buffer.as_ptr();
        drop(buffer);
        let buffer = pool.take();
        assert_eq!((buffer.as_ptr(), buffer.len()), (at, 0));
        let mut large = pool.take();
        large.reserve(BufferPool::LARGEST + 1);
        drop(large);
        assert_eq!(pool.take().capacity(), 0);
    }
}
