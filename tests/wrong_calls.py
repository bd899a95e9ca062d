"""Wrong calls, a line each, for `test_wrong_calls.py`: what NumPy refuses, on NumPy and on lazy arrays.

``m`` is the module, the other names are arrays (`ARRAYS`). What follows ``##`` is a regular expression that the message
matches; without one the message has the name of the operation, and a shape or a value of the call.
"""

import numpy as np

ARRAYS = {
    "x": np.arange(24).reshape(4, 6),
    "f": np.arange(24).reshape(4, 6) / 4,
    "v": np.arange(5.0),
    "w": np.arange(3),
    "s": np.arange(9.0).reshape(3, 3),
    "k": np.arange(24.0).reshape(2, 3, 4),
    "c": np.arange(5) * (1 + 2j),
    "b": np.array([True, False, True]),
    "t": np.array(["2001-01-01", "2002-02-03"], "M8[D]"),
    "d": np.array([1, 2, 3], "m8[s]"),
    "u": np.array(["a", "bc", "d"]),
    "r": np.array([(1, 2.5), (3, 4.5)], [("i", "i4"), ("f", "f8")]),
    "z": np.zeros((0, 3)),
    "o": np.array(7.0),
    "i": np.array([0, 2, 1]),
    "p": np.array([1, 2, 300]),
}

