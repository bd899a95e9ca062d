//! The same bits under any budget and with any number of threads, on plans that are known to tempt: reductions along
//! tall chunks, whose cells a small budget makes narrow, several reductions of one array, blocks of products.

use hyperslab::*;

use crate::sources::{Layout, SourceSpec};

/// The usual sizes, about a hundredth of them: what millions of elements meet, thousands do.
fn hundredth() -> Tuning {
    Tuning {
        task_bytes: 40 << 10,
        min_task_bytes: 2560,
        worth_cutting: 2560,
        register_bytes: 2048,
        registers_bytes: 16 << 10,
        tall_bytes: 512,
        plain_tile: 256,
        column_bytes: 256,
        product_side: 48,
        product_summed: 64,
        shortest_row: 8,
        scan_whole_bytes: (10 << 10, 160 << 10),
        scan_block_bytes: (2560, 40 << 10),
        scan_window_bytes: 10 << 10,
        small_slot: 640,
        disk_block: 10 << 10,
        min_disk_block: 160,
        ..Tuning::default()
    }
}

/// Different results of the arrays, as bits, over many threads and budgets.
fn answers(arrays: &[Array], tuning: Tuning) -> Vec<(usize, u64)> {
    answers_under(arrays, tuning, &[1, 3, 8, 32], &[1 << 30, 128 << 10, 64 << 10, 32 << 10])
}

/// The first way to each different result among those numbers of threads and budgets.
fn answers_under(arrays: &[Array], tuning: Tuning, threads: &[usize], budgets: &[u64]) -> Vec<(usize, u64)> {
    let mut seen: Vec<Vec<u8>> = Vec::new();
    let mut ways = Vec::new();
    for &threads in threads {
        for &memory in budgets {
            let o = Options { num_threads: Some(threads), memory_limit: Some(memory), tuning, ..Options::default() };
            let out = match compute(arrays, &o) {
                Ok(out) => out,
                Err(e) if matches!(e.kind, ErrorKind::Budget { .. }) => continue,
                Err(e) => panic!("{e}"),
            };
            let bits: Vec<u8> = out.iter().flat_map(|m| m.view().bytes().unwrap().to_vec()).collect();
            if !seen.contains(&bits) {
                seen.push(bits);
                ways.push((threads, memory));
            }
        }
    }
    ways
}

fn noise(shape: &[u64], layout: Layout, dtype: DType) -> SourceSpec {
    SourceSpec { word: 1, dtype, shape: shape.to_vec(), layout }
}

fn reductions(x: &Array) -> Vec<(String, Array)> {
    let mut out = Vec::new();
    for name in ["sum", "mean", "var", "std", "prod", "nansum", "nanvar"] {
        for axes in [Some(vec![0]), Some(vec![-1]), None] {
            let o = ReduceOptions { axes: axes.clone(), ..Default::default() };
            out.push((format!("{name} over {axes:?}"), x.reduce(name, &o).unwrap()));
        }
    }
    out
}

/// Reductions of several arrays, or along several axes, that share a stage.
fn joint(x: &Array) -> Vec<(String, Array)> {
    let mean = x.reduce("mean", &ReduceOptions { axes: Some(vec![0]), keepdims: true, ..Default::default() }).unwrap();
    let centred = Array::ufunc("subtract", &[Operand::Array(x.clone()), Operand::Array(mean)], None).unwrap();
    let turned = x.transpose(&(0..x.shape().len()).rev().collect::<Vec<_>>()).unwrap();
    let mut out = reductions(&centred);
    out.extend(reductions(&turned));
    out.into_iter().map(|(name, array)| (format!("{name} of what is centred or turned"), array)).collect()
}

/// Every array that has several answers.
fn differing(cases: &[(String, Array)], tuning: Tuning) -> Vec<String> {
    let several = |(name, array): &(String, Array)| {
        let ways = answers(std::slice::from_ref(array), tuning);
        (ways.len() > 1).then(|| format!("{name}: {} answers, under {ways:?}", ways.len()))
    };
    cases.iter().filter_map(several).collect()
}

