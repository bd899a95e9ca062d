"""The Python array API standard: what arrays and the package say of themselves, and DLPack to other libraries."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np

from hyperslab import _devices
from hyperslab._array import Array

#: Version of the standard that the package follows, and all that it answers to.
__array_api_version__ = "2025.12"
_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")

#: What a result in memory may have: NumPy's limit.
_MOST_DIMENSIONS = 64

_KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]


class Info:
    """What the namespace can do, by the array API standard: what `__array_namespace_info__` gives.

    Examples
    --------
    >>> import hyperslab as da
    >>> info = da.__array_namespace_info__()
    >>> info.default_dtypes()["real floating"], info.devices()
    (dtype('float64'), ('cpu',))
    """

    def capabilities(self) -> dict[str, Any]:
        """Which optional parts of the standard there are.

        Returns
        -------
        dict
            Of the keys ``"boolean indexing"``, ``"data-dependent shapes"`` and ``"max dimensions"``.
        """
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": _MOST_DIMENSIONS}

    def default_device(self) -> str:
        """The device of arrays that name none."""
        return _devices.CPU

    def devices(self) -> tuple[str, ...]:
        """All devices."""
        return (_devices.CPU,)

    def default_dtypes(self, *, device: str | None = None) -> dict[str, np.dtype]:
        """Dtypes of what is made without naming one.

        Parameters
        ----------
        device : {"cpu"}, optional
            There is no other one.

        Returns
        -------
        dict
            Of the keys ``"real floating"``, ``"complex floating"``, ``"integral"`` and ``"indexing"``.
        """
        _devices.check(device)
        found = {"real floating": float, "complex floating": complex, "integral": int, "indexing": np.intp}
        return {kind: np.dtype(dtype) for kind, dtype in found.items()}

    def dtypes(self, *, device: str | None = None, kind: str | tuple[str, ...] | None = None) -> dict[str, np.dtype]:
        """The standard's dtypes, by their names.

        Parameters
        ----------
        device : {"cpu"}, optional
            There is no other one.
        kind : str or tuple of str, optional
            ``"bool"``, ``"signed integer"``, ``"unsigned integer"``, ``"integral"``, ``"real floating"``,
            ``"complex floating"``, ``"numeric"``, or several of them; all if not given.

        Raises
        ------
        ValueError
            For a kind that the standard does not know.
        """
        _devices.check(device)
        kinds = ("bool", "numeric") if kind is None else kind if isinstance(kind, tuple) else (kind,)
        unknown = [k for k in kinds if k not in _KINDS]
        if unknown:
            raise ValueError(f"unsupported kind: {unknown[0]!r}; kinds are {', '.join(map(repr, _KINDS))}")
        return {name: np.dtype(name) for k in kinds for name in _KINDS[k]}


def __array_namespace_info__() -> Info:
    """What the namespace can do, by the array API standard.

    Examples
    --------
    >>> import hyperslab as da
    >>> da.__array_namespace_info__().capabilities()["data-dependent shapes"]
    True
    """
    return Info()


def __array_namespace__(self: Array, /, *, api_version: str | None = None) -> ModuleType:
    """The namespace of the array API standard that the array belongs to: the package itself.

    Parameters
    ----------
    api_version : str, optional
        Version of the standard, ``"2025.12"`` for example.

    Raises
    ------
    ValueError
        For a version that the package does not know.
    """
    if api_version is not None and api_version not in _VERSIONS:
        raise ValueError(
            f'Version "{api_version}" of the Array API Standard is not supported: there are {", ".join(_VERSIONS)}'
        )
    return sys.modules[__package__ or "hyperslab"]


def device(self: Array) -> str:
    """The device that the array lies on: there is one, ``"cpu"``."""
    return _devices.CPU


def to_device(self: Array, device: str, /, *, stream: None = None) -> Array:
    """The array on a device: the array itself, as there is one device.

    Raises
    ------
    ValueError
        For another device than ``"cpu"``, or with a stream.
    """
    _devices.check(device)
    if stream is not None:
        raise ValueError(f"to_device: stream={stream!r}: the CPU has no streams")
    return self


def __dlpack__(
    self: Array,
    *,
    stream: None = None,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[int, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """Compute the array, and hand the result over by DLPack.

    Parameters
    ----------
    stream : None
        The CPU has none.
    max_version : (int, int), optional
        Newest version of DLPack that the consumer understands.
    dl_device : (int, int), optional
        Where it wants the elements: ``(1, 0)``, the CPU.
    copy : bool, optional
        Whether to hand over a copy. The result of a computation is nobody else's, so it is never copied for anybody.

    Raises
    ------
    BufferError
        For a dtype that DLPack does not know, such as datetime64, or another device.
    """
    computed: Any = np.asarray(self)
    return computed.__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device)


def __dlpack_device__(self: Array, /) -> tuple[int, int]:
    """The device of what `__dlpack__` hands over, as DLPack numbers them: the CPU."""
    return (1, 0)


for _member in (__array_namespace__, __dlpack__, __dlpack_device__, to_device, device):
    setattr(Array, _member.__name__, property(_member) if _member is device else _member)