#: Errors that follow from shapes, dtypes and arguments: raised when the expression is built.
EARLY = """
m.add(x, v)
m.add(x)
m.add(x, x, x, x)
m.add(x, x, bogus=1)
m.add(x, x, dtype='nonsense')
m.add(x, x, casting='bogus')
m.add(x, f, casting='no')
m.add(x, f, dtype='i8')
m.add(x, x, order='Z')
m.add(x, x, where=v)
m.add(x, x, where=[True, False])
m.add(x, x, out=np.empty((4, 5)))
m.add(x, f, out=np.empty((4, 6), 'i4'))
m.add(t, t)
m.add(u, w)
m.add(r, r)
m.subtract(b, b)
m.negative(b)
m.multiply(t, 2)
m.divide(t, t)
m.bitwise_and(f, f)
m.invert(f)
m.left_shift(f, 1)
m.floor_divide(c, 2)
m.remainder(c, 2)
m.logaddexp(c, c)
m.arctan2(c, c)
m.hypot(c, c)
m.floor(c)
m.cbrt(c)
m.degrees(c)
m.isnat(f)
m.sin(t)
m.sin(u)
m.gcd(f, f)
m.ldexp(f, f)
m.frexp(c)
m.modf(c)
m.heaviside(c, c)
m.copysign(c, c)
m.nextafter(c, c)
m.signbit(c)
m.bitwise_count(f)
m.matmul(x, x)
m.matmul(x, o)
m.matmul(k, s)
m.matmul(u, u)
m.vecdot(x, v)
m.matvec(x, v)
m.vecmat(v, x)
m.divmod(c, 2)
m.power(x, -1)
m.maximum(x, v)
m.clip(x, v, None)
m.clip(x, 1, 2, bogus=1)
m.where(x, v, 1)
m.where(x, 1)
m.where(x > 1, f, v)
m.add.reduce(x, axis=4)
m.add.reduce(x, axis=0, bogus=3)
m.subtract.reduce(x, axis=(0, 1))
m.add.accumulate(x, axis=2)
m.add.accumulate(o)
m.add.outer(x)
m.sin.reduce(x)
m.sin.outer(x, x)
x + v
x - v
v * x
x / v
x // v
x % v
x ** v
x @ x
x @ o
x < v
x >= v
x == v ## operands|broadcast|\\(4,\\s?6\\)
x & f
x | v
x ^ f
x << 0.5
~f ## invert
-b
b - b
t + t
t * 2
u + 1
u * u
r + 1
x ** -1
divmod(c, 2)
abs(u)
x.sum(axis=2)
x.sum(axis=(0, 0))
x.sum(axis=0.5)
x.sum(axis='a')
x.sum(0, 1, 2, 3, 4, 5, 6, 7)
x.sum(bogus=1)
m.sum(x, axis=-3)
m.sum(x, dtype='nonsense')
m.sum(x, where=v)
m.sum(x, where=f)
m.sum(x, out=np.empty(4))
m.sum(t)
m.sum(u)
m.prod(d)
m.prod(t)
m.mean(t)
m.mean(u)
m.mean(x, axis=9)
m.std(u)
m.var(t)
m.var(x, ddof=1, correction=2)
m.var(x, ddof='a')
m.max(z)
m.min(z, axis=0)
m.max(x, where=x > 2)
m.max(r)
m.ptp(b)
m.argmax(z)
m.argmin(x, axis=2)
m.argmax(x, axis=(0, 1))
m.argmax(x, axis=0, out=np.empty(5, int))
m.any(x, axis=7)
m.all(x, keepdims='maybe')
m.count_nonzero(x, axis=5)
m.nansum(x, axis=3)
m.nanmean(u)
m.nanargmax(z)
m.nanmax(f, axis=4)
m.median(x, axis=3)
m.median(u)
m.percentile(x, 101)
m.percentile(x, -1)
m.percentile(x, 50, axis=2)
m.percentile(x, 50, method='bogus')
m.quantile(f, 1.5)
m.quantile(c, 0.5)
m.quantile(f, [[0.5, 2]])
m.quantile(f, 0.5, weights=v)
m.average(x, weights=v)
m.average(x, axis=0, weights=v)
m.average(x, axis=0, weights=f, bogus=1)
m.average(x, axis=3)
m.cumsum(x, axis=2)
m.cumsum(x, axis='a')
m.cumsum(u)
m.cumprod(t)
m.cumulative_sum(x)
m.cumulative_sum(x, axis=5)
m.cumulative_prod(x, axis=0, bogus=1)
m.nancumsum(x, axis=-4)
m.diff(x, n=-1)
m.diff(o)
m.diff(x, axis=2)
m.diff(x, prepend=v)
m.ediff1d(t, to_end=[1.5])
m.gradient(x, 1, 2, 3)
m.gradient(x, axis=4)
m.gradient(v, v[:3])
m.gradient(v[:1])
m.gradient(v, edge_order=3)
m.trapezoid(x, v)
m.trapezoid(x, axis=3)
m.unwrap(x, axis=3)
m.convolve(x, v)
m.convolve(v, v[:0])
m.convolve(v, v, mode='bogus')
m.correlate(v, x)
m.correlate(v[:0], v)
m.interp(v, v, w)
m.interp(v, v[:0], v[:0])
m.interp(v, x, x)
m.interp(v, v, v, period=0)
m.digitize(c, v)
m.round(u)
m.around(x, 'a')
m.angle(u)
m.nan_to_num(f, bogus=2)
m.isclose(x, v)
m.allclose(x, v)
m.isclose(u, u)
m.copysign(x, v)
m.iscomplex(x, x)
x[4]
x[-5]
x[0, 6]
x[0, 0, 0]
x[..., ...] ## single ellipsis
x[1.5]
x['a']
x[None, None, 7]
x[[4]]
x[[0, -5]]
x[:, [6]]
x[[0, 1], [0, 1, 2]]
x[[1.5]]
x[np.ones(3, bool)]
x[np.ones((4, 5), bool)]
x[::0] ## slice step .*zero
x[1:2:'a']
x[{1}]
x[object()]
o[0]
o[:]
r['nope'] ## field of name nope
r[['i', 'nope']] ## nope
x[np.zeros((2, 2)), 0]
x.take([1, 99])
x.take([0], axis=2)
m.take(x, [9], axis=0)
m.take(x, [0], mode='bogus')
m.take(x, v)
m.take(x, [0], axis=2)
m.take(z, [0], axis=0, mode='wrap')
m.take_along_axis(x, w, axis=0)
m.take_along_axis(x, x, axis=3)
m.take_along_axis(x, f, axis=0)
m.compress([True] * 9, x, axis=0)
m.compress([[True]], x)
m.compress([True], x, axis=2)
m.choose(i, [w, v])
m.choose(f, [f, f])
m.choose(w, [])
m.choose(w, [w, w, w], mode='bogus')
m.select([x > 1], [x, x])
m.select([], [])
m.select([x], [x])
m.select([x > 1], [v])
m.piecewise(x, [x > 1], [1, 2, 3])
m.nonzero(o)
m.diagonal(v)
m.diagonal(x, axis1=0, axis2=0)
m.diagonal(x, axis1=5)
m.diag(k)
m.diag(o)
m.trace(v)
m.tril(o)
m.fill_diagonal(v, 1)
m.fill_diagonal(k, 1)
m.ravel_multi_index((w, w, w), (4, 6))
m.ravel_multi_index((w, w), (4, 6), mode='bogus')
m.unravel_index(f, (4, 6))
m.indices((2, -1))
m.ix_(x, v)
m.meshgrid(v, w, indexing='zz')
m.vander(x)
x.reshape(5, 5)
x.reshape(-1, -1)
x.reshape(-1, 5)
x.reshape('a')
x.reshape(4, 6, order='Z')
x.reshape(2.5, 4)
m.reshape(x, (7,))
m.reshape(x, (4, 6), bogus=1)
x.transpose(0)
x.transpose(0, 0)
x.transpose(0, 2)
m.transpose(x, (0, 1, 2))
x.swapaxes(0, 2)
m.swapaxes(x, -3, 0)
x.squeeze(0)
m.squeeze(x, axis=4)
m.expand_dims(x, 4)
m.expand_dims(x, (0, 0))
m.moveaxis(x, 0, 2)
m.moveaxis(x, [0, 1], [0])
m.moveaxis(x, [0, 0], [0, 1])
m.rollaxis(x, 3)
m.rollaxis(x, 0, 5)
m.flip(x, axis=2)
m.fliplr(v)
m.flipud(o)
m.rot90(v)
m.rot90(x, axes=(0, 0))
m.rot90(x, axes=(0, 3))
m.roll(x, 1, axis=2)
m.roll(x, (1, 2, 3), axis=(0, 1))
m.broadcast_to(x, (4, 5))
m.broadcast_to(x, (6,))
m.broadcast_to(x, (-1, 6))
m.broadcast_arrays(x, v)
m.matrix_transpose(v)
m.permute_dims(x, (0, 0))
x.ravel(order='Z')
x.flatten('Q')
v.mT ## matrix transpose with ndim < 2
m.resize(x, (2, -3))
m.repeat(x, -1)
m.repeat(x, [1, 2], axis=0)
m.repeat(x, 2, axis=3)
m.tile(x, 'a')
m.tile(x, -1)
m.trim_zeros(v, 'q')
x.astype('nonsense')
f.astype('i4', casting='safe')
f.astype('i4', casting='bogus')
x.astype('i4', bogus=2)
r.astype('M8[s]')
m.astype(f, 'i8', copy=1, bogus=2)
m.concatenate([])
m.concatenate([x, v])
m.concatenate([x, x[:, :2]])
m.concatenate([x, x], axis=2)
m.concatenate([o, o])
m.concatenate([x, x], out=np.empty((3, 3)))
m.concatenate([x, x], dtype='nonsense')
m.concatenate([x, f], dtype='i4', casting='safe')
m.concatenate([x, t[:, None]])
m.concatenate(3)
m.stack([x, v])
m.stack([])
m.stack([x, x], axis=4)
m.vstack([x, v])
m.vstack([])
m.hstack([x, v])
m.hstack([x, s])
m.dstack([x, s])
m.column_stack([x, v])
m.block([[x], [v]])
m.block([[x, s]])
m.block([x, [x]])
m.block([])
m.append(x, v, axis=0)
m.append(x, x, axis=3)
m.insert(x, 9, 1, axis=0)
m.insert(x, 0, v, axis=0)
m.insert(x, 0, 1, axis=4)
m.insert(x, [1, 2], [1, 2, 3])
m.delete(x, 9, axis=0)
m.delete(x, [7], axis=1)
m.delete(x, 0, axis=2)
m.delete(x, 1.5)
m.split(x, 3)
m.split(x, 2, axis=2)
m.split(x, 0)
m.array_split(x, 0)
m.array_split(x, 2, axis=5)
m.hsplit(o, 2)
m.vsplit(v, 2)
m.dsplit(x, 2)
m.unstack(o)
m.unstack(x, axis=3)
m.pad(x, ((1, 1), (1, 1), (1, 1)))
m.pad(x, -1)
m.pad(x, 1.5)
m.pad(x, 1, mode='bogus')
m.pad(x, 1, mode='edge', constant_values=2)
m.pad(x, 1, mode='constant', bogus=2)
m.pad(z, 1, mode='edge')
m.pad(x, 1, stat_length=0, mode='maximum')
m.dot(x, x)
m.dot(x, v)
m.dot(u, u)
m.inner(x, v)
m.outer(u, u)
m.vdot(x, v)
m.tensordot(x, x, 1)
m.tensordot(x, x, ([0], [1]))
m.tensordot(x, x, ([0, 1], [0]))
m.tensordot(x, x, 3)
m.tensordot(x, x, ([5], [0]))
m.einsum('ij,jk', x, x)
m.einsum('ij', x, x)
m.einsum('ijk', x)
m.einsum('ij->ik', x)
m.einsum('i1', x)
m.einsum('ij->ii', x)
m.einsum('ii', x)
m.einsum('...i,j', x)
m.einsum('ij,ij->ij', x, v)
m.einsum_path('ij,jk', x, x)
m.kron(u, u)
m.cross(x, x)
m.cross(w, v)
m.cross(w, w, axis=2)
m.linalg.inv(x)
m.linalg.inv(v)
m.linalg.inv(u)
m.linalg.det(x)
m.linalg.slogdet(v)
m.linalg.solve(x, x)
m.linalg.solve(s, v)
m.linalg.solve(s, o)
m.linalg.cholesky(x)
m.linalg.cholesky(v)
m.linalg.eigh(x)
m.linalg.eigh(s, UPLO='Q')
m.linalg.eigvalsh(v)
m.linalg.qr(v)
m.linalg.qr(s, mode='bogus')
m.linalg.svd(v)
m.linalg.svdvals(v)
m.linalg.lstsq(x, v)
m.linalg.lstsq(v, v)
m.linalg.pinv(v)
m.linalg.matrix_power(x, 2)
m.linalg.matrix_power(s, 1.5)
m.linalg.matrix_power(v, 2)
m.linalg.multi_dot([x])
m.linalg.multi_dot([x, x])
m.linalg.norm(x, 'bogus')
m.linalg.norm(x, 3)
m.linalg.norm(x, axis=(0, 0))
m.linalg.norm(x, axis=4)
m.linalg.norm(x, axis=(0, 1, 2))
m.linalg.norm(k, 2)
m.linalg.norm(v, 'fro')
m.linalg.cond(v)
m.linalg.cond(z)
m.linalg.cond(s, 'bogus')
m.linalg.matrix_norm(v)
m.linalg.vector_norm(x, axis=4)
m.linalg.cross(x, x)
m.linalg.outer(x, x)
m.linalg.trace(v)
m.linalg.diagonal(v)
m.linalg.tensorinv(k, ind=0)
m.linalg.tensorinv(k)
m.linalg.tensorsolve(k, v)
m.linalg.vecdot(x, v)
m.linalg.matmul(x, x)
m.vdot(u, u)
m.inner(u, u)
m.tensordot(t, t, 1)
m.vecdot(u, u)
m.einsum('i,i', u, u)
m.fft.fft(x, n=0)
m.fft.fft(x, n=-3)
m.fft.fft(x, axis=2)
m.fft.fft(x, norm='bogus')
m.fft.fft(o)
m.fft.fft(v[:0])
m.fft.rfft(c)
m.fft.rfft(v[:0])
m.fft.irfft(c, n=0)
m.fft.irfft(c[:0])
m.fft.hfft(c, axis=1)
m.fft.ihfft(c)
m.fft.fft2(v)
m.fft.fftn(x, s=(1, 2, 3))
m.fft.fftn(x, s=(2, 2), axes=(0,))
m.fft.fftn(x, axes=(0, 4))
m.fft.rfftn(c)
m.fft.irfftn(c, s=(0,))
m.fft.rfft2(v)
m.fft.fftshift(x, axes=3)
m.fft.ifftshift(x, axes=(0, 2))
m.fft.fftfreq(1.5)
m.fft.rfftfreq('a')
m.sort(x, axis=2)
m.sort(x, kind='bogus')
m.sort(x, order='q')
m.sort(o)
m.argsort(x, axis=-3)
m.argsort(x, order='f')
m.argsort(r, order='nope')
m.partition(x, 9)
m.partition(x, -7)
m.partition(x, 1.5)
m.partition(x, 1, axis=3)
m.partition(x, 1, kind='bogus')
m.argpartition(x, [0, 8])
m.argpartition(x, 1, axis=2)
m.lexsort(o)
m.lexsort((x, v))
m.lexsort((v, v), axis=1)
m.searchsorted(x, 3)
m.searchsorted(v, 3, side='bogus')
m.searchsorted(v, 3, sorter=w)
m.searchsorted(v, 3, sorter=v)
m.unique(x, axis=2)
m.unique(x, bogus=1)
m.isin(x, x, kind='bogus')
m.isin(f, f, kind='table')
m.intersect1d(x)
m.union1d(x)
m.setdiff1d(x, x, bogus=1)
m.bincount(x)
m.bincount(v)
m.bincount(w, weights=v)
m.bincount(w, minlength=-1)
m.bincount(w, weights=u)
m.histogram(x, bins=0)
m.histogram(x, bins=[3, 2, 1])
m.histogram(x, bins=x)
m.histogram(x, range=(2, 1))
m.histogram(x, bins=2, range=(0, np.inf))
m.histogram(x, bins='bogus')
m.histogram(x, bins=2.5)
m.histogram(x, bins=[0, 1, 5], weights=v)
m.histogram_bin_edges(x, bins=-1, range=(0, 1))
m.histogram2d(v, w)
m.histogramdd(x, bins=(2, 2))
m.histogramdd(x, bins=[0] * 6)
m.histogramdd(k)
m.cov(k)
m.cov(x, ddof=1.5)
m.cov(x, fweights=[1.5] * 6)
m.cov(x, fweights=w)
m.cov(x, aweights=w)
m.cov(x, v)
m.corrcoef(k)
m.corrcoef(u)
m.packbits(f)
m.packbits(x, axis=3)
m.packbits(b, bitorder='bogus')
m.unpackbits(x)
m.unpackbits(b.astype('u1'), axis=2)
m.apply_along_axis(np.sum, 2, x)
m.apply_along_axis(np.sum, 0)
m.apply_over_axes(np.sum, x, 3)
m.polyfit(v, w, 1)
m.polyfit(v, v, -1)
m.polyfit(x, v, 1)
m.polyfit(v, v, 1, w=w)
m.polyint(v, m=-1)
m.polyder(v, m=-1)
m.roots(x)
m.poly(k)
m.polyadd(x, v)
m.kaiser(5)
m.bartlett('a')
m.i0(c)
m.sinc(u)
m.lib.stride_tricks.sliding_window_view(x, 9, 0)
m.lib.stride_tricks.sliding_window_view(x, -1, 0)
m.lib.stride_tricks.sliding_window_view(x, (1, 2, 3))
m.lib.stride_tricks.sliding_window_view(x, 2, 4)
m.ones((2, -1))
m.zeros('a')
m.full((2, 2), [1, 2, 3])
m.empty(2.5)
m.ones(3, dtype='nonsense')
m.zeros_like(x, shape=(-2,))
m.eye(-1)
m.eye(2.5)
m.identity('a')
m.arange()
m.arange(0, 5, 0)
m.arange(1, 2, 3, 4, 5, 6)
m.arange('a')
m.linspace(0, 1, -1)
m.linspace(0, 1, 2.5)
m.linspace(0, 1, 5, axis=4)
m.logspace(0, 1, -2)
m.geomspace(0, 1)
m.geomspace([1, 2], [3, 4, 5])
m.fromfunction(lambda a: a, (-1,))
m.asarray([[1, 2], [3]])
m.array([1, 2], dtype='nonsense')
m.array([1, 2], ndmin='a')
m.copyto(x, v)
m.copyto(x, f)
m.copyto(x, f, casting='bogus')
m.copyto(x, 1, where=v > 1)
m.put(x, [99], 1)
m.put(x, [0], 1, mode='bogus')
m.putmask(x, v > 1, 0)
m.place(x, x > 2, [])
m.place(x, v > 1, [1])
m.is_busday(x)
m.is_busday(t, weekmask='bogus')
m.vectorize(3)(x) ## decorator
m.vectorize(np.add, signature='(n)->')(x)
m.frompyfunc(3, 1, 1) ## function must be callable
m.ndim()
m.size(x, 4)
m.shape()
m.average(x, weights=0 * x, axis=(0, 3))
m.array_equal(x)
m.random.default_rng('a')
m.random.default_rng(-1)
m.random.default_rng(0).normal(0, -1)
m.random.default_rng(0).normal(size=(2, -1))
m.random.default_rng(0).normal(0, 1, size='a')
m.random.default_rng(0).uniform(0, np.inf)
m.random.default_rng(0).uniform(v, w)
m.random.default_rng(0).integers(5, 2)
m.random.default_rng(0).integers(0, 300, dtype='u1')
m.random.default_rng(0).integers(0, 3, dtype='f4')
m.random.default_rng(0).random(dtype='i4')
m.random.default_rng(0).choice(-3)
m.random.default_rng(0).choice(x, axis=4)
m.random.default_rng(0).choice(v, 9, replace=False)
m.random.default_rng(0).choice(v, 2, p=[0.5, 0.5])
m.random.default_rng(0).choice(v[:0], 2)
m.random.default_rng(0).poisson(-1)
m.random.default_rng(0).binomial(5, 1.5)
m.random.default_rng(0).binomial(-5, 0.5)
m.random.default_rng(0).beta(-1, 1)
m.random.default_rng(0).gamma(-1)
m.random.default_rng(0).exponential(-1)
m.random.default_rng(0).geometric(0)
m.random.default_rng(0).zipf(0.5)
m.random.default_rng(0).triangular(3, 2, 1)
m.random.default_rng(0).dirichlet([-1, 2])
m.random.default_rng(0).multivariate_normal([0, 0], [[1]])
m.random.default_rng(0).hypergeometric(2, 2, 9)
m.random.default_rng(0).permutation(x, axis=3)
m.random.default_rng(0).standard_t(-1)
m.random.default_rng(0).weibull(-1)
m.random.default_rng(0).noncentral_f(-1, 1, 1)
m.random.default_rng(0).bogus() ## bogus
m.random.RandomState('a')
m.random.RandomState(0).randint(5, 2)
m.random.RandomState(0).normal(0, -1)
m.random.RandomState(0).rand(-1)
""".strip().splitlines()

