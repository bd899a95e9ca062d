//! Loops of other libraries among our own: fused, cast to, told apart, and what they raise.
#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::sync::Arc;

use hyperslab::ops::Foreign;
use hyperslab::*;

thread_local! {
    /// Whether a loop of the library may run here, and what it raised.
    static STATE: Cell<(bool, bool)> = const { Cell::new((false, false)) };
}

/// Adds `shift` to floats; raises where one is negative.
#[derive(Debug)]
struct Shift {
    shift: u8,
}

impl Foreign for Shift {
    fn row(&self) -> &'static str {
        "shift"
    }

    fn params(&self) -> Vec<u8> {
        vec![self.shift]
    }

    fn inputs(&self) -> &[DType] {
        &[DType::Float64]
    }

    fn output(&self) -> DType {
        DType::Float32
    }

    fn run(&self, ins: &[&[u8]], out: &mut [u8]) {
        let (among, mut raised) = STATE.get();
        assert!(among, "called outside of its library");
        for (x, y) in ins[0].as_chunks::<8>().0.iter().zip(out.as_chunks_mut::<4>().0) {
            let x = f64::from_ne_bytes(*x);
            raised |= x < 0.0;
            *y = ((x + f64::from(self.shift)) as f32).to_ne_bytes();
        }
        STATE.set((among, raised));
    }

    fn during(&self, body: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        STATE.set((true, false));
        let done = body();
        let (_, raised) = STATE.replace((false, false));
        if raised { Err(Error::value("a negative number")) } else { done }
    }
}

fn shift(x: &Array, shift: u8) -> Array {
    Array::foreign(Arc::new(Shift { shift }), std::slice::from_ref(x)).unwrap()
}

fn op(name: &str, x: &Array, by: i128) -> Array {
    Array::ufunc(name, &[Operand::Array(x.clone()), Operand::Int(by)], None).unwrap()
}

fn positions() -> Array {
    let step = |n: i64| Scalar::new(n);
    Array::arange(step(0), step(1), 300_000, &ChunkSpec::size(1, 1000)).unwrap()
}

#[test]
fn they_are_steps_of_tile_programs() {
    let x = Array::from(Block::zeroed(DType::Int64, &[4000, 1000]).unwrap());
    let made = op("multiply", &shift(&op("add", &x, 1), 3), 2).index(&[Index::Int(7)]).unwrap();
    let options = Options { memory_limit: Some(64 << 20), num_threads: Some(2), ..Options::default() };
    insta::assert_snapshot!(explain(&[made], &options).unwrap());
}

#[test]
fn they_compute_on_every_thread_and_under_any_budget() {
    let made = op("multiply", &shift(&positions(), 3), 2);
    for (threads, memory) in [(1, 64 << 20), (4, 2 << 20)] {
        let options = Options { num_threads: Some(threads), memory_limit: Some(memory), ..Options::default() };
        let got = compute(std::slice::from_ref(&made), &options).unwrap().remove(0);
        let floats = got.view().bytes().unwrap().as_chunks::<4>().0.to_vec();
        assert!(floats.iter().enumerate().all(|(i, x)| f32::from_ne_bytes(*x) == (i as f32 + 3.0) * 2.0));
    }
}

#[test]
fn equal_ones_are_one_node() {
    let x = positions();
    assert_eq!(shift(&x, 1), shift(&x, 1));
    assert_ne!(shift(&x, 1), shift(&x, 2));
    let bytes = encode(&[shift(&x, 1)]);
    assert!(bytes.unwrap_err().to_string().contains("shift cannot be found again elsewhere"));
}

#[test]
fn what_they_raise_ends_the_computation() {
    let negative = shift(&op("subtract", &positions(), 200_000), 1);
    let error = compute(&[negative], &Options::default()).unwrap_err();
    assert!(error.to_string().contains("a negative number"), "{error}");
    let two = Array::foreign(Arc::new(Shift { shift: 1 }), &[positions(), positions()]);
    assert!(two.unwrap_err().to_string().contains("shift() takes 1 operands, 2 were given"));
}
