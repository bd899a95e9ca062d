"""``da.image``: stacks of image files, as ``dask.array.image`` reads them."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hyperslab import _dtypes
from hyperslab._array import Array
from hyperslab._asarray import from_array

__all__ = ["imread"]

#: Readers of images by the libraries that they come with, in the order in which they are looked for.
_LIBRARIES = ("skimage.io", "imageio.v3", "tifffile", "PIL.Image")


def imread(
    filename: Any,
    imread: Callable[[str], Any] | None = None,
    preprocess: Callable[[Any], Any] | None = None,
) -> Array:
    """Lazy array of image files, stacked along a new first axis, one chunk for each file.

    Parameters
    ----------
    filename : str, path or sequence of them
        Pattern of names, such as ``"frames/*.png"``, whose matches are sorted; or the names themselves, in order.
    imread : callable, optional
        Called with a name, returns the image as an array. That of scikit-image, imageio, tifffile or Pillow if not
        given, whichever is installed.
    preprocess : callable, optional
        Called with each image, returns what takes its place.

    Returns
    -------
    Array
        The first file is read at once, for shape and dtype; each is read again when it is needed.

    Raises
    ------
    ValueError
        If there is no such file; when computed, if an image has another shape than the first.
    TypeError
        When computed, if an image has another dtype than the first.
    ImportError
        If no reader is given and none of the libraries is installed.

    Examples
    --------
    >>> import hyperslab as da
    >>> import numpy as np, os, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> for i in range(3):
    ...     np.save(os.path.join(folder, f"{i}.npy"), np.full((4, 5), i, "u1"))
    >>> frames = da.image.imread(os.path.join(folder, "*.npy"), imread=np.load)
    >>> frames.shape, frames.chunks[0], frames.mean(axis=(1, 2)).compute()
    ((3, 4, 5), (1, 1, 1), array([0., 1., 2.]))
    """
    if isinstance(filename, str | bytes | os.PathLike):
        names = sorted(glob.glob(os.fsdecode(filename)))
    else:
        names = [os.fsdecode(name) for name in filename]
    if not names:
        raise ValueError(f"No files found under name {filename}")
    images = _Images([os.path.abspath(name) for name in names], imread or _installed(), preprocess)
    return from_array(images, (1, *images.shape[1:]))


def _installed() -> Callable[[str], Any]:
    """The reader of the first library that is installed."""
    import importlib

    for library in _LIBRARIES:
        try:
            module = importlib.import_module(library)
        except ImportError:
            continue
        return _pillow if library == "PIL.Image" else module.imread  # type: ignore[no-any-return]
    raise ImportError(
        "imread: reading images needs scikit-image, imageio, tifffile or Pillow: install one, or give imread=, a "
        "function of a name that returns an array"
    )


def _pillow(name: str) -> np.ndarray:
    import importlib

    with importlib.import_module("PIL.Image").open(name) as image:
        return np.asarray(image)


class _Images:
    """The files as one array, which reads those that a region needs."""

    def __init__(self, names: Sequence[str], read: Callable[[str], Any], then: Callable[[Any], Any] | None) -> None:
        self.names, self.read, self.then = list(names), read, then
        first = self._image(0)
        self.shape = (len(self.names), *first.shape)
        self.dtype = _dtypes.native(first.dtype)
        #: What one read of a file gives, so that no file is read for one region after the other.
        self.chunks = (1, *(n or 1 for n in first.shape))

    def _image(self, i: int) -> np.ndarray:
        made = self.read(self.names[i])
        return np.asarray(made if self.then is None else self.then(made))

    def __getitem__(self, key: Any) -> np.ndarray:
        items = key if isinstance(key, tuple) else (key,)
        frames, inner = range(*items[0].indices(self.shape[0])), tuple(items[1:])
        parts = [self._checked(i)[inner] for i in frames]
        return np.stack(parts) if parts else np.empty((0, *self.shape[1:]), self.dtype)[(slice(None), *inner)]

    def _checked(self, i: int) -> np.ndarray:
        """An image, as large as the first."""
        made = self._image(i)
        if made.shape != self.shape[1:]:
            raise ValueError(
                f"imread: the image {self.names[i]} has shape {made.shape}, the first one, {self.names[0]}, has "
                f"{self.shape[1:]}"
            )
        if made.dtype.newbyteorder("=") != self.dtype:
            raise TypeError(
                f"imread: the image {self.names[i]} has dtype {made.dtype}, the first one, {self.names[0]}, has "
                f"{self.dtype}"
            )
        return made
