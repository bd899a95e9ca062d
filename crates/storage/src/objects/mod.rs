//! Object stores and web servers, whose objects are read by ranges and written whole.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyperslab_base::{Error, Result, waiting};
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, GetResult, ObjectStore, ObjectStoreExt, PutPayload};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, SemaphorePermit};

mod config;
pub(crate) mod gather;
mod runtime;

pub use config::{Patience, StoreConfig, StoreKind};

/// Requests under way at once: enough to fill a network whose answers take tens of milliseconds, and no more than a
/// server takes from one client.
pub const REQUESTS: usize = 32;

/// Bytes between two ranges of an object that are cheaper to read than a request of their own.
pub const GAP: u64 = 256 << 10;

/// What a request wants of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// All of it, if it has no more bytes than these.
    Whole(u64),
    /// So many bytes from a byte on.
    Range(u64, u64),
    /// The last bytes.
    Tail(u64),
}

/// What tells that an object is still the one it was, as far as its server says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectStamp {
    size: u64,
    modified: i64,
    tag: Option<String>,
}

impl ObjectStamp {
    /// Bytes of the object.
    pub const fn size(&self) -> u64 {
        self.size
    }
}

/// Bytes of an object.
#[derive(Clone, Debug)]
pub struct Got {
    /// The bytes.
    pub bytes: Bytes,
    /// Place of the first of them in the object.
    pub first: u64,
    /// Bytes of the object.
    pub size: u64,
    /// The object as it was.
    pub stamp: ObjectStamp,
}

/// A store that is open, shared by all that read from it.
struct Connection {
    process: u32,
    store: Arc<dyn ObjectStore>,
    requests: Semaphore,
    patience: Patience,
}

/// Open stores by how they are spoken to.
static OPEN: Mutex<Option<HashMap<StoreConfig, Weak<Connection>>>> = Mutex::new(None);

/// Without the store, whose settings may be secrets.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a connection")
    }
}

impl Connection {
    fn of(config: &StoreConfig) -> Result<Arc<Self>> {
        let known = |c: &Weak<Connection>| c.upgrade().filter(|c| c.process == std::process::id());
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = open.get_or_insert_default().get(config).and_then(known) {
            return Ok(connection);
        }
        drop(open);
        let own = config.clone();
        let store = runtime::wait_for(async move { own.connect().await })?;
        let connection = Arc::new(Connection {
            process: std::process::id(),
            store,
            requests: Semaphore::new(REQUESTS),
            patience: config.patience,
        });
        open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.get_or_insert_default();
        open.retain(|_, c| known(c).is_some());
        open.insert(config.clone(), Arc::downgrade(&connection));
        Ok(connection)
    }

    /// Waits until there may be a further request.
    async fn permit(&self) -> Result<SemaphorePermit<'_>, String> {
        self.requests.acquire().await.map_err(|e| e.to_string())
    }

    /// What is wanted of an object; nothing where there is no such object.
    async fn get(&self, key: &Key, want: Want) -> Result<Option<Got>, String> {
        let _permit = self.permit().await?;
        let (begin, mut pause) = (Instant::now(), Duration::from_millis(100));
        for left in (0..=self.patience.retries).rev() {
            let range = match want {
                Want::Whole(_) => None,
                Want::Range(first, length) => Some(GetRange::Bounded(first..first + length)),
                Want::Tail(length) => Some(GetRange::Suffix(length)),
            };
            // Until the answer begins, the store itself tries again.
            let answer = match self.store.get_opts(key, GetOptions { range, ..GetOptions::default() }).await {
                Err(object_store::Error::NotFound { .. }) => return Ok(None),
                Err(e @ object_store::Error::NotSupported { .. }) => match want {
                    Want::Tail(length) => return self.tail(key, length).await,
                    _ => return Err(told(&e)),
                },
                answer => answer.map_err(|e| told(&e))?,
            };
            if let Want::Whole(most) = want
                && answer.meta.size > most
            {
                return Err(format!("holds {} bytes, at most {most} expected", answer.meta.size));
            }
            match received(answer).await {
                Ok(got) => return Ok(Some(got)),
                Err(why) if left == 0 || begin.elapsed() > self.patience.total => return Err(why),
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_secs(10));
        }
        Err("was not read".into())
    }

    /// The last bytes, of a store that has no such ranges.
    async fn tail(&self, key: &Key, length: u64) -> Result<Option<Got>, String> {
        match self.store.head(key).await {
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(e) => Err(told(&e)),
            Ok(meta) => match meta.size.checked_sub(length) {
                None => Err(format!("holds {} bytes, at least {length} expected", meta.size)),
                Some(first) => {
                    let options = GetOptions { range: Some(GetRange::Bounded(first..meta.size)), ..Default::default() };
                    let answer = self.store.get_opts(key, options).await.map_err(|e| told(&e))?;
                    received(answer).await.map(Some)
                }
            },
        }
    }
}

async fn received(answer: GetResult) -> Result<Got, String> {
    let (range, meta) = (answer.range.clone(), answer.meta.clone());
    let bytes = answer.bytes().await.map_err(|e| told(&e))?;
    if bytes.len() as u64 != range.end - range.start {
        return Err(format!("{} of {} bytes arrived", bytes.len(), range.end - range.start));
    }
    let stamp = ObjectStamp { size: meta.size, modified: meta.last_modified.timestamp_millis(), tag: meta.e_tag };
    Ok(Got { bytes, first: range.start, size: meta.size, stamp })
}

