"""Business days: NumPy's functions on dates."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyperslab import _calls, _opaque
from hyperslab._array import Array
from hyperslab._creation import asarray

_WEEK = "1111100"


def _dates(a: Any) -> Array:
    """Dates in days; strings are read."""
    if not hasattr(a, "dtype"):
        a = np.asarray(a, "M8[D]")
    return asarray(a)


def _of_days(name: str, arrays: list[Array], *args: Any, **options: Any) -> Array:
    """NumPy's function on blocks of dates."""
    func = getattr(np, name)
    if options.pop("out", None) is not None:
        raise NotImplementedError(f"{name}: out= is not supported: use hyperslab.store(result, target)")
    if options.get("holidays") is None:
        options.pop("holidays", None)
    options.pop("weekmask" if options["busdaycal"] is not None else "busdaycal")
    lazy = {key: value for key, value in options.items() if isinstance(value, Array)}
    one = np.ones((), np.int8)
    samples = {
        key: np.broadcast_to(one, a.shape if key == "weekmask" else 0).astype(a.dtype) for key, a in lazy.items()
    }
    made = func(*(np.empty(0, a.dtype) for a in arrays), *args, **options | samples)

    def call(*blocks: np.ndarray) -> Any:
        given = dict(zip(lazy, blocks[len(arrays) :]))
        return func(*blocks[: len(arrays)], *args, **{**options, **given})

    return _calls.elementwise(name, call, arrays, made.dtype, list(lazy.values()))


def busday_count(
    begindates: Any, enddates: Any, weekmask: Any = _WEEK, holidays: Any = None, busdaycal: Any = None, out: None = None
) -> Array:
    """How many business days lie between dates, the first included; see `numpy.busday_count`.

    Examples
    --------
    >>> import hyperslab as da
    >>> int(da.busday_count("2011-01", "2011-02"))
    21
    """
    options = {"weekmask": weekmask, "holidays": holidays, "busdaycal": busdaycal, "out": out}
    return _of_days("busday_count", [_dates(begindates), _dates(enddates)], **options)


def is_busday(
    dates: Any, weekmask: Any = _WEEK, holidays: Any = None, busdaycal: Any = None, out: None = None
) -> Array:
    """Which dates are business days; see `numpy.is_busday`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.is_busday(["2011-07-01", "2011-07-02"]).compute()
    array([ True, False])
    """
    options = {"weekmask": weekmask, "holidays": holidays, "busdaycal": busdaycal, "out": out}
    return _of_days("is_busday", [_dates(dates)], **options)


def busday_offset(
    dates: Any,
    offsets: Any,
    roll: str = "raise",
    weekmask: Any = _WEEK,
    holidays: Any = None,
    busdaycal: Any = None,
    out: None = None,
) -> Array:
    """Dates moved by business days; see `numpy.busday_offset`.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.busday_offset("2012-03", [0, 1], roll="forward").compute()
    array(['2012-03-01', '2012-03-02'], dtype='datetime64[D]')
    """
    moves = asarray(offsets if hasattr(offsets, "dtype") else np.asarray(offsets, np.int64))
    options = {"weekmask": weekmask, "holidays": holidays, "busdaycal": busdaycal, "out": out}
    return _of_days("busday_offset", [_dates(dates), moves], roll, **options)


def datetime_as_string(arr: Any, unit: str | None = None, timezone: Any = "naive", casting: str = "same_kind") -> Array:
    """Dates as strings; see `numpy.datetime_as_string`.

    Parameters
    ----------
    arr : array_like of datetime64
        Dates.
    unit : str, optional
        Down to what they are written.
    timezone : {"naive", "UTC", "local"} or tzinfo
        How times are written.
    casting : {"no", "equiv", "safe", "same_kind", "unsafe"}
        Which changes of unit are allowed.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.datetime_as_string(da.array(["2011-07", "2012-01"], "M8[M]")).compute().tolist()
    ['2011-07', '2012-01']
    """
    options: dict[str, Any] = {"unit": unit, "timezone": timezone, "casting": casting}
    return _opaque.elementwise(np.datetime_as_string, [asarray(arr)], **options)  # type: ignore[no-any-return]
