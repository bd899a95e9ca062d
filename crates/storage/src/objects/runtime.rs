//! The threads that talk to object stores. They start with the first request and do nothing else: whoever needs bytes
//! waits for them in a thread of its own.

use std::future::Future;
use std::sync::{Mutex, PoisonError, mpsc};

use hyperslab_base::{Error, Result, waiting};
use tokio::runtime::{Builder, Handle, Runtime};

/// Enough to decrypt and copy what a fast network delivers.
const THREADS: usize = 2;

/// The runtime with the process that it was started in.
static RUNTIME: Mutex<Option<(u32, Runtime)>> = Mutex::new(None);

/// The runtime. Its threads do not survive a fork: the child gets a runtime of its own.
///
/// # Errors
/// `Internal` when the system starts no threads.
pub fn handle() -> Result<Handle> {
    let mut guard = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((of, runtime)) = &*guard
        && *of == process
    {
        return Ok(runtime.handle().clone());
    }
    let built = Builder::new_multi_thread().worker_threads(THREADS).thread_name("hyperslab-net").enable_all().build();
    let runtime = built.map_err(|e| Error::internal(format!("threads for the network: {e}")))?;
    let handle = runtime.handle().clone();
    // Dropping the parent's runtime would wait for threads that this process has not.
    std::mem::forget(guard.replace((process, runtime)));
    Ok(handle)
}

/// The result of a future that the runtime runs. Until then this thread lets others compute.
///
/// # Errors
/// Those of the future; `Internal` when it panics.
pub fn wait_for<T: Send + 'static>(future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let (answer, answered) = mpsc::channel();
    handle()?.spawn(async move {
        // Who does not listen any more was interrupted.
        let _ = answer.send(future.await);
    });
    waiting(|| answered.recv()).unwrap_or_else(|_| Err(Error::internal("a request ended without an answer")))
}
