//! Object stores, as the Python face describes them.

use std::collections::BTreeMap;
use std::time::Duration;

use hyperslab::Result;
use hyperslab::storage::objects::{Objects, Patience, StoreConfig};
use pyo3::prelude::*;

/// An object store as the Python face describes it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Store {
    /// URL of the bucket, the container or the server.
    url: String,
    /// By the names that the crate `object_store` has for them.
    options: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    /// Seconds until there is a connection, and until there are more bytes; further attempts; seconds for all of them.
    patience: (Option<f64>, Option<f64>, Option<usize>, Option<f64>),
}

impl Store {
    fn config(self) -> Result<StoreConfig> {
        let usual = Patience::default();
        let seconds = |s: Option<f64>, usual| s.and_then(|s| Duration::try_from_secs_f64(s).ok()).unwrap_or(usual);
        let (connect, read, retries, total) = self.patience;
        let patience = Patience {
            connect: seconds(connect, usual.connect),
            read: seconds(read, usual.read),
            retries: retries.unwrap_or(usual.retries),
            total: seconds(total, usual.total),
        };
        Ok(StoreConfig { headers: self.headers, patience, ..StoreConfig::new(&self.url, self.options)? })
    }

    /// A place in the store. It speaks to the network: not by a thread that holds the interpreter.
    pub fn open(self, path: &str) -> Result<Objects> {
        Objects::open(self.config()?, path)
    }
}