#: Errors that follow from elements: raised when the result is computed.
LATE = """
m.take(x, i * 9, axis=0)
x[i * 9]
x[:, -i * 9]
x[i * 9, i]
m.choose(i * 2, [w, w])
m.bincount(w - 1, minlength=5)
m.linalg.inv(0 * s) ## inv.*[Ss]ingular
m.linalg.solve(0 * s, s) ## solve.*[Ss]ingular
m.linalg.cholesky(-s) ## cholesky.*[Pp]ositive definite
m.linalg.norm(u)
m.take_along_axis(x, x, axis=1)
m.ravel_multi_index((w * 9, w), (4, 6))
m.unravel_index(p, (4, 6))
m.asarray_chkfinite(v / 0)
m.histogram(v, m.asarray([3.0, 2, 1]))
m.linalg.tensorinv(m.zeros((2, 3, 6))) ## Singular
m.power(i, -i)
i ** -i
u.astype('i8')
u.astype('f8')
m.asarray(['2001-13-01']).astype('M8[D]')
""".strip().splitlines()

#: What is done to an array that is `x`, a copy.
ASSIGNMENTS = """
x[0] = v
x[:, 0] = v
x[9] = 1
x[0, 0, 0] = 1
x['a'] = 1
x[1.5] = 1
x[[0, 9]] = 1
x[[0, 1], [0, 1, 2]] = 1
x[v > 1] = 1
x[x > 2, 0] = 1
x[np.ones((4, 5), bool)] = 1
x[:] = 'a'
x[0] = 1j
x[..., ...] = 1
x[::0] = 1
x[:2] = f[:3]
x += w
x -= 'a'
x //= w
x @= x
x **= -1
x &= f
x <<= 1.5
x.shape = (5, 5)
x.bogus = 1
x[0] = t
t[0] = 1.5
t[0] = 'nonsense'
b[0] = v
u[0] = w
r['nope'] = 1
r[0] = (1, 2, 3)
z[0] = 1
o[0] = 1
del x[0]
del x.dtype
""".strip().splitlines()

