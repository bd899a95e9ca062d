# `make demo` and `make test` need Rust and Python >= 3.11 and set up everything else themselves.
# Stamp files make repeated calls instant; the first failing command ends the call.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
LOCK := requirements-dev.txt
BENCH_LOCK := requirements-bench.txt
# Lints have a folder of their own: PyO3's build script sees another environment than under maturin and would have PyO3
# compiled anew whenever the two take turns.
LINT_TARGET := target/lint
PLANS ?= 50000
EXPRESSIONS ?= 20000
DAMAGES ?= 100000
SEED ?= $(shell date +%s)
# The glue has no tests of its own in Rust (pytest covers it). It is among the packages all the same: without it their
# dependencies would have other features than in the wheel, and all would be compiled twice.
CARGO_TEST := cargo test --release --locked --workspace
SOURCES := $(shell find crates python -type f \( -name '*.rs' -o -name '*.toml' -o -name '*.py' -o -name '*.pyi' -o -name 'py.typed' \)) \
	Cargo.toml Cargo.lock pyproject.toml README.md
# The suite looks at shapes that depend on values; a slow machine is no failure.
SUITE := HYPERSLAB_UNKNOWN_LENGTHS=compute $(abspath $(BIN))/python -m pytest -q array_api_tests --disable-deadline --max-examples=20
PY_PATHS := python tests tools examples benches docs conftest.py

.PHONY: help demo test test-large array-api fuzz check check-aarch64 bench bench-chunks bench-functions bench-overhead bench-storage accuracy build wheel lint rust-test py-test fmt lock clean

help: ## show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  \1: /p' $(MAKEFILE_LIST)

demo: build ## an HDF5 file of 1.6 GB under a budget of 256 MiB, checked and measured
	$(BIN)/python examples/demo.py

test: rust-test py-test ## all tests: Rust, Python, doctests of the docs

test-large: build ## work on 8 GiB under a budget of 256 MiB: half an hour, 20 GB of disk
	HYPERSLAB_TEST_SCALE=32 $(BIN)/pytest -v --durations=0 tests/test_memory.py -k 32_times

array-api: build ## the public tests of the array API standard: ARRAY_API_TESTS names a checkout of data-apis/array-api-tests
	@test -f "$(ARRAY_API_TESTS)/array_api_tests/__init__.py" || { echo "ARRAY_API_TESTS=<folder of a checkout of https://github.com/data-apis/array-api-tests>: see tests/array_api/README.md"; exit 2; }
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement "$(ARRAY_API_TESTS)/requirements.txt" --constraint $(LOCK)
	cd "$(ARRAY_API_TESTS)" && ARRAY_API_TESTS_MODULE=hyperslab $(SUITE) --xfails-file=$(CURDIR)/tests/array_api/xfails.txt $(ARGS)
	cd "$(ARRAY_API_TESTS)" && ARRAY_API_TESTS_MODULE=hyperslab.array_api $(SUITE) --xfails-file=$(CURDIR)/tests/array_api/xfails-strict.txt $(ARGS)

fuzz: build ## random plans, random expressions against NumPy, damaged files: PLANS of each family (50000), EXPRESSIONS (20000), DAMAGES (100000), SEED
	HYPERSLAB_FUZZ_PLANS=$(PLANS) HYPERSLAB_FUZZ_SEED=$(SEED) cargo test --release --locked -p hyperslab --test net -- --skip chains
	HYPERSLAB_FUZZ_CASES=$(DAMAGES) CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true cargo test --release --locked -p hyperslab-storage --target-dir target/fuzz harm
	HYPERSLAB_FUZZ_EXPRESSIONS=$(EXPRESSIONS) $(BIN)/pytest -q --hypothesis-seed=$(SEED) tests/test_expressions.py

check-aarch64: ## types for aarch64; needs `rustup target add aarch64-unknown-linux-gnu` and a C compiler for it
	PYO3_NO_PYTHON=1 cargo check --release --locked --workspace --all-targets \
		--target aarch64-unknown-linux-gnu --target-dir target/aarch64

check: lint test ## what CI runs: formats, lints, types, structure, and all tests

bench: build $(STAMPS)/bench-requirements ## one table against NumPy, dask.array, numexpr, JAX and Blosc2 (ARGS=--quick for a short run)
	$(BIN)/python benches/bench.py $(ARGS)