#[test]
fn reductions_along_tall_chunks() {
    let mut wrong = Vec::new();
    for dtype in [DType::Float64, DType::Float32, DType::Float16] {
        for chunks in [[300, 1], [300, 24], [30, 24], [7, 5], [3000, 1], [1, 24]] {
            let (x, _) = noise(&[3000, 24], Layout::Chunks, dtype).in_chunks(&chunks);
            let told = differing(&reductions(&x), hundredth());
            wrong.extend(told.into_iter().map(|t| format!("{dtype} in chunks {chunks:?}: {t}")));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The usual sizes, whose cells only large arrays fill.
#[test]
fn columns_of_long_chunks() {
    let mut wrong = Vec::new();
    for chunk in [1_000, 30_000, 300_000] {
        let (x, _) = noise(&[300_000, 24], Layout::Chunks, DType::Float64).in_chunks(&[chunk, 1]);
        for name in ["sum", "mean", "std"] {
            let o = ReduceOptions { axes: Some(vec![0]), ..Default::default() };
            let array = x.reduce(name, &o).unwrap();
            let budgets = [1 << 30, 128 << 20, 32 << 20, 16 << 20, 8 << 20];
            let ways = answers_under(std::slice::from_ref(&array), Tuning::default(), &[1, 2, 8, 32], &budgets);
            if ways.len() > 1 {
                wrong.push(format!("{name} in chunks of {chunk}: {} answers, under {ways:?}", ways.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn reductions_that_share_a_stage() {
    let mut wrong = Vec::new();
    for (layout, chunks) in [(Layout::Rows, None), (Layout::Columns, None), (Layout::Chunks, Some([5, 7, 3]))] {
        for shape in [[40, 30, 50], [50, 2, 40], [7, 300, 3]] {
            let source = noise(&shape, layout, DType::Float64);
            let x = chunks.map_or_else(|| source.build(false).0, |c| source.in_chunks(&c).0);
            let cases = joint(&x);
            wrong.extend(differing(&cases, hundredth()).into_iter().map(|t| format!("{shape:?}, {layout:?}: {t}")));
            let all: Vec<Array> = cases.into_iter().map(|c| c.1).collect();
            let ways = answers(&all, hundredth());
            if ways.len() > 1 {
                wrong.push(format!("{shape:?}, {layout:?}: together {} answers, under {ways:?}", ways.len()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn reductions_of_memory_in_any_order() {
    let mut wrong = Vec::new();
    for layout in [Layout::Rows, Layout::Columns, Layout::Strided, Layout::Object] {
        for shape in [&[3000, 24][..], &[24, 3000], &[40, 30, 50]] {
            let (x, _, text) = noise(shape, layout, DType::Float64).build(false);
            wrong.extend(differing(&reductions(&x), hundredth()).into_iter().map(|t| format!("{text}: {t}")));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn products_and_scans() {
    let mut cases = Vec::new();
    for shape in [[90, 250], [250, 90], [15, 700], [700, 15], [60, 60]] {
        for dtype in [DType::Float64, DType::Float32, DType::Complex64, DType::Float16] {
            for layout in [Layout::Rows, Layout::Columns, Layout::Object] {
                let (x, _, text) = noise(&shape, layout, dtype).build(false);
                let turned = x.transpose(&[1, 0]).unwrap();
                cases.push((format!("x @ x.T, {text}"), Array::matmul(&x, &turned).unwrap()));
                cases.push((format!("x.T @ x, {text}"), Array::matmul(&turned, &x).unwrap()));
            }
        }
    }
    let (x, _) = noise(&[90, 250], Layout::Chunks, DType::Float64).in_chunks(&[10, 50]);
    for axis in [Some(0), Some(1), None] {
        cases.push((format!("cumsum along {axis:?}"), x.scan("cumsum", axis, None).unwrap()));
    }
    let wrong = differing(&cases, hundredth());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// A part of a scan that begins within a block of it.
#[test]
fn scans_beside_other_arrays() {
    for axis in [0, 1] {
        let (x, _, _) = noise(&[300, 40], Layout::Rows, DType::Float64).build(false);
        let scanned = x.scan("cumsum", Some(axis), None).unwrap();
        let joined = Array::concatenate(&[x.clone(), scanned, x.clone()], axis).unwrap();
        let cases = [("joined".to_string(), joined.clone()), ("turned".to_string(), joined.reshape(&[-1, 8]).unwrap())];
        let wrong = differing(&cases, hundredth());
        assert!(wrong.is_empty(), "along {axis}: {}", wrong.join("\n"));
    }
}
