"""Random expressions give what NumPy gives: dtype, shape, elements, layout, or the exception.

`HYPERSLAB_FUZZ_EXPRESSIONS` says how many there are, a few hundred if it is not set; `make fuzz` runs many.
"""

import os
import re
import warnings

import expressions
import numpy as np
import pytest
from expressions import programs
from hypothesis import HealthCheck, given, reject, settings

import hyperslab as da

EXAMPLES = int(os.environ.get("HYPERSLAB_FUZZ_EXPRESSIONS", "250"))
PUBLIC = ("builtins", "numpy.exceptions", "numpy.linalg")


def public(error):
    """The kind of an exception that users know."""
    return next(kind for kind in type(error).__mro__ if kind.__module__ in PUBLIC)


def scope_of(program):
    lazy = {n: da.from_array(a, chunks=program.chunks[n]) for n, a in program.sources.items()}
    return {**expressions.helpers(da), **lazy}


def outcome(run):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return run(), None
        except Exception as error:
            return None, error


def check_shape(made, value, line):
    known = tuple(n if n == n else m for n, m in zip(made.shape, value.array.shape))
    assert (known, made.dtype) == (value.array.shape, value.array.dtype), f"{line}: {known} {made.dtype}"
    assert len(made.chunks) == made.ndim, line
    assert all(sum(sizes) == n for sizes, n in zip(made.chunks, made.shape) if n == n), line


def precision_of(values):
    """The relative error that what is made of these values may have: that of the narrowest that are not exact."""
    narrow = {"e": 2e-2, "f": 1e-4, "F": 1e-4}
    return max((narrow.get(v.array.dtype.char, 1e-9) for v in values if not v.exact), default=1e-9)


def check_bits(found, value, line, precision):
    """The same elements: to the last bit, signs of zeros and NaNs aside, where the order of folding does not matter."""
    want = value.array
    assert (found.shape, found.dtype) == (want.shape, want.dtype), f"{line}: {found.shape} {found.dtype}"
    if value.exact or want.dtype.kind not in "fc":
        np.testing.assert_array_equal(found, want, err_msg=line)
        return
    if want.dtype.kind == "c":
        # Which part of an infinite complex number is a NaN depends on how it was divided.
        finite = np.isfinite(want)
        assert not np.isfinite(found[~finite]).any(), line
        found, want = found[finite], want[finite]
    with np.errstate(all="ignore"):
        scale = np.max(np.abs(want[np.isfinite(want)]).astype("f8"), initial=0)
    np.testing.assert_allclose(found, want, rtol=precision, atol=precision * min(float(scale), 1e300), err_msg=line)


def steps(a):
    return [s for s, n in zip(a.strides, a.shape) if n > 1]


def check_layout(found, value, line):
    if value.elementwise and len(value.sources) == 1 and found.size and found.dtype.kind not in "US":
        # Parts of complex numbers are views in NumPy.
        assert steps(found) == steps(np.empty_like(value.array)), f"layout of {line}"


@given(programs())
@settings(
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
def test_expressions(program):
    scope = scope_of(program)
    made = {}
    for line in program.lines:
        name, text = line.split(" = ", 1)
        got, error = outcome(lambda text=text: eval(text, scope))
        if isinstance(error, NotImplementedError) or "compute_chunk_sizes" in str(error):
            reject()  # Not there, or of lengths that are not known to fit.
        assert error is None, f"{line}: {error!r}"
        assert isinstance(got, da.Array), line
        scope[name] = made[name] = got
        check_shape(got, program.values[name], line)
    before = []
    for line in program.lines:
        name = line.split(" = ", 1)[0]
        before.append(program.values[name])
        found, error = outcome(lambda x=made[name]: np.asarray(x))
        assert error is None, f"computing {line}: {error!r}"
        check_bits(found, program.values[name], line, precision_of(before))
        check_layout(found, program.values[name], line)
    if program.wrong is not None:
        check_exception(program, scope)


def check_exception(program, scope):
    text = program.wrong.split(" = ", 1)[1]
    got, error = outcome(lambda: eval(text, scope))
    if error is None and isinstance(got, da.Array):
        _, error = outcome(got.compute)
    if isinstance(error, NotImplementedError) or "compute_chunk_sizes" in str(error):
        return
    if isinstance(error, IndexError) and "could not be broadcast" in str(program.error):
        return  # Where an index and what is assigned are both wrong, either may be told.
    assert isinstance(error, public(program.error)), (
        f"{program.wrong}: {error or got!r} where NumPy has {program.error!r}"
    )
    assert re.search(r"\w", str(error)), program.wrong


if __name__ == "__main__":
    pytest.main([__file__])
