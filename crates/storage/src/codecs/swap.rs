//! Byte order.

/// Reverses the bytes of every `size` bytes: one element, or one part of a complex number.
pub fn swap_bytes(size: usize, data: &mut [u8]) {
    match size {
        2 => swap::<2>(data),
        4 => swap::<4>(data),
        8 => swap::<8>(data),
        n => data.chunks_exact_mut(n.max(1)).for_each(<[u8]>::reverse),
    }
}

fn swap<const N: usize>(data: &mut [u8]) {
    data.as_chunks_mut::<N>().0.iter_mut().for_each(|e| e.reverse());
}
