//! Sources in a plan, and what tells one from another.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hyperslab_base::{ArraySource, Token};
use rustc_hash::FxHashMap;

/// A source with its token. Sources are equal by content where their tokens are those of content, else by identity.
#[derive(Clone)]
pub struct SourceRef {
    source: Arc<dyn ArraySource>,
    token: Token,
    name: Option<Arc<str>>,
}

impl SourceRef {
    /// The source; one that is known already keeps its token.
    pub fn new(source: Arc<dyn ArraySource>) -> Self {
        let token = source.token().unwrap_or_else(|| own_token(&source, None));
        SourceRef { source, token, name: None }
    }

    /// A source that stands for one of another process, whose token it takes.
    pub(crate) fn standing_for(source: Arc<dyn ArraySource>, token: Token) -> Self {
        let token = source.token().unwrap_or_else(|| {
            own_token(&source, Some(token));
            token
        });
        SourceRef { source, token, name: None }
    }

    /// The source under the name that its user gives it.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        SourceRef { name: Some(name.into()), ..self.clone() }
    }

    /// The source.
    pub fn source(&self) -> &dyn ArraySource {
        &*self.source
    }

    /// The source, for another to keep.
    pub fn shared(&self) -> Arc<dyn ArraySource> {
        Arc::clone(&self.source)
    }

    /// What it is told by.
    pub fn token(&self) -> Token {
        self.token
    }

    /// The name that its user gave it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl PartialEq for SourceRef {
    fn eq(&self, o: &Self) -> bool {
        let same = || Arc::ptr_eq(&self.source, &o.source) || self.source.token().is_some();
        self.token == o.token && self.name == o.name && same()
    }
}

impl Eq for SourceRef {}

impl Hash for SourceRef {
    fn hash<H: Hasher>(&self, h: &mut H) {
        (self.token, &self.name).hash(h);
    }
}

impl fmt::Debug for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source.describe())
    }
}

/// Tokens of sources that are themselves alone, by their addresses.
#[derive(Default)]
struct Own {
    /// A weak handle keeps its address from being another source's.
    known: FxHashMap<usize, (Weak<dyn ArraySource>, Token)>,
    /// Entries from which on those of dropped sources are looked for.
    enough: usize,
}

static OWN: Mutex<Option<Own>> = Mutex::new(None);

fn own_token(source: &Arc<dyn ArraySource>, wish: Option<Token>) -> Token {
    let address = Arc::as_ptr(source).cast::<()>() as usize;
    let mut own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    let own = own.get_or_insert_default();
    if own.known.len() >= own.enough {
        own.known.retain(|_, (source, _)| source.strong_count() > 0);
        own.enough = 2 * own.known.len() + 64;
    }
    let new = || (Arc::downgrade(source), wish.unwrap_or_else(Token::fresh));
    own.known.entry(address).or_insert_with(new).1
}
