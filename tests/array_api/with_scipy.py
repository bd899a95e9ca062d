"""SciPy's functions for arrays of any library, on lazy arrays: tests/test_array_api.py runs it with SCIPY_ARRAY_API."""

import numpy as np
import scipy.cluster.vq
import scipy.fft
import scipy.integrate
import scipy.signal
import scipy.special
import scipy.stats

import hyperslab as da

FUNCTIONS = {
    "logsumexp": lambda x: scipy.special.logsumexp(x, axis=0),
    "softmax": lambda x: scipy.special.softmax(x, axis=0),
    "expit": scipy.special.expit,
    "zscore": scipy.stats.zscore,
    "gmean": scipy.stats.gmean,
    "skew": scipy.stats.skew,
    "entropy": lambda x: scipy.stats.entropy(x, axis=0),
    "ttest_1samp": lambda x: scipy.stats.ttest_1samp(x, 0.5).statistic,
    "trapezoid": scipy.integrate.trapezoid,
    "whiten": scipy.cluster.vq.whiten,
    "fft": scipy.fft.fft,
    "detrend": scipy.signal.detrend,
}

base = np.random.default_rng(0).random((6, 4))
for chunks in (2, -1):
    for name, function in FUNCTIONS.items():
        got = function(da.from_array(base, chunks=chunks))
        assert isinstance(got, da.Array), f"{name} gives {type(got).__name__}"
        np.testing.assert_allclose(got.compute(), function(base), rtol=1e-10, atol=1e-12, err_msg=name)
