//! Reading chunks and shards from object stores.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hyperslab_base::{Dims, Error, Region, Result, ResultExt, ViewMut, show_shape};

use super::chunk::Stored;
use super::metadata::{Shards, ZarrLayout};
use super::shard::{self, MISSING};
use crate::cuts::{each_chunk, fill, is_whole, touched};
use crate::objects::gather::{self, Fetched, Gather, Parts};
use crate::objects::{Answers, GAP, ObjectStamp, Objects, REQUESTS, Want};
use crate::scratch::{Scratch, with_scratch};

/// Shards whose indexes are asked for together.
const SHARDS: usize = 2 * REQUESTS;

/// Entries of indexes that are kept at most.
const ENTRIES: usize = 1 << 20;

/// The index of a shard, with the object that it was read from.
#[derive(Debug)]
struct Index {
    stamp: ObjectStamp,
    places: Vec<(u64, u64)>,
}

/// Indexes of shards that were read last.
#[derive(Debug, Default)]
pub struct Indexes(Mutex<HashMap<String, Arc<Index>>>);

impl Indexes {
    fn get(&self, name: &str) -> Option<Arc<Index>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn put(&self, name: String, index: Arc<Index>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if (known.len() + 1) * index.places.len() > ENTRIES {
            known.clear();
        }
        known.insert(name, index);
    }

    fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Bytes that come from the network at once while a region is read.
pub fn window_bytes(layout: &ZarrLayout, region: &Region) -> u64 {
    gather::window_bytes(touched(region, &layout.chunk_shape), layout.most_stored())
}

/// Part of a chunk that is read.
struct Part {
    position: Dims<u64>,
    inside: Region,
    at: Region,
    /// First byte and length within the object; all of it where there are none.
    place: Option<(u64, u64)>,
}

/// Where chunks go once they are decoded.
struct Target<'a, 'o> {
    layout: &'a ZarrLayout,
    name: &'a str,
    out: &'a mut ViewMut<'o>,
    scratch: &'a mut Scratch,
}

impl Target<'_, '_> {
    fn fill(&mut self, at: &Region) -> Result<()> {
        fill(&mut self.out.slice(at), &self.layout.fill)
    }
}

impl Parts<Part> for Target<'_, '_> {
    fn take(&mut self, parts: Vec<Part>, from: Option<&Fetched>) -> Result<()> {
        for p in parts {
            let Some(file) = from else {
                self.fill(&p.at)?;
                continue;
            };
            let (offset, size) = p.place.unwrap_or((0, file.size));
            self.layout
                .read_chunk(Stored { file, offset, size }, &p.inside, &mut self.out.slice(&p.at), self.scratch)
                .with_context(|| self.name(&p))?;
        }
        Ok(())
    }

    fn name(&self, part: &Part) -> String {
        format!("{}, chunk {}", self.name, show_shape(&part.position))
    }
}

/// Reads a region of an array, which lies within it, into `out`.
///
/// # Errors
/// `Io` for what is damaged, or does not come.
pub fn read(
    from: &Objects,
    (layout, name): (&ZarrLayout, &str),
    indexes: &Indexes,
    region: &Region,
    out: &mut ViewMut<'_>,
) -> Result<()> {
    let mut again = true;
    loop {
        let mut gather = Gather::new(from, window_bytes(layout, region));
        let done = with_scratch(|scratch| {
            let mut to = Target { layout, name, out, scratch };
            match &layout.shards {
                None => read_chunks(&mut gather, region, &mut to)?,
                Some(shards) => ShardReader { from, shards, indexes }.read(&mut gather, region, &mut to)?,
            }
            gather.finish(&mut to)
        });
        // A shard that was replaced has another index.
        if done.is_ok() || !gather.changed || !std::mem::take(&mut again) {
            return done;
        }
        indexes.forget();
    }
}

fn read_chunks(gather: &mut Gather<'_, Part>, region: &Region, to: &mut Target<'_, '_>) -> Result<()> {
    let layout = to.layout;
    each_chunk(region, &layout.chunk_shape, |position, inside, at| {
        let plain = layout.codec.filters.is_empty() && !is_whole(inside, &layout.chunk_shape);
        let wants: Vec<Want> = match plain {
            true => layout.ranges(inside, GAP).into_iter().map(|(first, n)| Want::Range(first, n)).collect(),
            false => vec![Want::Whole(layout.most_stored())],
        };
        let part = Part { position: position.into(), inside: inside.clone(), at: at.clone(), place: None };
        gather.start(layout.keys.name(position), wants, vec![part], None, to)
    })
}

/// Reads chunks within shards.
struct ShardReader<'a> {
    from: &'a Objects,
    shards: &'a Shards,
    indexes: &'a Indexes,
}

