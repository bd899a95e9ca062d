"""Wrong calls, a line each, as in `wrong_calls.py`: joins, products, the modules, and functions of our own."""

#: Errors that follow from shapes, dtypes and arguments: raised when the expression is built.
EARLY = """
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
