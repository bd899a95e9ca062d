//! Which object store, and how it is spoken to.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Once};
use std::time::Duration;

use hyperslab_base::{Error, Result};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, resolve_bucket_region};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::{BackoffConfig, ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

/// The protocols that are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StoreKind {
    /// Amazon S3, and what answers as it does.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
    /// A web server, which is only read.
    Http,
}

/// How long an answer is waited for, and how often it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Patience {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until there are some more bytes.
    pub read: Duration,
    /// Attempts after the first one.
    pub retries: usize,
    /// From the first attempt to the beginning of the last one.
    pub total: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            retries: 6,
            total: Duration::from_secs(60),
        }
    }
}

/// An object store.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StoreConfig {
    /// Protocol.
    pub kind: StoreKind,
    /// What the names of objects are shown below: `s3://bucket`, `https://host`.
    pub url: String,
    /// Bucket, container, or URL of a server.
    pub root: String,
    /// Options by the names that the crate `object_store` has for them: `region`, `access_key_id`, `endpoint`.
    pub options: BTreeMap<String, String>,
    /// Headers of every request.
    pub headers: BTreeMap<String, String>,
    /// Time-outs and retries.
    pub patience: Patience,
}

/// Without options and headers, which may be secrets.
impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConfig").field("url", &self.url).finish_non_exhaustive()
    }
}

impl StoreConfig {
    /// A store by the URL of its root, with options by the names that the crate `object_store` has for them.
    ///
    /// # Errors
    /// `Value` for another protocol.
    pub fn new(url: &str, options: BTreeMap<String, String>) -> Result<Self> {
        let refused = || Error::value(format!("{url:?} is no URL of an object store"));
        let (scheme, root) = url.split_once("://").ok_or_else(refused)?;
        let root = root.trim_end_matches('/');
        let kind = match scheme {
            "s3" | "s3a" => StoreKind::S3,
            "gs" | "gcs" => StoreKind::Google,
            "az" | "abfs" | "abfss" => StoreKind::Azure,
            "http" | "https" => StoreKind::Http,
            _ => return Err(refused()),
        };
        let url = format!("{scheme}://{root}");
        let root = if kind == StoreKind::Http { url.clone() } else { root.into() };
        Ok(StoreConfig { kind, url, root, options, headers: BTreeMap::new(), patience: Patience::default() })
    }

    fn retry(&self) -> RetryConfig {
        let backoff =
            BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(10), base: 2.0 };
        RetryConfig { backoff, max_retries: self.patience.retries, retry_timeout: self.patience.total }
    }

    fn client(&self) -> Result<ClientOptions> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let key = HeaderName::from_str(name).map_err(|e| Error::value(format!("header {name:?}: {e}")))?;
            let value = HeaderValue::from_str(value).map_err(|e| Error::value(format!("header {name}: {e}")))?;
            headers.insert(key, value);
        }
        let plain = self.root.starts_with("http://")
            || self.options.values().any(|v| v.starts_with("http://"))
            || self.options.get("allow_http").is_some_and(|v| v == "true");
        Ok(ClientOptions::new()
            .with_default_headers(headers)
            .with_allow_http(plain)
            .with_connect_timeout(self.patience.connect)
            // Large objects take their time; one that stands still does not.
            .with_timeout_disabled()
            .with_read_timeout(self.patience.read)
            .with_pool_max_idle_per_host(super::REQUESTS))
    }

    /// A client of the store.
    ///
    /// # Errors
    /// `Value` for options that the store has not or that contradict each other; `Io` when the region of a bucket is not
    /// given and cannot be found.
    pub async fn connect(&self) -> Result<Arc<dyn ObjectStore>> {
        static PROVIDER: Once = Once::new();
        // Another part of the program may have chosen one.
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let (client, retry) = (self.client()?, self.retry());
        let wrong = |e: object_store::Error| Error::value(e.to_string()).context(self.url.clone());
        let option = |(name, value): (&String, &String)| (name.clone(), value.clone());
        let options = self.options.iter().map(option);
        Ok(match self.kind {
            StoreKind::S3 => {
                let mut builder = AmazonS3Builder::new()
                    .with_client_options(client.clone())
                    .with_retry(retry)
                    .with_bucket_name(&self.root);
                for (name, value) in options {
                    builder = builder.with_config(AmazonS3ConfigKey::from_str(&name).map_err(wrong)?, value);
                }
                let unset = |key| builder.get_config_value(&key).is_none();
                if unset(AmazonS3ConfigKey::Region) && unset(AmazonS3ConfigKey::Endpoint) {
                    let region = resolve_bucket_region(&self.root, &client).await;
                    builder = builder.with_region(region.map_err(|e| Error::io(&self.url, e))?);
                }
                Arc::new(builder.build().map_err(wrong)?)
            }
            StoreKind::Google => {
                let mut builder = GoogleCloudStorageBuilder::new()
                    .with_client_options(client)
                    .with_retry(retry)
                    .with_bucket_name(&self.root);
                for (name, value) in options {
                    builder = builder.with_config(GoogleConfigKey::from_str(&name).map_err(wrong)?, value);
                }
                Arc::new(builder.build().map_err(wrong)?)
            }
            StoreKind::Azure => {
                let mut builder = MicrosoftAzureBuilder::new()
                    .with_client_options(client)
                    .with_retry(retry)
                    .with_container_name(&self.root);
                for (name, value) in options {
                    builder = builder.with_config(AzureConfigKey::from_str(&name).map_err(wrong)?, value);
                }
                Arc::new(builder.build().map_err(wrong)?)
            }
            StoreKind::Http => {
                let mut client = client;
                for (name, value) in options {
                    client = client.with_config(ClientConfigKey::from_str(&name).map_err(wrong)?, value);
                }
                let builder = HttpBuilder::new().with_client_options(client).with_retry(retry).with_url(&self.root);
                Arc::new(builder.build().map_err(wrong)?)
            }
        })
    }
}
