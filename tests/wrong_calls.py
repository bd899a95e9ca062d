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
m.sin.reduce(x) ## sin.reduce.*binary functions
m.sin.outer(x, x) ## sin.outer.*binary functions
m.add.reduceat(x, [0, 9])
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
