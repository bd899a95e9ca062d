//! Buffers of reads.

use std::cell::Cell;

use crate::codecs::Decoder;

/// Buffers of one thread, kept from read to read while they are small.
#[derive(Default)]
pub struct Scratch {
    /// Bytes as they stand in the file.
    pub stored: Vec<u8>,
    /// A decoded chunk.
    pub decoded: Vec<u8>,
    /// What undoes filters.
    pub decoder: Decoder,
}

/// Larger buffers go back to the system after a read: next to decoding them, getting them anew costs little.
const KEEP: usize = 4 << 20;

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// Calls `f` with this thread's buffers.
pub fn with_scratch<T>(f: impl FnOnce(&mut Scratch) -> T) -> T {
    let mut scratch = SCRATCH.take().unwrap_or_default();
    let result = f(&mut scratch);
    for buffer in [&mut scratch.stored, &mut scratch.decoded] {
        if buffer.capacity() > KEEP {
            *buffer = Vec::new();
        }
    }
    scratch.decoder.trim(KEEP);
    SCRATCH.set(Some(scratch));
    result
}
