//! Memory: what argon2 works in, used again from one hash to the next.
//!
//! # Decision
//! Whoever is done puts the memory back for the next one. Pieces that nobody needed for [`QUIET`] go back to the system.
//! # Because
//! Made anew for each hash, a quarter of the time is spent on fresh pages. Kept for every permit for ever, a quiet service
//! holds 19 MiB a core for nothing. The first sign-in after a quiet moment pays for the pages, whoever it is about: what it
//! takes tells whether anybody was hashed for on this node just before, and nothing of anybody.
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

    /// Puts them back, after so many passes. A single pass leaves every block as it was first filled, the first ones straight
    /// from the password: whoever saw them could try passwords at the price of a few blocks. So they are wiped. Each
    /// further pass goes over all of them, and then nothing is to be had for less than the passes before.
    pub(super) fn give_back(&self, mut memory: Vec<Block>, passes: u32) {
        if passes < 2 {
            memory.fill(Block::default());
        }
        self.lock().pieces.push(memory);
    }

    /// Whether something lies ready, and nobody watches that: whoever asks has to call [`Memory::shrink`] after each [`QUIET`]
    /// from now on, until it says that it is done.
    pub(super) fn wants_watching(&self) -> bool {
        let mut ready = self.lock();
        if ready.pieces.is_empty() || ready.is_watched {
            return false;
        }
        (ready.is_watched, ready.fewest) = (true, ready.pieces.len());
        true
    }

    /// Gives back the pieces that nobody needed since it was last asked. Whether there is no more to watch.
    pub(super) fn shrink(&self) -> bool {
        let mut ready = self.lock();
        let left = ready.pieces.len().saturating_sub(ready.fewest);
        let gone = ready.pieces.split_off(left);
        ready.fewest = ready.pieces.len();
        ready.is_watched = !ready.pieces.is_empty();
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
    fn what_nobody_needs_goes_back() {
        let memory = Memory::default();
        let pieces: Vec<_> = (0..3).map(|_| memory.take(64)).collect();
        assert!(pieces.iter().all(|piece| piece.len() == 64 && piece.capacity() * Block::SIZE > 32 << 20));
        assert!(!memory.wants_watching());
        for piece in pieces {
            memory.give_back(piece, 2);
        }
        assert!(memory.wants_watching() && !memory.wants_watching(), "one who watches is enough");
        // Two were needed at once meanwhile.
        let needed = [memory.take(128), memory.take(128)];
        assert_eq!(needed[0].len(), 128);
        for piece in needed {
            memory.give_back(piece, 2);
        }
        assert!(!memory.shrink());
        assert_eq!(memory.lock().pieces.len(), 2, "one was never needed");
        let needed = memory.take(128);
        memory.give_back(needed, 2);
        assert!(!memory.shrink());
        assert_eq!(memory.lock().pieces.len(), 1);
        assert!(memory.shrink());
        assert!(memory.lock().pieces.is_empty() && !memory.wants_watching());
    }

    #[test]
    fn after_a_single_pass_nothing_of_it_is_left() {
        let params = argon2::Params::new(256, 1, 2, None).unwrap();
        let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params.clone());
        let memory = Memory::default();
        let mut piece = memory.take(params.block_count());
        let mut hash = [0; 32];
        argon2.hash_password_into_with_memory(b"himitsu", b"saltsalt", &mut hash, &mut piece).unwrap();
        let is_empty = |block: &Block| AsRef::<[u64]>::as_ref(block).iter().all(|word| *word == 0);
        assert!(!piece.iter().any(is_empty), "it was filled");
        memory.give_back(piece, 1);
        assert!(memory.lock().pieces.iter().flatten().all(is_empty));
    }
}