impl ShardReader<'_> {
    fn read(&self, gather: &mut Gather<'_, Part>, region: &Region, to: &mut Target<'_, '_>) -> Result<()> {
        let mut batch: Vec<Part> = Vec::new();
        each_chunk(region, &self.shards.shape, |position, inside, at| {
            batch.push(Part { position: position.into(), inside: inside.clone(), at: at.clone(), place: None });
            if batch.len() < SHARDS {
                return Ok(());
            }
            self.read_batch(gather, &std::mem::take(&mut batch), to)
        })?;
        self.read_batch(gather, &batch, to)
    }

    fn read_batch(&self, gather: &mut Gather<'_, Part>, batch: &[Part], to: &mut Target<'_, '_>) -> Result<()> {
        for (shard, index) in batch.iter().zip(self.indexes(batch, to)?) {
            match index {
                None => to.fill(&shard.at)?,
                Some(index) => self.read_shard(gather, shard, &index, to)?,
            }
        }
        Ok(())
    }

    /// The indexes of shards; nothing for those that are not there.
    fn indexes(&self, batch: &[Part], to: &Target<'_, '_>) -> Result<Vec<Option<Arc<Index>>>> {
        let count = to.layout.chunks_per_shard().iter().product::<u64>() as usize;
        let length = shard::index_bytes(self.shards, count);
        let names: Vec<String> = batch.iter().map(|s| to.layout.keys.name(&s.position)).collect();
        let mut found: Vec<Option<Arc<Index>>> = names.iter().map(|name| self.indexes.get(name)).collect();
        let answers = Answers::default();
        let want = if self.shards.index_first { Want::Range(0, length) } else { Want::Tail(length) };
        let asked: Vec<usize> = (0..batch.len()).filter(|&i| found[i].is_none()).collect();
        for &i in &asked {
            self.from.ask(&names[i], want, i, &answers)?;
        }
        for _ in &asked {
            let (i, got) = answers.next()?;
            let url = || self.from.url(&names[i]);
            let read = got.map_err(|why| Error::io(url(), why)).and_then(|got| {
                let Some(got) = got else { return Ok(None) };
                let places = shard::parse_index(&got.bytes, self.shards, count, got.size, &url())?;
                Ok(Some(Arc::new(Index { stamp: got.stamp, places })))
            });
            found[i] = read.with_context(|| format!("{}, shard {}", to.name, show_shape(&batch[i].position)))?;
            if let Some(index) = &found[i] {
                self.indexes.put(names[i].clone(), Arc::clone(index));
            }
        }
        Ok(found)
    }

    fn read_shard(
        &self,
        gather: &mut Gather<'_, Part>,
        shard: &Part,
        index: &Index,
        to: &mut Target<'_, '_>,
    ) -> Result<()> {
        let (layout, counts) = (to.layout, to.layout.chunks_per_shard());
        let name = layout.keys.name(&shard.position);
        let mut parts = Vec::new();
        each_chunk(&shard.inside, &layout.chunk_shape, |within, inside, at| {
            let linear = within.iter().zip(&counts).fold(0, |l, (k, n)| l * n + k);
            let at = crate::dense::within(&shard.at, at);
            let place = index.places.get(linear as usize).copied().unwrap_or((MISSING, MISSING));
            if place == (MISSING, MISSING) {
                return to.fill(&at);
            }
            let whole = within.iter().zip(&shard.position).zip(&counts);
            let position: Dims<u64> = whole.map(|((k, s), n)| s * n + k).collect();
            let part = Part { position, inside: inside.clone(), at, place: Some(place) };
            if place.1 > layout.most_stored() {
                let why = format!("holds {} bytes for a chunk of {}", place.1, layout.chunk_bytes());
                return Err(Error::io(self.from.url(&name), why).context(to.name(&part)));
            }
            parts.push((place, part));
            Ok(())
        })?;
        gather.start_all(&name, parts, Some(&index.stamp), to)
    }
}