#: The same with masked arrays: ``y`` of the shape of `x`, ``q`` of five elements.
MASKED = """
y + q
y & 1.5 ## bitwise_and
y[9]
y[0, 0, 0]
y['a']
y.sum(axis=3)
y.mean(axis=(0, 0))
y.max(axis=9)
y.argmin(axis=4)
y.cumsum(axis=2)
y.std(axis=5)
y.reshape(5, 5)
y.transpose(0, 0)
y.swapaxes(0, 4)
y.astype('nonsense')
y.take([0], axis=3)
y.repeat([1, 2], axis=0)
m.ma.masked_where(v > 1, x)
m.ma.masked_equal(x)
m.ma.masked_inside(x, 1)
m.ma.masked_invalid()
m.ma.masked_array([1, 2], mask=[True, False, True]) ## Mask and data.*2.*3
m.ma.average(y, weights=q)
m.ma.concatenate([y, q])
m.ma.stack([y, q])
m.ma.dot(y, y)
m.ma.append(y, q, axis=0)
m.ma.where(y > 1, y)
m.ma.diff(y, axis=3)
m.ma.allclose(y, q)
m.ma.compress([True], y, axis=3)
m.ma.expand_dims(y, 5)
m.ma.mask_rows(q)
m.ma.sum(y, bogus=1)
m.ma.arange()
m.ma.zeros((2, -1))
""".strip().splitlines()

