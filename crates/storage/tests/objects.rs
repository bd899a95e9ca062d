//! Zarr arrays in object stores, against a server with faults: what is written is read, what fails is told.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyperslab_base::{ArraySink, ArraySource, Block, DType, Location, Range, Region, View};
use hyperslab_storage::Folder;
use hyperslab_storage::formats::zarr::{ZarrLayout, ZarrPlace, ZarrSink, ZarrSource};
use hyperslab_storage::objects::{Objects, Patience, StoreConfig};

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Status(u16),
    Drop,
    Short,
    Stall,
}

type Faults = dyn Fn(&str, &str, usize) -> Option<Fault> + Send + Sync;

/// As much of S3 as GET, PUT and DELETE of objects.
struct Server {
    root: tempfile::TempDir,
    port: u16,
    seen: Mutex<Vec<String>>,
    fault: Mutex<Arc<Faults>>,
    latency: Mutex<Duration>,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Server {
    fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Arc::new(Server {
            root: tempfile::tempdir().unwrap(),
            port: listener.local_addr().unwrap().port(),
            seen: Mutex::default(),
            fault: Mutex::new(Arc::new(|_, _, _| None)),
            latency: Mutex::default(),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        });
        let own = Arc::clone(&server);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (own, stream) = (Arc::clone(&own), stream.unwrap());
                std::thread::spawn(move || while own.serve(&stream).unwrap_or(false) {});
            }
        });
        server
    }

    fn fail(&self, fault: impl Fn(&str, &str, usize) -> Option<Fault> + Send + Sync + 'static) {
        *self.fault.lock().unwrap() = Arc::new(fault);
    }

    /// Answers a request; says whether the connection goes on.
    fn serve(&self, stream: &TcpStream) -> std::io::Result<bool> {
        let mut reader = BufReader::new(stream);
        let (mut line, mut headers) = (String::new(), BTreeMap::new());
        if reader.read_line(&mut line)? == 0 {
            return Ok(false);
        }
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let Some((name, value)) = header.trim().split_once(':') else { break };
            headers.insert(name.to_lowercase(), value.trim().to_string());
        }
        let mut body = vec![0; headers.get("content-length").map_or(0, |n| n.parse().unwrap())];
        reader.read_exact(&mut body)?;
        let mut words = line.split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap().split('?').next().unwrap());
        let key = format!("{method} {path}");
        let before = {
            let mut seen = self.seen.lock().unwrap();
            seen.push(key.clone());
            seen.iter().filter(|s| **s == key).count() - 1
        };
        self.most.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
        let latency = *self.latency.lock().unwrap();
        std::thread::sleep(latency);
        let fault = self.fault.lock().unwrap().clone();
        let fault = fault(method, path, before);
        let file = self.root.path().join(path.trim_start_matches('/'));
        let (status, mut more, bytes) = match (fault, method) {
            (Some(Fault::Status(status)), _) => (status, String::new(), b"<Error/>".to_vec()),
            (Some(Fault::Drop), _) => {
                self.now.fetch_sub(1, SeqCst);
                stream.shutdown(Shutdown::Both)?;
                return Ok(false);
            }
            (_, "PUT") => {
                fs::create_dir_all(file.parent().unwrap())?;
                fs::write(&file, &body)?;
                (200, "ETag: \"x\"\r\n".into(), Vec::new())
            }
            (_, "DELETE") => {
                let _ = fs::remove_file(&file);
                (204, String::new(), Vec::new())
            }
            _ => match fs::read(&file) {
                Err(_) => (404, String::new(), b"<Error/>".to_vec()),
                Ok(bytes) => part(&bytes, headers.get("range")),
            },
        };
        more.push_str(&format!("Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: {}\r\n", bytes.len()));
        let mut out = stream;
        out.write_all(format!("HTTP/1.1 {status} x\r\n{more}\r\n").as_bytes())?;
        let sent = if matches!(fault, Some(Fault::Short | Fault::Stall)) { bytes.len() / 2 } else { bytes.len() };
        self.now.fetch_sub(1, SeqCst);
        out.write_all(&bytes[..sent])?;
        match fault {
            Some(Fault::Short) => stream.shutdown(Shutdown::Both).map(|()| false),
            Some(Fault::Stall) => {
                std::thread::sleep(Duration::from_secs(60));
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    fn objects(&self, path: &str) -> Objects {
        let options = [
            ("access_key_id", "a"),
            ("secret_access_key", "hidden"),
            ("region", "us-east-1"),
            ("endpoint", &format!("http://127.0.0.1:{}", self.port)),
        ];
        let options = options.into_iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let mut config = StoreConfig::new("s3://bucket", options).unwrap();
        config.patience = Patience { read: Duration::from_millis(300), retries: 2, ..config.patience };
        Objects::open(config, path).unwrap()
    }

    fn seen(&self, part: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|s| s.contains(part)).count()
    }
}

