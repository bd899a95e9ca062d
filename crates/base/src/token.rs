//! Identities of what arrays are read from.

use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// What stands for a source in the names of arrays: the same for the same elements, here and in other processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Token(u128);

/// The tokens that a process gave out.
struct Given {
    process: u32,
    seed: u64,
    count: u64,
}

static GIVEN: Mutex<Option<Given>> = Mutex::new(None);

impl Token {
    /// The token of something that is told by its content: a file by path, dataset and stamp.
    pub fn of(content: &impl Hash) -> Self {
        let half = |salt: u64| {
            let mut h = DefaultHasher::new();
            h.write_u64(salt);
            content.hash(&mut h);
            h.finish()
        };
        Token(u128::from(half(1)) << 64 | u128::from(half(2)))
    }

    /// A token that nothing else has, in this process or in another.
    pub fn fresh() -> Self {
        let process = std::process::id();
        let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
        // A process that another one forked off has its memory, but must not give out what that one does.
        let given = match &mut *given {
            Some(g) if g.process == process => g,
            stale => stale.insert(Given { process, seed: RandomState::new().hash_one(SystemTime::now()), count: 0 }),
        };
        given.count += 1;
        Token::of(&(given.process, given.seed, given.count))
    }

    /// Its bytes.
    pub fn bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn tokens_are_those_of_content_or_of_nothing_else() {
        assert_eq!(Token::of(&("a", 1)), Token::of(&("a", 1)));
        assert_ne!(Token::of(&("a", 1)), Token::of(&("a", 2)));
        let several = |_| (0..1000).map(|_| Token::fresh()).collect::<Vec<_>>();
        let mut all: Vec<_> = std::thread::scope(|s| {
            let threads: Vec<_> = (0..4).map(|k| s.spawn(move || several(k))).collect();
            threads.into_iter().flat_map(|t| t.join().unwrap()).map(Token::bytes).collect()
        });
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4000);
    }
}