bench-chunks: build $(STAMPS)/bench-requirements ## the first six workloads over six chunkings (ARGS=--quick for a short run)
	$(BIN)/python benches/chunks.py $(ARGS)

bench-overhead: build $(STAMPS)/bench-requirements ## microseconds of expressions that compute next to nothing
	$(BIN)/python benches/overhead.py $(ARGS)

bench-functions: build $(STAMPS)/bench-requirements ## every function that scans its input, beside dask's and NumPy's (ARGS=--quick for a short run)
	$(BIN)/python benches/functions.py $(ARGS)

bench-storage: build $(STAMPS)/bench-requirements ## HDF5 and Zarr, opened, read, written and rechunked, beside their libraries and dask; 25 GB of disk (ARGS=--quick for a short run)
	$(BIN)/python benches/openings.py $(filter --quick,$(ARGS))
	$(BIN)/python benches/rechunk.py $(filter --quick,$(ARGS))
	$(BIN)/python benches/storage.py $(ARGS)

accuracy: ## measure the elementary functions, ten minutes, and write docs/accuracy.md
	cargo run --release --locked -p hyperslab-ops --example accuracy > docs/accuracy.md.new
	mv docs/accuracy.md.new docs/accuracy.md

build: $(STAMPS)/installed ## the package, built and installed into .venv

wheel: $(STAMPS)/wheel ## the release wheel, in dist/
	@ls -l dist/*.whl

lint: $(STAMPS)/requirements build
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets --target-dir $(LINT_TARGET) -- -D warnings
	$(BIN)/ruff format --check $(PY_PATHS)
	$(BIN)/ruff check $(PY_PATHS)
	$(BIN)/mypy
	$(BIN)/python tools/check_structure.py

rust-test:
	$(CARGO_TEST)

py-test: build
	$(BIN)/pytest -q -n auto --doctest-glob='*.md' tests docs README.md
	HYPERSLAB_SIMD=avx2 $(BIN)/pytest -q -n auto tests/test_conformance.py tests/test_logs.py tests/test_joins.py
	HYPERSLAB_SIMD=baseline $(BIN)/pytest -q -n auto tests/test_conformance.py tests/test_logs.py tests/test_joins.py

fmt: $(STAMPS)/requirements ## format Rust and Python
	cargo fmt --all
	$(BIN)/ruff format $(PY_PATHS)
	$(BIN)/ruff check --fix $(PY_PATHS)

lock: ## write requirements-dev.txt and requirements-bench.txt anew from their .in, with the newest versions
	rm -rf $(VENV)-lock
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/pip install --quiet --requirement requirements-dev.in
	{ grep '^#' $(LOCK); $(VENV)-lock/bin/pip freeze; } > $(LOCK).new
	mv $(LOCK).new $(LOCK)
	$(VENV)-lock/bin/pip install --quiet --requirement requirements-bench.in --constraint $(LOCK)
	{ grep '^#' $(BENCH_LOCK); $(VENV)-lock/bin/pip freeze | grep -vxFf $(LOCK); } > $(BENCH_LOCK).new
	mv $(BENCH_LOCK).new $(BENCH_LOCK)
	rm -rf $(VENV)-lock

clean: ## remove all that was built, downloaded or written by these targets
	rm -rf $(VENV) $(VENV)-lock target dist demo-data bench-data

$(STAMPS)/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "hyperslab needs Python >= 3.11, and $(PYTHON) is " + sys.version.split()[0] + ": name another with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	mkdir -p $(STAMPS)
	touch $@

$(STAMPS)/requirements: $(STAMPS)/venv $(LOCK)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement $(LOCK)
	touch $@

$(STAMPS)/bench-requirements: $(STAMPS)/requirements $(BENCH_LOCK)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement $(BENCH_LOCK)
	touch $@

$(STAMPS)/wheel: $(STAMPS)/requirements $(SOURCES)
	rm -rf dist
	$(BIN)/maturin build --release --locked --interpreter $(BIN)/python --out dist
	touch $@

$(STAMPS)/installed: $(STAMPS)/wheel
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --force-reinstall dist/*.whl
	touch $@
