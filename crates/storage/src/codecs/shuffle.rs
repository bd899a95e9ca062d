//! The shuffle filter: a transposition of bytes.
//!
//! Both directions are made of one step. Take 16 elements as rows of 16 bytes and interleave the first half of the rows
//! with the second half: every byte's index is rotated by one bit. Element index and byte index trade places after as
//! many steps as one of them has bits.

/// Bytes of a row: what one vector instruction interleaves.
const ROW: usize = 16;
type Row = [u8; ROW];

/// Collects byte `b` of every element, for each `b`. Bytes behind the last whole element stay at the end.
///
/// # Panics
/// When the lengths differ.
pub fn shuffle(elemsize: usize, data: &[u8], out: &mut [u8]) {
    assert_eq!(data.len(), out.len(), "shuffle between lengths");
    match elemsize {
        2 => shuffle_rows::<2>(data, out),
        4 => shuffle_rows::<4>(data, out),
        8 => shuffle_rows::<8>(data, out),
        16 => shuffle_rows::<16>(data, out),
        s => {
            let n = data.len() / s.max(1);
            let whole = shuffle_rest(s.max(1), n, 0, data, out);
            out[whole..].copy_from_slice(&data[whole..]);
        }
    }
}

/// Undoes [`shuffle`].
///
/// # Panics
/// When the lengths differ.
pub fn unshuffle(elemsize: usize, data: &[u8], out: &mut [u8]) {
    assert_eq!(data.len(), out.len(), "unshuffle between lengths");
    match elemsize {
        2 => unshuffle_rows::<2>(data, out),
        4 => unshuffle_rows::<4>(data, out),
        8 => unshuffle_rows::<8>(data, out),
        16 => unshuffle_rows::<16>(data, out),
        s => {
            let n = data.len() / s.max(1);
            let whole = unshuffle_rest(s.max(1), n, 0, data, out);
            out[whole..].copy_from_slice(&data[whole..]);
        }
    }
}

fn shuffle_rows<const S: usize>(data: &[u8], out: &mut [u8]) {
    let n = data.len() / S;
    let blocks = n / ROW;
    for k in 0..blocks {
        let mut rows = [[0; ROW]; S];
        let source = &data[k * S * ROW..][..S * ROW];
        for (row, bytes) in rows.iter_mut().zip(source.as_chunks::<ROW>().0) {
            *row = *bytes;
        }
        for _ in 0..ROW.ilog2() {
            rows = interleave(rows);
        }
        for (b, row) in rows.iter().enumerate() {
            out[b * n + k * ROW..][..ROW].copy_from_slice(row);
        }
    }
    let whole = shuffle_rest(S, n, blocks * ROW, data, out);
    out[whole..].copy_from_slice(&data[whole..]);
}

fn unshuffle_rows<const S: usize>(data: &[u8], out: &mut [u8]) {
    let n = data.len() / S;
    let blocks = n / ROW;
    for k in 0..blocks {
        let mut rows = [[0; ROW]; S];
        for (b, row) in rows.iter_mut().enumerate() {
            row.copy_from_slice(&data[b * n + k * ROW..][..ROW]);
        }
        for _ in 0..S.ilog2() {
            rows = interleave(rows);
        }
        out[k * S * ROW..][..S * ROW].copy_from_slice(rows.as_flattened());
    }
    let whole = unshuffle_rest(S, n, blocks * ROW, data, out);
    out[whole..].copy_from_slice(&data[whole..]);
}

/// One step: row `j` of the first half interleaved with row `j` of the second.
#[inline(always)]
fn interleave<const S: usize>(rows: [Row; S]) -> [Row; S] {
    let mut out = [[0; ROW]; S];
    for j in 0..S / 2 {
        [out[2 * j], out[2 * j + 1]] = zip(rows[j], rows[j + S / 2]);
    }
    out
}

#[inline(always)]
fn zip(a: Row, b: Row) -> [Row; 2] {
    let (mut low, mut high) = ([0; ROW], [0; ROW]);
    for i in 0..ROW / 2 {
        (low[2 * i], low[2 * i + 1]) = (a[i], b[i]);
        (high[2 * i], high[2 * i + 1]) = (a[i + ROW / 2], b[i + ROW / 2]);
    }
    [low, high]
}

/// Elements from `from` on, one by one; the bytes of all whole elements.
fn shuffle_rest(s: usize, n: usize, from: usize, data: &[u8], out: &mut [u8]) -> usize {
    for i in from..n {
        for b in 0..s {
            out[b * n + i] = data[i * s + b];
        }
    }
    n * s
}

fn unshuffle_rest(s: usize, n: usize, from: usize, data: &[u8], out: &mut [u8]) -> usize {
    for i in from..n {
        for b in 0..s {
            out[i * s + b] = data[b * n + i];
        }
    }
    n * s
}
