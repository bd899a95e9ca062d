"""What `explain` tells of the plan, and that runs do as it says."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np

import hyperslab as da


def rolled(x: da.Array, times: int) -> da.Array:
    for _ in range(times):
        x = (da.roll(x, 1) + da.roll(x, -1) + x) / 3
    return x


def test_each_step_of_a_chain_is_made_about_once() -> None:
    text = rolled(da.from_array(np.arange(1000.0)), 12).explain()
    (steps,) = re.findall(r"^  steps: .*$", text, re.MULTILINE)
    assert "concatenate (1000,)" in steps and re.search(r"; … \d+ more$", steps)
    assert all(float(times) < 1.5 for times in re.findall(r"([\d.]+)×", steps))


def test_what_is_kept_is_told_with_the_reason(tmp_path: Path) -> None:
    a = np.arange(4000 * 500, dtype="f8").reshape(4000, 500)
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f.create_dataset("x", data=a, chunks=(100, 100), compression="gzip")
    order = np.random.default_rng(0).permutation(4000)
    with h5py.File(tmp_path / "x.h5") as f:
        y = da.from_array(f["x"])[order]
        text = y.explain()
        assert re.search(r"-> slot 0, kept since it would be made \d+\.\d×", text), text
        tight = y.explain(memory_limit="24 MiB")
        assert re.search(r"slot 0 on disk in blocks of \(\d, 500\), kept since", tight), tight
        assert re.search(r"steps: load slot 0 \(4000, 500\)(, [12]\.\d×)?; take \(4000, 500\)$", tight, re.M), tight
        np.testing.assert_array_equal(y.compute(memory_limit="24 MiB"), a[order])


def test_functions_that_several_stages_need_are_called_once_for_each_chunk() -> None:
    calls: list[tuple[int, ...]] = []

    def doubled(block: np.ndarray) -> np.ndarray:
        calls.append(block.shape)
        return block * 2

    a = np.arange(600.0).reshape(20, 30)
    y = da.from_array(a, chunks=(10, 10)).map_blocks(doubled, dtype="f8")
    total, centred = da.compute(y.sum(), y - y.mean(axis=0))
    np.testing.assert_array_equal(total, (2 * a).sum())
    np.testing.assert_array_equal(centred, 2 * a - (2 * a).mean(axis=0))
    assert calls == [(10, 10)] * 6
    assert "kept since its function is called once for each chunk" in (y - y.mean(axis=0)).explain()


def test_partial_results_are_made_task_by_task() -> None:
    x = da.from_array(np.zeros(4_000_000), chunks=250_000) * 2
    trees = [
        da.reduction(x, np.sum, np.sum, dtype=float),
        np.bitwise_or.reduce(x.astype(int)),
        da.topk(x, 3),
        da.argtopk(x, 3),
    ]
    for tree in trees:
        text = tree.explain()
        assert "kept since it is much smaller than what its parts are made of" in text
        assert max(int(n) for n in re.findall(r" in (\d+) task", text)) >= 7, text