#: Functions that NumPy has not, or has with other arguments: the exception, its message, the call.
OWN = [
    (TypeError, "map_blocks.*func", "m.map_blocks(3, x)"),
    (TypeError, "map_blocks", "m.map_blocks()"),
    (ValueError, "dtype", "m.map_blocks(lambda b: 1 / 0, x)"),
    (ValueError, "map_blocks.*broadcast|shape|add up|chunks", "m.map_blocks(np.add, x, v)"),
    (TypeError, "nonsense", "m.map_blocks(np.negative, x, dtype='nonsense')"),
    (ValueError, r"map_blocks.*chunks", "m.map_blocks(np.negative, x, chunks=((1, 2), (3, 3)))"),
    (ValueError, r"(?s)drop_axis.*5|5.*drop_axis|axis 5", "m.map_blocks(np.negative, x, drop_axis=5, dtype='f8')"),
    (ValueError, r"map_blocks.*\(1, 1\)", "m.map_blocks(lambda b: np.ones((1, 1)), x, dtype='f8').compute()"),
    (TypeError, "map_blocks.*complex128", "m.map_blocks(lambda b: b * 1j, x, dtype='i8').compute()"),
    (TypeError, "bogus", "m.map_blocks(lambda b: b, x, bogus=1, dtype='i8').compute()"),
    (ZeroDivisionError, "zero", "m.map_blocks(lambda b: 1 // 0, x, dtype='i8').compute()"),
    (ValueError, "depth", "m.map_overlap(np.negative, x, depth=-1)"),
    (ValueError, "depth", "m.map_overlap(np.negative, x, depth={5: 1})"),
    (ValueError, "bogus", "m.map_overlap(np.negative, x, depth=1, boundary='bogus')"),
    (ValueError, "depth='a'", "m.map_overlap(np.negative, x, depth='a')"),
    (ValueError, "index", "m.blockwise(np.add, 'ij', x, 'ijk', dtype='f8')"),
    (ValueError, r"'k'|k", "m.blockwise(np.add, 'ik', x, 'ij', dtype='f8')"),
    (ValueError, r"chunks.*add up|blockwise", "m.blockwise(np.add, 'ij', x, 'ij', s, 'ij', dtype='f8')"),
    (ValueError, r"gufunc signature.*\(i", "m.apply_gufunc(np.mean, '(i->()', x)"),
    (ValueError, "apply_gufunc.*dimension|core", "m.apply_gufunc(np.mean, '(i,j,k)->()', x, output_dtypes='f8')"),
    (ValueError, r"apply_gufunc|'i'", "m.apply_gufunc(np.add, '(i),(i)->(i)', v, w, output_dtypes='f8')"),
    (ValueError, "reduction|chunk|axis", "m.reduction(x, np.sum, np.sum, axis=5, dtype='i8')"),
    (TypeError, "reduction", "m.reduction(x)"),
    (ValueError, "topk.*axis 4|axis 4", "m.topk(x, 2, axis=4)"),
    (TypeError, "topk", "m.topk(x, 1.5)"),
    (ValueError, "coarsen.*align|divi", "m.coarsen(np.sum, x, {0: 3})"),
    (ValueError, "coarsen|axis 5", "m.coarsen(np.sum, x, {5: 2})"),
    (IndexError, "vindex.*99|99", "x.vindex[[0, 99], [0, 1]]"),
    (IndexError, "too many", "x.vindex[0, 0, 0]"),
    (IndexError, "blocks|9", "x.blocks[9]"),
    (IndexError, "too many", "x.blocks[0, 0, 0]"),
    (ValueError, "reshape_blockwise|24|7", "m.reshape_blockwise(x, (7,))"),
    (ValueError, r"chunks.*\(4, 6\)|add up", "x.rechunk((3, (1, 1)))"),
    (ValueError, "dimensions", "x.rechunk((1, 1, 1))"),
    (ValueError, "size 0|0", "x.rechunk(0)"),
    (TypeError, "chunks", "x.rechunk(1.5)"),
    (ValueError, "axis 7", "x.rechunk({7: 1})"),
    (ValueError, "cannot assign 5 input values to the 21", "x.__setitem__(x > 2, v) or x.compute()"),
    (ValueError, "cannot assign 24 input values to the 21", "x.__setitem__(x > 2, x.ravel()) or x.compute()"),
    (NotImplementedError, "field 'i'", "r.__setitem__('i', 1)"),
    (TypeError, "bogus", "x.rechunk(2, bogus=1)"),
    (TypeError, "bogus", "x.compute(bogus=1)"),
    (TypeError, "bogus", "m.compute(x, bogus=1)"),
    (ValueError, "memory_limit", "x.compute(memory_limit='plenty')"),
    (ValueError, "memory_limit", "x.compute(memory_limit=-5)"),
    (ValueError, "num_threads.*0", "x.compute(num_threads=0)"),
    (TypeError, "num_threads", "x.compute(num_threads='a')"),
    (
        MemoryError,
        r"needs .*B.* budget .*B",
        "m.ones((999, 999), chunks=-1).cumsum(0).rechunk(9).compute(memory_limit=9)",
    ),
    (TypeError, "no setting.*bogus", "m.config.set(bogus=1)"),
    (KeyError, "bogus", "m.config.get('bogus')"),
    (ValueError, "num_threads", "m.config.set(num_threads=-1)"),
    (ValueError, "memory_limit", "m.config.set(memory_limit='lots')"),
    (TypeError, "progress", "m.config.set(progress=5)"),
    (ValueError, r"store.*\(4, 6\).*\(2, 2\)", "m.store(x, np.zeros((2, 2)))"),
    (TypeError, "store.*__setitem__|__setitem__", "m.store(x, 5)"),
    (ValueError, "store.*2.*1|sources.*targets", "m.store([x, x], [np.zeros((4, 6))])"),
    (TypeError, "store", "m.store(x)"),
    (IndexError, "store.*out of bounds|region", "m.store(x[0], np.zeros((4, 6)), regions=(9,))"),
    (TypeError, "bogus", "m.store(x, np.zeros((4, 6)), bogus=1)"),
    (FileNotFoundError, "nowhere", "m.from_hdf5('nowhere.h5', 'x')"),
    (FileNotFoundError, "nowhere", "m.from_zarr('nowhere.zarr')"),
    (TypeError, "from_array|Array", "m.Array(5)"),
    (ValueError, r"do not add up", "m.from_array(np.zeros(5), chunks=((2, 2),))"),
    (TypeError, "name", "m.from_array(np.zeros(5), name=5)"),
    (TypeError, "lock", "m.from_array(Source(), lock=3)"),
    (NotImplementedError, "object", "m.from_array(np.array([{}]))"),
    (
        NotImplementedError,
        "masked",
        "m.from_array(np.ma.masked_array([1, 2], [0, 1])) + m.fft.fft(np.ma.masked_array([1], [1]))",
    ),
    (TypeError, "from_dask", "m.from_dask(5)"),
    (TypeError, "from_delayed", "m.from_delayed(5, (3,))"),
    (TypeError, "unify_chunks|blockwise", "m.unify_chunks(x)"),
    (ValueError, "shape", "m.core.normalize_chunks(2)"),
    (ValueError, "add up", "m.core.normalize_chunks(((2, 2),), shape=(5,))"),
    (AttributeError, "did you mean 'concatenate'", "m.concatenat"),
    (AttributeError, "no attribute 'smu'", "x.smu"),
    (NotImplementedError, "x.explain", "x.visualize()"),
    (ValueError, "tsqr|matri|2", "m.linalg.tsqr(v)"),
    (ValueError, "svd_compressed|2", "m.linalg.svd_compressed(v, 2)"),
    (TypeError, "svd_compressed", "m.linalg.svd_compressed(x, 1.5)"),
    (ValueError, "solve_triangular", "m.linalg.solve_triangular(x, x)"),
    (TypeError, "fft_wrap", "m.fft.fft_wrap()"),
    (IndexError, "shuffle.*9", "m.shuffle(x, [[0, 9]], axis=0)"),
    (ValueError, "random|size|-1", "m.random.default_rng(0).random(-1, chunks=2)"),
    (ValueError, "chunks", "m.random.default_rng(0).normal(size=(4,), chunks=((1, 1),))"),
    (TypeError, "bogus", "m.random.default_rng(0).normal(0, 1, 5, bogus=1)"),
    (TypeError, "bogus", "m.ones(3, bogus=1)"),
    (TypeError, "bogus", "m.arange(3, bogus=1)"),
    (TypeError, "bogus", "m.sum(x, bogus=1)"),
    (TypeError, "bogus", "m.concatenate([x, x], bogus=1)"),
    (ValueError, "map_overlap.*bogus", "m.map_overlap(np.negative, x, depth=1, bogus=1).compute()"),
]