/// What went wrong, down to its cause, in few words.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        let more = below.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = below.source();
    }
    match text.char_indices().nth(600) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A place in an object store below which objects have names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objects {
    config: StoreConfig,
    path: String,
    /// Kept open while there is anything that reads from it.
    #[serde(skip)]
    open: Open,
}

/// The connection of a place; all are equal.
#[derive(Clone, Debug, Default)]
struct Open(Option<Arc<Connection>>);

impl PartialEq for Open {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Open {}

impl Objects {
    /// A place in a store.
    ///
    /// # Errors
    /// `Value` for options that the store has not, or a path that cannot be one; `Io` when the store is not found.
    pub fn open(config: StoreConfig, path: &str) -> Result<Self> {
        let path = path.trim_matches('/').to_string();
        let connection = Connection::of(&config)?;
        let place = Objects { config, path, open: Open(Some(connection)) };
        place.key("x")?;
        Ok(place)
    }

    /// Whether objects can be written.
    pub fn writes(&self) -> bool {
        self.config.kind != StoreKind::Http
    }

    /// URL of what has a name here.
    pub fn url(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("{}/{}", self.config.url, self.below(name)))
    }

    /// The path of a name in the store.
    fn below(&self, name: &str) -> String {
        [&*self.path, name].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("/")
    }

    fn key(&self, name: &str) -> Result<Key> {
        let path = self.below(name);
        Key::parse(&path).map_err(|e| Error::value(format!("{path:?} is no name of an object: {e}")))
    }

    fn connection(&self) -> Result<Arc<Connection>> {
        match &self.open.0 {
            Some(c) if c.process == std::process::id() => Ok(Arc::clone(c)),
            _ => Connection::of(&self.config),
        }
    }

    /// Asks for part of an object; the answer comes with its number.
    ///
    /// # Errors
    /// `Value` for a name that no object has; `Internal` when the system starts no threads.
    pub fn ask(&self, name: &str, want: Want, number: usize, answers: &Answers) -> Result<()> {
        let (connection, key, to) = (self.connection()?, self.key(name)?, answers.to.clone());
        let runtime = runtime::handle()?;
        let asked = runtime.spawn(async move { connection.get(&key, want).await });
        runtime.spawn(async move {
            let got = asked.await.unwrap_or_else(|e| Err(e.to_string()));
            // Who does not listen any more was interrupted, or had an error from another request.
            let _ = to.send((number, got));
        });
        Ok(())
    }

    /// Part of an object; nothing where there is none.
    ///
    /// # Errors
    /// `Io` when the store does not give it.
    pub fn read(&self, name: &str, want: Want) -> Result<Option<Got>> {
        let answers = Answers::default();
        self.ask(name, want, 0, &answers)?;
        answers.next()?.1.map_err(|why| Error::io(self.url(name), why))
    }

    /// The object of a name as it is now.
    ///
    /// # Errors
    /// `Io` when there is none, or the store does not say.
    pub fn stamp(&self, name: &str) -> Result<ObjectStamp> {
        // By the road that its bytes come: not all servers say the same when they are asked for nothing else.
        let got = self.read(name, Want::Range(0, 1))?;
        got.map(|g| g.stamp).ok_or_else(|| Error::io(self.url(name), "there is no such object"))
    }

    /// Writes an object, which is the old one until the new one is there.
    ///
    /// # Errors
    /// `Io` when the store does not take it.
    pub fn write(&self, name: &str, bytes: Vec<u8>) -> Result<()> {
        let (connection, key, url) = (self.connection()?, self.key(name)?, self.url(name));
        runtime::wait_for(async move {
            let _permit = connection.permit().await.map_err(Error::internal)?;
            let put = connection.store.put(&key, PutPayload::from(bytes)).await;
            put.map(drop).map_err(|e| Error::io(url, told(&e)))
        })
    }

    /// Removes an object that may not be there.
    ///
    /// # Errors
    /// `Io` when the store fails.
    pub fn remove(&self, name: &str) -> Result<()> {
        let (connection, key, url) = (self.connection()?, self.key(name)?, self.url(name));
        runtime::wait_for(async move {
            let _permit = connection.permit().await.map_err(Error::internal)?;
            match connection.store.delete(&key).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(e) => Err(Error::io(url, told(&e))),
            }
        })
    }
}

/// The answer to a request, with its number: what was asked for, nothing where there is no such object, or why not.
pub type Answer = (usize, Result<Option<Got>, String>);

/// Answers of requests, in the order in which they come.
#[derive(Debug)]
pub struct Answers {
    to: mpsc::Sender<Answer>,
    from: mpsc::Receiver<Answer>,
}

impl Default for Answers {
    fn default() -> Self {
        let (to, from) = mpsc::channel();
        Answers { to, from }
    }
}

impl Answers {
    /// The next answer. Until it comes this thread lets others compute.
    ///
    /// # Errors
    /// `Internal` when no request is under way.
    pub fn next(&self) -> Result<Answer> {
        let answer = match self.from.try_recv() {
            Ok(answer) => return Ok(answer),
            Err(_) => waiting(|| self.from.recv()),
        };
        answer.map_err(|_| Error::internal("no request is under way"))
    }
}
