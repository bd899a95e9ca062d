"""Long chains of steps that move elements: they end, with the right elements, and no stack does."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import hyperslab as da

LONG = 3_000

PERMUTED = np.array([3, 0, 1, 6, 2, 5, 4])
ROWS = np.arange(40_010.0)
FEW = np.arange(7.0)
TABLE = np.arange(12.0).reshape(3, 4)

#: What the chain begins with, and one step.
STEPS = {
    "slices": (ROWS, lambda x, i: x[1:]),
    "slices from the end": (ROWS, lambda x, i: x[:-1]),
    "flips": (FEW, lambda x, i: x[::-1]),
    "slices and flips": (ROWS, lambda x, i: x[1:] if i % 2 else x[::-1]),
    "rechunks": (FEW, lambda x, i: x.rechunk(2 + i % 2) if hasattr(x, "chunks") else x),
    "slices and rechunks": (ROWS, lambda x, i: x[1:].rechunk(7 + i % 2) if hasattr(x, "chunks") else x[1:]),
    "gathers": (FEW, lambda x, i: x[PERMUTED]),
    "gathers of both axes": (TABLE, lambda x, i: x[[2, 0, 1]][:, [1, 3, 0, 2]]),
    "gathers and flips": (FEW, lambda x, i: x[PERMUTED][::-1]),
    "transposes": (TABLE, lambda x, i: x.T),
    "transposes and gathers": (TABLE[:3, :3], lambda x, i: x.T[[2, 0, 1]]),
    "reshapes": (TABLE, lambda x, i: x.reshape((4, 3) if i % 2 else (2, 6))),
    "transposes and reshapes": (TABLE, lambda x, i: x.T.reshape(3, 4)),
    "broadcasts": (FEW, lambda x, i: (np if isinstance(x, np.ndarray) else da).broadcast_to(x, (2, 7))[i % 2]),
    "new axes": (FEW, lambda x, i: x[None, :, None][0, :, 0]),
}
STEPS |= {
    f"{name}, added to": (start, lambda x, i, step=step: step(x, i) + 1) for name, (start, step) in list(STEPS.items())
}


def chain(name, x, count):
    step = STEPS[name][1]
    for i in range(count):
        x = step(x, i)
    return x


def computed(name, count):
    """What a chain gives that is built, explained, computed and dropped."""
    x = chain(name, da.from_array(STEPS[name][0], chunks=1000), count)
    assert x.explain()
    return x.compute()


@pytest.mark.parametrize("name", STEPS)
def test_long_chains(name):
    np.testing.assert_array_equal(computed(name, LONG), chain(name, STEPS[name][0], LONG))


def test_a_small_stack_is_enough():
    code = (
        "import threading, sys; sys.path.insert(0, {tests!r}); import test_chains as t\n"
        "threading.stack_size(256 << 10)\n"
        "def run():\n"
        "    for name in t.STEPS: t.computed(name, 600)\n"
        "    print('done')\n"
        "one = threading.Thread(target=run); one.start(); one.join()"
    )
    code = code.format(tests=__file__.rpartition("/")[0])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0 and "done" in done.stdout, done.stderr