/// Status, headers and body of an answer about some bytes.
fn part(bytes: &[u8], range: Option<&String>) -> (u16, String, Vec<u8>) {
    let tag = format!("ETag: \"{:x}\"\r\n", bytes.iter().fold(7u64, |h, b| h.wrapping_mul(31) + u64::from(*b)));
    let Some((first, last)) = range.and_then(|r| r.strip_prefix("bytes=")).and_then(|r| r.split_once('-')) else {
        return (200, tag, bytes.to_vec());
    };
    let (start, end) = match first.parse::<usize>() {
        Ok(first) => (first, bytes.len().min(last.parse::<usize>().map_or(usize::MAX, |l| l + 1))),
        Err(_) => (bytes.len().saturating_sub(last.parse().unwrap()), bytes.len()),
    };
    if start >= bytes.len() {
        return (416, tag, Vec::new());
    }
    let range = format!("Content-Range: bytes {start}-{}/{}\r\n", end - 1, bytes.len());
    (206, tag + &range, bytes[start..end].to_vec())
}

const SHAPE: [u64; 2] = [43, 29];

/// Metadata by kind: without a codec, with one, in shards; the chunks of each.
fn kinds() -> Vec<(&'static str, String)> {
    let chunked = |chunk: &str, codecs: &str| {
        format!(
            r#"{{"zarr_format": 3, "node_type": "array", "shape": [43, 29], "data_type": "int32", "fill_value": 7,
            "chunk_grid": {{"name": "regular", "configuration": {{"chunk_shape": {chunk}}}}},
            "chunk_key_encoding": {{"name": "default"}}, "codecs": {codecs}}}"#
        )
    };
    let (bytes, zstd) = (r#"{"name": "bytes", "configuration": {"endian": "little"}}"#, r#"{"name": "zstd"}"#);
    let shards = |codecs: &str| {
        let index = r#"[{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]"#;
        format!(
            r#"[{{"name": "sharding_indexed", "configuration": {{"chunk_shape": [5, 3], "codecs": {codecs},
            "index_codecs": {index}}}}}]"#
        )
    };
    vec![
        ("plain", chunked("[14, 9]", &format!("[{bytes}]"))),
        ("zstd", chunked("[14, 9]", &format!("[{bytes}, {zstd}]"))),
        ("shards", chunked("[20, 12]", &shards(&format!("[{bytes}]")))),
        ("zstd-shards", chunked("[20, 12]", &shards(&format!("[{bytes}, {zstd}]")))),
    ]
}

/// An array of the server, which holds numbers but for a corner of nothing but the fill value.
fn array(server: &Server, name: &str, metadata: &str) -> (ZarrPlace, ZarrLayout, Block) {
    let folder = server.root.path().join("bucket").join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("zarr.json"), metadata).unwrap();
    let layout = ZarrLayout::parse(metadata.as_bytes()).unwrap();
    let mut block = Block::zeroed(DType::Int32, &SHAPE).unwrap();
    for (i, four) in block.bytes_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let empty = (i / 29) < 21 && i % 29 < 13;
        *four = (if empty { 7 } else { i as i32 * 17 }).to_le_bytes();
    }
    let place = ZarrPlace {
        folder: Folder::Objects(server.objects(name)),
        name: format!("zarr:{name}"),
        location: Location::Stored(vec![name.into()]),
    };
    (place, layout, block)
}

fn store(place: &ZarrPlace, layout: &ZarrLayout, data: &View<'_>) {
    let sink = ZarrSink::new(place.clone(), layout.clone(), false).unwrap();
    sink.write(&Region::full(&SHAPE), data.clone()).unwrap();
}

fn check(source: &ZarrSource, whole: &Block) {
    let axes = [
        [Range::new(0, 43), Range::new(0, 29)],
        [Range::new(3, 7), Range::new(20, 2)],
        [Range { start: 42, step: -3, len: 14 }, Range { start: 28, step: -9, len: 4 }],
    ];
    for axes in axes {
        let region = Region(axes.into_iter().collect());
        let mut out = Block::zeroed(DType::Int32, &region.shape()).unwrap();
        source.read(&region, out.view_mut()).unwrap();
        let mut want = Block::zeroed(DType::Int32, &region.shape()).unwrap();
        hyperslab_base::copy(&whole.view().slice(&region), &mut want.view_mut());
        assert_eq!(out.bytes(), want.bytes(), "{region:?}");
    }
}

