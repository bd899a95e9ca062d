"""One call with `da.ma` and with `numpy.ma`, on the same data, chunks and masks: what tests of masked arrays share."""

import numpy as np
from against_numpy import Counting, chunkings
from against_numpy import kind as kind_of
from against_numpy import outcome as plain_outcome

import hyperslab as da

MASKS = ["no", "none", "some", "all"]
CLOSE = 1e-13
#: How close sums are that NumPy accumulates in these dtypes.
SINGLE = {"float16": 4e-3, "float32": 4e-6, "complex64": 4e-6}


def outcome(call):
    """The result, or the exception."""
    try:
        return plain_outcome(call)
    except np.ma.MaskError as error:
        return None, error


def kind(error):
    """What users catch an exception as."""
    return np.ma.MaskError if isinstance(error, np.ma.MaskError) else kind_of(error)


def mask_of(which, shape, seed=0):
    """A mask of a shape, or `nomask`."""
    if which == "no":
        return np.ma.nomask
    some = np.random.default_rng([seed, *shape]).random(shape) < 0.4
    if some.ndim > 1:
        some[:, 0] = True  # A whole column: nothing is left of it.
    return {"none": np.zeros(shape, bool), "some": some, "all": np.ones(shape, bool)}[which]


def pair(x, mask, chunks, fill, sources):
    """The same masked array of NumPy and lazy, over sources that count."""
    theirs = np.ma.array(x, mask=mask, fill_value=fill)
    data = Counting(x)
    sources.append(data)
    ours = da.from_array(data, chunks=chunks)
    if mask is np.ma.nomask:
        return theirs, da.ma.masked_array(ours, fill_value=fill)
    hidden = Counting(np.asarray(mask))
    sources.append(hidden)
    return theirs, da.ma.masked_array(ours, mask=da.from_array(hidden, chunks=-1), fill_value=fill)


def fields(result):
    """Results of functions that give several."""
    return list(result) if isinstance(result, tuple) else [result]


def same(got, expected, rtol, note):
    """Mask, what is not masked, dtype, shape and fill value agree."""
    lazy = got
    got = lazy.compute() if isinstance(lazy, da.Array | da.ma.MaskedArray) else lazy
    if expected is np.ma.masked:
        assert got is np.ma.masked, f"{note}: {got!r} where NumPy has masked"
        return
    want = np.ma.asarray(expected)
    have = np.ma.asarray(got)
    assert (lazy.shape, lazy.dtype) == (want.shape, want.dtype), f"{note}: {lazy!r} where NumPy has {expected!r}"
    assert (have.shape, have.dtype) == (want.shape, want.dtype), note
    hidden = np.ma.getmaskarray(want)
    np.testing.assert_array_equal(np.ma.getmaskarray(have), hidden, err_msg=note)
    if isinstance(expected, np.ma.MaskedArray) and want.ndim:
        assert isinstance(lazy, da.ma.MaskedArray), f"{note}: {lazy!r}"
        assert all(sum(sizes) == n for sizes, n in zip(lazy.chunks, lazy.shape)), note
        assert lazy.mask.chunks == lazy.chunks, note
        # NumPy's is cast to the dtype of the array when something is next done to it.
        fills = [
            repr(np.asarray(v).astype(want.dtype)) for v in (lazy.fill_value, have.fill_value, expected.fill_value)
        ]
        assert fills[0] == fills[1] == fills[2], f"{note}: {fills}"
    mine, numpys = np.asarray(have)[~hidden], np.asarray(want)[~hidden]
    if rtol and want.dtype.kind in "fc":
        single = {"e": 4e-3, "f": 4e-6, "F": 4e-6}.get(want.dtype.char, 0)
        scale = np.max(np.abs(numpys[np.isfinite(numpys)]), initial=0)
        tolerance = max(rtol, single)
        np.testing.assert_allclose(mine, numpys, rtol=tolerance, atol=tolerance * float(scale), err_msg=note)
    else:
        np.testing.assert_array_equal(mine, numpys, err_msg=note)


def agree(call, *data, rtol=CLOSE, masks=MASKS, fill=None, calls=None, note=""):
    """`call(module, *arrays)` gives with `da.ma` what it gives with `np.ma`, and reads nothing until computed."""
    for number, which in enumerate(masks):
        sources = []
        chunks = [(chunkings(x.shape) * 3)[number % 3] for x in data]
        pairs = [
            pair(x, mask_of(which, x.shape, seed), c, fill, sources) for seed, (x, c) in enumerate(zip(data, chunks))
        ]
        where = f"{note} mask: {which}, dtypes {[str(x.dtype) for x in data]}"
        expected, error = outcome(lambda pairs=pairs: (calls or call)(np.ma, *(theirs for theirs, _ in pairs)))
        got, raised = outcome(lambda pairs=pairs: call(da.ma, *(ours for _, ours in pairs)))
        assert all(s.reads == 0 for s in sources), f"{where}: building reads"
        assert kind(raised) is kind(error), f"{where}: {raised!r} where NumPy has {error!r}, {expected!r}"
        if error is None:
            ours, theirs = fields(got), fields(expected)
            assert len(ours) == len(theirs), where
            for mine, numpys in zip(ours, theirs):
                same(mine, numpys, rtol, where)
