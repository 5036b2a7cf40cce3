//! Memory: what argon2 works in, used again from one hash to the next.
//!
//! # Decision
//! Whoever is done puts the memory back for the next one. Pieces that nobody needed for [`QUIET`] go back to the system, all
//! but one.
//! # Because
//! Made anew for each hash, a quarter of the time is spent on fresh pages. Kept for every permit for ever, a quiet service
//! holds 19 MiB a core for nothing.
//! # Instead of
//! Allocating for each hash, or a piece for each permit.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use argon2::Block;

/// How long a piece lies ready that nobody needs.
pub(super) const QUIET: Duration = Duration::from_millis(200);

/// The allocator of the GNU C library gives a piece above 32 MiB back to the system as soon as it is freed; a smaller one it
/// keeps (mallopt(3), `M_MMAP_THRESHOLD`). What is not written to takes no memory.
const GIVEN_BACK: usize = (32 << 20) / Block::SIZE + 1;

/// Memory that is ready to be used by the next hash.
#[derive(Debug, Default)]
pub(super) struct Memory {
    ready: Mutex<Ready>,
}

#[derive(Debug, Default)]
struct Ready {
    pieces: Vec<Vec<Block>>,
    /// Fewest pieces that lay ready since somebody last looked.
    fewest: usize,
    /// Whether somebody will look again.
    is_watched: bool,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So many blocks; what stands in them matters to nobody.
    pub(super) fn take(&self, blocks: usize) -> Vec<Block> {
        let mut ready = self.lock();
        let piece = ready.pieces.pop();
        ready.fewest = ready.fewest.min(ready.pieces.len());
        drop(ready);
        let mut memory = piece.unwrap_or_else(|| Vec::with_capacity(blocks.max(GIVEN_BACK)));
        memory.resize(blocks, Block::default());
        memory
    }

    /// Puts them back.
    pub(super) fn give_back(&self, memory: Vec<Block>) {
        self.lock().pieces.push(memory);
    }

    /// Whether more lies ready than one piece, and nobody watches that: whoever asks has to call [`Memory::shrink`] after
    /// each [`QUIET`] from now on, until it says that it is done.
    pub(super) fn wants_watching(&self) -> bool {
        let mut ready = self.lock();
        if ready.pieces.len() < 2 || ready.is_watched {
            return false;
        }
        (ready.is_watched, ready.fewest) = (true, ready.pieces.len());
        true
    }

    /// Gives back all but one of the pieces that nobody needed since it was last asked. Whether there is no more to watch.
    pub(super) fn shrink(&self) -> bool {
        let mut ready = self.lock();
        let unneeded = ready.fewest.saturating_sub(1);
        let left = ready.pieces.len().saturating_sub(unneeded);
        let gone = ready.pieces.split_off(left);
        ready.fewest = ready.pieces.len();
        ready.is_watched = ready.pieces.len() > 1;
        let is_done = !ready.is_watched;
        drop(ready);
        drop(gone);
        is_done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_needs_goes_back_and_one_piece_stays() {
        let memory = Memory::default();
        let pieces: Vec<_> = (0..3).map(|_| memory.take(64)).collect();
        assert!(pieces.iter().all(|piece| piece.len() == 64 && piece.capacity() * Block::SIZE > 32 << 20));
        assert!(!memory.wants_watching());
        for piece in pieces {
            memory.give_back(piece);
        }
        assert!(memory.wants_watching() && !memory.wants_watching(), "one who watches is enough");
        // Two were needed at once meanwhile.
        let needed = [memory.take(128), memory.take(128)];
        assert_eq!(needed[0].len(), 128);
        for piece in needed {
            memory.give_back(piece);
        }
        assert!(!memory.shrink());
        assert_eq!(memory.lock().pieces.len(), 3, "all three were needed, or one was left");
        assert!(memory.shrink());
        assert_eq!(memory.lock().pieces.len(), 1);
        assert!(!memory.wants_watching());
    }
}