fn message(source: &ZarrSource) -> String {
    let mut out = Block::zeroed(DType::Int32, &SHAPE).unwrap();
    source.read(&Region::full(&SHAPE), out.view_mut()).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read() {
    let server = Server::start();
    for (name, metadata) in kinds() {
        let (place, layout, block) = array(&server, name, &metadata);
        store(&place, &layout, &block.view());
        // A corner of nothing but the fill value is no object.
        assert!(!server.root.path().join(format!("bucket/{name}/c/0/0")).exists());
        let source = ZarrSource::open(Folder::Objects(server.objects(name))).unwrap();
        check(&source, &block);
        // By another road.
        check(
            &ZarrSource::open(PathBuf::from(server.root.path()).join("bucket").join(name).as_path()).unwrap(),
            &block,
        );
        // Part of chunks.
        let sink = ZarrSink::new(place.clone(), layout.clone(), false).unwrap();
        let mut changed = Block::zeroed(DType::Int32, &SHAPE).unwrap();
        hyperslab_base::copy(&block.view(), &mut changed.view_mut());
        let region = Region::boxed(&[3, 4], &[19, 7]);
        let zeros = Block::zeroed(DType::Int32, &[19, 7]).unwrap();
        hyperslab_base::copy(&zeros.view(), &mut changed.view_mut().slice(&region));
        sink.write(&region, zeros.view()).unwrap();
        check(&source, &changed);
    }
}

#[test]
fn what_fails_once_is_asked_for_again() {
    let server = Server::start();
    for (name, metadata) in kinds() {
        let (place, layout, block) = array(&server, name, &metadata);
        let faults =
            [Fault::Status(500), Fault::Status(503), Fault::Status(429), Fault::Drop, Fault::Short, Fault::Stall];
        server.fail(move |_, path, before| (path.contains("/c/1/") && before == 0).then_some(Fault::Status(503)));
        store(&place, &layout, &block.view());
        for fault in faults {
            let source = ZarrSource::new(place.clone(), layout.clone()).unwrap();
            server.seen.lock().unwrap().clear();
            server.fail(move |_, path, before| (path.ends_with("/c/1/1") && before == 0).then_some(fault));
            check(&source, &block);
            assert!(server.seen(&format!("GET /bucket/{name}/c/1/1")) > 1, "{name} {fault:?}");
        }
    }
}

#[test]
fn what_fails_on_is_an_error_with_names() {
    let server = Server::start();
    for (name, metadata) in kinds() {
        let (place, layout, block) = array(&server, name, &metadata);
        server.fail(|_, _, _| None);
        store(&place, &layout, &block.view());
        let source = ZarrSource::new(place.clone(), layout.clone()).unwrap();
        for fault in
            [Fault::Status(403), Fault::Status(400), Fault::Status(503), Fault::Drop, Fault::Short, Fault::Stall]
        {
            server.fail(move |_, path, _| path.ends_with("/c/1/1").then_some(fault));
            let text = message(&source);
            assert!(text.contains(&format!("zarr:{name}, ")) && text.contains("(1, 1)"), "{text}");
            assert!(text.contains(&format!("s3://bucket/{name}/c/1/1")) && !text.contains("hidden"), "{text}");
            if let Fault::Status(status) = fault {
                assert!(text.contains(&status.to_string()), "{text}");
            }
        }
        server.fail(|_, _, _| None);
        check(&source, &block);
        let sink = ZarrSink::new(place.clone(), layout.clone(), false).unwrap();
        server.fail(|method, _, _| (method == "PUT").then_some(Fault::Status(403)));
        let text = sink.write(&Region::full(&SHAPE), block.view()).unwrap_err().to_string();
        assert!(text.contains("chunk (") && text.contains("s3://bucket") && text.contains("403"), "{text}");
    }
}

#[test]
fn many_requests_are_under_way() {
    let server = Server::start();
    for (name, metadata) in kinds() {
        let (place, layout, block) = array(&server, name, &metadata);
        *server.latency.lock().unwrap() = Duration::ZERO;
        store(&place, &layout, &block.view());
        let source = ZarrSource::new(place, layout).unwrap();
        *server.latency.lock().unwrap() = Duration::from_millis(100);
        server.most.store(0, SeqCst);
        check(&source, &block);
        assert!(server.most.load(SeqCst) >= 5, "{name}: {}", server.most.load(SeqCst));
    }
}
