//! What `explain` prints for the cases that matter: pushdown, fusion, one scan for several results.

#![allow(clippy::unwrap_used)] // What cannot be set up should fail where it stands.

use hyperslab::*;

fn data() -> Array {
    Array::from(Block::zeroed(DType::Float64, &[4000, 1000]).unwrap())
}

fn explained(arrays: &[Array]) -> String {
    explained_within(64 << 20, arrays)
}

fn explained_within(memory: u64, arrays: &[Array]) -> String {
    explain(arrays, &Options { memory_limit: Some(memory), num_threads: Some(2), ..Options::default() }).unwrap()
}

fn reduce(a: &Array, name: &str, axis: i64) -> Array {
    a.reduce(name, &ReduceOptions { axes: Some(vec![axis]), ..Default::default() }).unwrap()
}

fn op(name: &str, operands: &[Operand]) -> Array {
    Array::ufunc(name, operands, None).unwrap()
}

#[test]
fn a_slice_reaches_the_source_and_the_chain_is_fused_into_the_sum() {
    let log = op("log", &[Operand::Array(op("add", &[Operand::Array(data()), Operand::Int(1)]))]);
    let rows = log.index(&[Index::Slice { start: None, stop: Some(5), step: None }]).unwrap();
    insta::assert_snapshot!(explained(&[reduce(&rows, "sum", 1)]));
}

#[test]
fn results_over_one_source_share_a_scan() {
    let x = data();
    insta::assert_snapshot!(explained(&[reduce(&x, "mean", 0), reduce(&x, "std", 0), reduce(&x, "max", 1)]));
}

#[test]
fn a_result_that_is_needed_whole_is_a_stage_of_its_own() {
    let x = data();
    let mean = reduce(&x, "mean", 0);
    let anomaly = op("subtract", &[Operand::Array(x), Operand::Array(mean)]);
    insta::assert_snapshot!(explained(&[reduce(&anomaly, "max", 1)]));
}

#[test]
fn a_scan_is_fused_and_never_held() {
    let sums = data().scan("cumsum", Some(0), None).unwrap();
    insta::assert_snapshot!(explained(&[reduce(&sums, "max", 0)]));
}

#[test]
fn a_long_scan_starts_from_the_totals_of_its_blocks() {
    let x = Array::from(Block::zeroed(DType::Float64, &[4_000_000]).unwrap());
    let sums = x.scan("cumsum", None, None).unwrap();
    insta::assert_snapshot!(explained(&[reduce(&sums, "max", 0)]));
}

#[test]
fn an_array_and_its_transpose_are_walked_in_pairs_of_mirror_images() {
    let x = Array::from(Block::zeroed(DType::Float64, &[4000, 4000]).unwrap());
    let sum = op("add", &[Operand::Array(x.clone()), Operand::Array(x.transpose(&[1, 0]).unwrap())]);
    insta::assert_snapshot!(explained(&[reduce(&sum, "sum", 1)]));
    // Row after row, fewer partial results wait.
    let tight = explained_within(192 << 10, &[reduce(&sum, "sum", 1)]);
    insta::assert_snapshot!(tight);
    let none = Options { memory_limit: Some(192 << 10), num_threads: Some(2), ..Options::default() };
    compute(&[reduce(&sum, "sum", 1)], &none).unwrap();
}
