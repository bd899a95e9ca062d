"""Names: methods beside functions, names of dask that stay, names that are missing."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from against_numpy import Counting, agree, values

import hyperslab as da

ROOT = Path(__file__).parents[1]


def tool():
    """The tool that writes the page about coverage."""
    spec = importlib.util.spec_from_file_location("coverage_page", ROOT / "tools" / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_about_coverage_is_current():
    made = tool()
    assert made.PAGE.read_text() == made.page(), "run: python tools/coverage.py"


def test_what_the_page_says_is_there_is_there():
    made = tool()
    here, missing = made.compared("numpy.linalg", ["norm", "nowhere"])
    assert (here, missing) == (["norm"], ["nowhere"])


@pytest.mark.parametrize("name", ["matrix", "nditer", "optimize", "rec", "ndarray", "sort", "ma"])
def test_known_names_say_the_way_out(name):
    if name in da.__all__:
        assert hasattr(da, name)
        return
    assert not hasattr(da, name)
    with pytest.raises(NotImplementedError, match=f"hyperslab.{name} is not implemented: "):
        getattr(da, name)


@pytest.mark.parametrize(
    ("place", "name", "way"),
    [
        (da.core, "getter", r"hyperslab\.map_blocks"),
        (da.core, "round_to", "normalize_chunks"),
        (da.char, "chararray", r"hyperslab\.array"),
        (da.ma, "normalize_masked_array", r"x\.name"),
        (da.ma, "polyfit", r"numpy\.ma\.polyfit"),
        (da.ones(2), "strides", r"x\.compute\(\)\.strides"),
        (da.ones(2), "resize", r"hyperslab\.resize"),
        (da.ones(2), "visualize", r"x\.explain\(\)"),
    ],
)
def test_known_names_of_other_places_say_the_way_out(place, name, way):
    assert not hasattr(place, name)
    with pytest.raises(NotImplementedError, match=f"{name} is not implemented: .*{way}"):
        getattr(place, name)


def test_every_name_that_is_not_there_says_the_way_out():
    made = tool()
    for namespace in made.NAMESPACES:
        for name in made.compared(namespace, made.NAMES[namespace])[1]:
            assert made.why(namespace, name), (namespace, name)
            with pytest.raises(NotImplementedError, match=f"{name} is not implemented"):
                getattr(
                    da.ones(2)
                    if namespace.endswith("rray") and "." in namespace and namespace != "dask.array"
                    else made.ours(namespace),
                    name,
                )


def test_names_of_core(tmp_path):
    assert da.core.auto_chunks((2, "auto"), (4, 10), "40 B", "f8") == da.core.normalize_chunks(
        (2, "auto"), (4, 10), "40 B", "f8"
    )
    with pytest.raises(TypeError, match="dtype must be known"):
        da.core.auto_chunks(("auto",), (4,), 8, None)
    assert da.core.blockdims_from_blockshape((10, 0), (4, 0)) == ((4, 4, 2), (0,))
    for wrong in (((10,), None), (None, (4,))):
        with pytest.raises(TypeError, match="Must supply"):
            da.core.blockdims_from_blockshape(*wrong)
    with pytest.raises(ValueError, match="only contain integers"):
        da.core.blockdims_from_blockshape((10,), (np.nan,))
    x = da.core.from_func(np.full, (2, 3), dtype="f8", args=((2, 3),), kwargs={"fill_value": 7.0})
    assert x.chunks == ((2,), (3,)) and x.sum().compute() == 42


def test_paths_of_modules():
    from hyperslab.creation import arange
    from hyperslab.routines import where
    from hyperslab.ufunc import sin
    from hyperslab.utils import assert_eq

    assert (arange, where, sin) == (da.arange, da.where, da.sin)
    assert assert_eq(da.ones(3), np.ones(3))
    assert da.ufunc is np.ufunc and isinstance(da.reshape(da.ones(4), (2, 2)), da.Array)
    assert "arange" in dir(da.creation)
    with pytest.raises(AttributeError, match="did you mean 'arange'"):
        da.creation.arang  # noqa: B018


def test_utils():
    assert da.utils.meta_from_array(da.ones((2, 3), dtype="i2"), 1).shape == (0,)
    for x, dtype in ((None, "f8"), (np.ndarray, "f8"), (da.ones((2, 3), dtype="i2"), "i2"), ([[1]], "i8")):
        assert da.utils.meta_from_array(x, dtype=None).dtype == dtype
    assert da.utils.validate_axis(-1, 3) == 2 and da.utils.validate_axis([0, -1], 2) == (0, 1)
    with pytest.raises(np.exceptions.AxisError):
        da.utils.validate_axis(2, 2)
    assert [da.utils.is_arraylike(x) for x in (da.ones(2), np.ones(2), [1], np.ndarray, 3)] == [True] * 2 + [False] * 3


def test_functions_on_blocks():
    x = values((4, 6))
    for name in ("sum", "prod", "max", "min", "nansum", "any", "all", "nanmax", "nanprod"):
        f = getattr(da.chunk, name)
        made = da.reduction(da.from_array(x, chunks=(2, 3)), chunk=f, aggregate=f, axis=1)
        np.testing.assert_allclose(made.compute(), getattr(np, name)(x, axis=1))
    kept = da.chunk.keepdims_wrapper(lambda x, axis=None: np.sum(x, axis=axis))
    assert [
        np.shape(kept(x, axis=a, keepdims=k)) for a, k in ((None, True), (1, True), ((0, 1), True), (0, False))
    ] == [
        (1, 1),
        (4, 1),
        (1, 1),
        (6,),
    ]
    for axes in ({0: 2}, {1: 3}, {0: 2, -1: 3}, {}):
        wanted = da.coarsen(np.mean, da.from_array(x, chunks=-1), {d % 2: n for d, n in axes.items()})
        np.testing.assert_allclose(da.chunk.coarsen(np.mean, x, axes), wanted.compute())
    assert da.chunk.coarsen(np.sum, x, {1: 4}, trim_excess=True).shape == (4, 1)
    with pytest.raises(ValueError, match="trim_excess"):
        da.chunk.coarsen(np.sum, x, {1: 4})
    assert da.chunk.trim(x, {0: 1}).shape == (2, 6) and da.chunk.trim(x, 1).shape == (2, 4)
    for k in (2, -2, 9):
        for axis in (0, 1, -1):
            order = np.sort(x, axis=axis)
            wanted = np.take(order, range(order.shape[axis])[-k:] if k > 0 else range(-k), axis=axis)
            np.testing.assert_array_equal(np.sort(da.chunk.topk(x, k, axis), axis=axis), wanted)
            found = np.take_along_axis(x, da.chunk.argtopk(x, k, axis), axis)
            np.testing.assert_array_equal(np.sort(found, axis=axis), wanted)
    assert da.chunk.astype(x, astype_dtype="f4").dtype == "f4"
    np.testing.assert_array_equal(da.chunk.view(x, "u8", order="F"), x.view("u8"))
    part = da.chunk.getitem(x, np.s_[:2])
    assert part.base is None and (part == x[:2]).all()


def test_unknown_names_of_other_places():
    for place in (da.core, da.linalg, da.fft, da.ones(2)):
        assert getattr(place, "nowhere_at_all", 5) == 5
    with pytest.raises(AttributeError, match="did you mean 'matrix_norm'"):
        da.linalg.matrix_nrm  # noqa: B018
    with pytest.raises(AttributeError, match="'Array' object has no attribute 'smu'") as caught:
        da.ones(2).smu  # noqa: B018
    assert not isinstance(caught.value, NotImplementedError) and caught.value.name == "smu"


def test_typing_errors_get_the_nearest_name():
    with pytest.raises(AttributeError, match="did you mean 'concatenate'"):
        da.concatenat  # noqa: B018
    with pytest.raises(AttributeError, match=r"no attribute '_nothing'$"):
        da._nothing  # noqa: B018
    assert getattr(da, "nowhere_at_all", 5) == 5


def test_methods():
    x = values((3, 4), "int64")
    agree(lambda m, x: x.repeat(2, axis=0), x)
    agree(lambda m, x: x.diagonal(1), x)
    agree(lambda m, x: x.trace(offset=1), x)
    agree(lambda m, x: x.compress([True, False, True], axis=0), x)
    agree(lambda m, x: x.choose([x, -x], mode="clip"), x)
    assert da.from_array(x, chunks=2).partitions.shape == (2, 2)
    assert da.from_array(x, chunks=2).tobytes() == x.tobytes()
    np.testing.assert_allclose(da.from_array(x, chunks=2).moment(2, axis=0), x.var(axis=0))


def test_chunks_are_normalized():
    normalize = da.core.normalize_chunks
    assert normalize(2, shape=(5, 4)) == ((2, 2, 1), (2, 2))
    assert normalize((2, -1), shape=(5, 3)) == ((2, 2, 1), (3,))
    assert normalize({0: 2}, shape=(5, 3), previous_chunks=((5,), (1, 2))) == ((2, 2, 1), (1, 2))
    assert normalize(((2, 3), (4,))) == ((2, 3), (4,))
    assert normalize(3, shape=7) == ((3, 3, 1),)
    few, many = (normalize("auto", (1000, 1000), limit, "f8") for limit in ("8 MB", 80_000))
    assert few == ((1000,), (1000,)) and max(many[0]) * max(many[1]) * 8 <= 80_000
    with pytest.raises(ValueError, match=r"add up|sum"):
        normalize(((2, 2),), shape=(5,))
    with pytest.raises(ValueError, match="needs a shape"):
        normalize(2)


def test_slices_of_chunks_are_the_blocks():
    data = values((5, 4))
    x = da.from_array(Counting(data), chunks=((2, 3), (1, 3)))
    slices = da.core.slices_from_chunks(x.chunks)
    assert len(slices) == x.npartitions
    for place, block in zip(slices, x.blocks.ravel()):
        np.testing.assert_array_equal(block.compute(), data[place])
    assert issubclass(da.core.PerformanceWarning, Warning) and da.core.Array is da.Array


def test_questions_about_elements():
    special = np.array([1.0, np.inf, -np.inf, np.nan, 0.0])
    for dtype in ["float16", "float32", "float64"]:
        agree(lambda m, x: m.isposinf(x), special.astype(dtype))
        agree(lambda m, x: m.isneginf(x), special.astype(dtype))
        agree(lambda m, x: m.fix(x), special.astype(dtype) * 1.7)
    for dtype in ["bool", "int8", "complex64"]:
        agree(lambda m, x: m.isposinf(x), values((4,), dtype))
        agree(lambda m, x: m.isneginf(x), values((4,), dtype))
    nat = np.array(["2001-01-01", "NaT"], "M8[D]")
    agree(lambda m, x: m.isnull(x), special, calls=lambda m, x: np.isnan(x), dispatch=False)
    agree(lambda m, x: m.isnull(x), nat, calls=lambda m, x: np.isnat(x), dispatch=False)
    agree(lambda m, x: m.notnull(x), nat, calls=lambda m, x: ~np.isnat(x), dispatch=False)


def test_conversions_that_change_nothing():
    for name in ["copy", "ascontiguousarray", "asfortranarray", "require"]:
        agree(lambda m, x, name=name: getattr(m, name)(x), values((3, 4)), dispatch=name == "copy")
    agree(lambda m, x: m.ascontiguousarray(x), values(()), dispatch=False)
    data = np.arange(3)
    x = da.copy(data)
    data[0] = 9
    assert int(x[0]) == 0
    assert da.common_type(da.ones(2, dtype="f4"), da.ones(2, dtype="c8")) is np.complex64
    with pytest.raises(TypeError):
        da.common_type(da.ones(2, dtype=bool))


def test_names_of_numpy_that_hold_no_arrays():
    assert da.finfo("f4").bits == 32 and da.promote_types("i4", "f4") == np.float64
    assert da.s_[1:2] == slice(1, 2) and da.bool is np.bool and da.broadcast_shapes((3, 1), (4,)) == (3, 4)
