//! What is taken down of a computation adds up.

#![allow(clippy::unwrap_used)] // What cannot be set up should fail where it stands.

use std::sync::Arc;

use hyperslab::*;

const SHAPE: [u64; 2] = [2_000, 1_000];
const BYTES: u64 = 16_000_000;

/// Ones that are read; those of row `fails_at` are not.
#[derive(Debug)]
struct Ones {
    fails_at: u64,
}

impl ArraySource for Ones {
    fn shape(&self) -> &[u64] {
        &SHAPE
    }
    fn dtype(&self) -> DType {
        DType::Float64
    }
    fn describe(&self) -> String {
        "ones".into()
    }
    fn read(&self, region: &Region, mut out: ViewMut<'_>) -> Result<()> {
        let rows = region.0[0];
        if (0..rows.len).any(|k| rows.at(k) as u64 == self.fails_at) {
            return Err(Error::value("planted error"));
        }
        let one = Scalar::new(1.0f64);
        let view = View::from_bytes(DType::Float64, &[], one.bytes())?;
        copy(&view.restride(0, out.shape(), &[0, 0]), &mut out);
        Ok(())
    }
}

/// Takes everything and keeps nothing.
#[derive(Debug)]
struct Nowhere;

impl ArraySink for Nowhere {
    fn shape(&self) -> &[u64] {
        &SHAPE
    }
    fn dtype(&self) -> DType {
        DType::Float64
    }
    fn describe(&self) -> String {
        "nowhere".into()
    }
    fn write(&self, _: &Region, _: View<'_>) -> Result<()> {
        Ok(())
    }
}

fn ones(fails_at: u64) -> Array {
    Array::from_source(Arc::new(Ones { fails_at }), &ChunkSpec::size(2, 100)).unwrap()
}

fn sum(a: &Array) -> Array {
    a.reduce("sum", &ReduceOptions::default()).unwrap()
}

fn recorded(profiles: &[Arc<Profile>]) -> Options {
    Options { num_threads: Some(2), profiles: profiles.into(), ..Options::default() }
}

fn only(profile: &Profile) -> Arc<ComputationRecord> {
    let all = profile.computations();
    assert_eq!(all.len(), 1);
    Arc::clone(&all[0])
}

fn assert_consistent(c: &ComputationRecord) {
    let planned = c.planned.unwrap();
    assert!(c.begun <= planned && planned <= c.ended);
    for s in &c.stages {
        assert!(planned <= s.begun && s.begun <= s.ended && s.ended <= c.ended, "{s:?}");
        let total = |f: fn(&TaskSpan) -> u64| s.spans.iter().map(f).sum::<u64>();
        assert_eq!((total(|t| t.tasks), total(|t| t.busy)), (s.tasks_run, s.busy));
        assert!(s.busy <= s.workers as u64 * (s.ended - s.begun), "{s:?}");
        assert!(s.spans.iter().all(|t| s.begun <= t.begun && t.begun <= t.ended && t.ended <= s.ended));
        assert!(s.spans.iter().all(|t| t.thread < c.threads.len() && t.peak_bytes <= s.peak_bytes));
        let allowed = s.projected_bytes / 8 * 9 + (64 << 10);
        assert!(s.peak_bytes <= allowed, "{} of {} in {}", s.peak_bytes, s.projected_bytes, s.label);
    }
}

#[test]
fn bytes_are_those_that_moved() {
    let (outer, inner) = (Arc::new(Profile::default()), Arc::new(Profile::default()));
    let x = ones(u64::MAX);
    compute(&[sum(&x)], &recorded(&[Arc::clone(&outer)])).unwrap();
    let c = only(&outer);
    assert_consistent(&c);
    let [s] = c.stages.as_slice() else { panic!("{:?}", c.stages) };
    assert_eq!((s.label.as_str(), s.bytes, s.tasks_run, &c.error), ("sum", BYTES, s.tasks, &None));
    assert_eq!((s.read.bytes, s.read.calls, s.written), (BYTES, s.tasks, Transfer::default()));
    // At least the block of one task was alive.
    assert!(s.peak_bytes >= BYTES / s.tasks, "{s:?}");

    let target = Target::Sink { sink: Arc::new(Nowhere), region: Region::full(&SHAPE) };
    let both = recorded(&[Arc::clone(&outer), Arc::clone(&inner)]);
    compute_into(vec![(x, target)], &both, &Quiet).unwrap();
    let c = only(&inner);
    assert_consistent(&c);
    assert_eq!((c.stages[0].read.bytes, c.stages[0].written.bytes), (BYTES, BYTES));
    assert_eq!(outer.computations().len(), 2);
}

#[test]
fn results_and_intermediate_arrays_are_held() {
    let profile = Arc::new(Profile::default());
    let x = ones(u64::MAX);
    let mean = x.reduce("mean", &ReduceOptions { axes: Some(vec![0]), ..Default::default() }).unwrap();
    let centred = Array::ufunc("subtract", &[Operand::Array(x), Operand::Array(mean)], None).unwrap();
    compute(&[centred], &recorded(&[Arc::clone(&profile)])).unwrap();
    let c = only(&profile);
    assert_consistent(&c);
    let [mean, centred] = c.stages.as_slice() else { panic!("{:?}", c.stages) };
    assert_eq!((mean.label.as_str(), centred.label.as_str()), ("mean", "subtract"));
    assert!(mean.peak_bytes >= BYTES + 8_000 && centred.peak_bytes >= BYTES + 8_000, "{c:?}");
}

#[test]
fn what_fails_is_recorded() {
    let profile = Arc::new(Profile::default());
    let options = recorded(&[Arc::clone(&profile)]);
    compute(&[sum(&ones(1_999))], &options).unwrap_err();
    let c = only(&profile);
    assert_consistent(&c);
    assert!(c.error.as_ref().unwrap().contains("planted error"), "{c:?}");
    assert!((1..=c.stages[0].tasks).contains(&c.stages[0].tasks_run), "{c:?}");
    assert!(c.stages[0].read.bytes < BYTES);

    compute(&[ones(0)], &Options { memory_limit: Some(1000), ..options }).unwrap_err();
    let refused = profile.computations().pop().unwrap();
    assert!(refused.planned.is_none() && refused.stages.is_empty(), "{refused:?}");
    assert!(refused.error.as_ref().unwrap().contains("budget"), "{refused:?}");
}

#[test]
fn threads_share_a_profile() {
    let profile = Arc::new(Profile::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| compute(&[sum(&ones(u64::MAX))], &recorded(&[Arc::clone(&profile)])).unwrap());
        }
    });
    let all = profile.computations();
    assert_eq!(all.len(), 4);
    for c in all {
        assert_consistent(&c);
        assert_eq!(c.stages[0].bytes, BYTES);
    }
}
