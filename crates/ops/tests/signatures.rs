//! The loops that operands choose, held against NumPy's: `tests/tools/ufunc_signatures.py` writes the table.

#![allow(clippy::unwrap_used)] // A test that unwraps in vain has failed.

use std::collections::HashMap;

use hyperslab_base::{DType, ErrorKind};
use hyperslab_ops::{Operand, find};

const TABLE: &str = include_str!("signatures.txt");

fn operand(name: &str) -> Operand {
    match name {
        "int" => Operand::PyInt,
        "float" => Operand::PyFloat,
        "complex" => Operand::PyComplex,
        name => Operand::Array(DType::from_name(name).unwrap()),
    }
}

/// `name first: second=in,in,out ...`
fn check_line(line: &str, operands: &[&str]) -> usize {
    let (head, cells) = line.split_once(':').unwrap();
    let mut head = head.split(' ');
    let name = head.next().unwrap();
    let firsts: Vec<&str> = head.collect();
    let cells: HashMap<&str, &str> = cells.split_whitespace().map(|c| c.split_once('=').unwrap()).collect();
    let u = find(name).unwrap_or_else(|| panic!("no row {name}"));
    for last in operands {
        let mut given: Vec<&str> = firsts.clone();
        given.extend(std::iter::repeat_n(*last, u.nin - firsts.len()));
        let weak = |o: &&str| matches!(*o, "int" | "float" | "complex");
        if given.len() > 1 && given.iter().all(weak) {
            continue;
        }
        let kinds: Vec<Operand> = given.iter().map(|o| operand(o)).collect();
        let got = u.resolve(&kinds);
        match cells.get(last) {
            Some(want) => {
                let want: Vec<DType> = want.split(',').map(|d| DType::from_name(d).unwrap()).collect();
                let got = got.unwrap_or_else(|e| panic!("{name} {given:?}: {e}"));
                let mut dtypes = got.inputs.to_vec();
                assert!(u.kernel(&dtypes).is_ok(), "{name} {given:?}");
                dtypes.push(got.output);
                assert_eq!(dtypes, want, "{name} {given:?}");
            }
            None => assert!(
                matches!(&got, Err(e) if matches!(e.kind, ErrorKind::DType(_))),
                "{name} {given:?}: NumPy has no loop, here {got:?}"
            ),
        }
    }
    operands.len()
}

#[test]
fn loops_are_numpys() {
    let lines: Vec<&str> = TABLE.lines().filter(|l| !l.starts_with('!')).collect();
    let operands: Vec<&str> =
        lines.iter().filter_map(|l| l.strip_prefix("add ")).map(|l| l.split_once(':').unwrap().0).collect();
    assert!(operands.len() >= 24);
    let checked: usize = lines.iter().map(|l| check_line(l, &operands)).sum();
    assert!(checked > 20_000, "{checked}");
}

#[test]
fn messages_are_numpys() {
    let lines: Vec<&str> = TABLE.lines().filter_map(|l| l.strip_prefix("! ")).collect();
    assert!(lines.len() > 100);
    let mut wrong = Vec::new();
    for line in lines {
        let (call, words) = line.split_once(" | ").unwrap();
        let mut call = call.split(' ');
        let u = find(call.next().unwrap()).unwrap();
        let operands: Vec<Operand> = call.map(operand).collect();
        let got = u.resolve(&operands).unwrap_err().to_string();
        if got != words {
            wrong.push(format!("{line}\n  here: {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_are_unique() {
    let mut seen = std::collections::HashSet::new();
    for u in hyperslab_ops::ufuncs() {
        assert!(seen.insert(u.name), "{}", u.name);
        assert!(u.doc.ends_with('.') && u.doc.len() > 10, "{}", u.name);
        for a in u.aliases {
            assert!(seen.insert(a), "{a}");
            assert_eq!(find(a), Some(u));
        }
    }
}
