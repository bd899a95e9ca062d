//! Sources of Python's objects that are in use: an object that is given twice is one source.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hyperslab::ArraySource;
use pyo3::prelude::*;

use crate::errors::Outcome;

/// Address of an object, and what else its source depends on.
type Key = (usize, u64);

#[derive(Default)]
struct Known {
    sources: HashMap<Key, Weak<dyn ArraySource>>,
    /// Entries from which on those of dropped sources are looked for.
    enough: usize,
}

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

fn with_known<T>(f: impl FnOnce(&mut Known) -> T) -> T {
    f(KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

/// The source that is in use for `object` and `facts`, or the one that `make` makes, which must hold the object: while
/// it does no other object can have the address.
pub fn source<S: ArraySource>(
    object: &Bound<'_, PyAny>,
    facts: &impl Hash,
    make: impl FnOnce() -> Outcome<S>,
) -> Outcome<Arc<dyn ArraySource>> {
    let mut hasher = DefaultHasher::new();
    facts.hash(&mut hasher);
    let key = (object.as_ptr() as usize, hasher.finish());
    if let Some(known) = with_known(|k| k.sources.get(&key).and_then(Weak::upgrade)) {
        return Ok(known);
    }
    let made: Arc<dyn ArraySource> = Arc::new(make()?);
    with_known(|k| {
        if k.sources.len() >= k.enough {
            k.sources.retain(|_, s| s.strong_count() > 0);
            k.enough = 2 * k.sources.len() + 64;
        }
        k.sources.insert(key, Arc::downgrade(&made));
    });
    Ok(made)
}
