"""Examples in Markdown run in an empty folder that holds the files they read; hypothesis tries the same in each run."""

import os

import h5py
import numpy as np
import pytest
from hypothesis import settings

# `make fuzz` looks for what is new.
settings.register_profile("repeatable", derandomize=True)
if "HYPERSLAB_FUZZ_EXPRESSIONS" not in os.environ:
    settings.load_profile("repeatable")

ROWS, COLUMNS = 1_200, 1_500


@pytest.fixture(autouse=True)
def files_of_the_examples(request, tmp_path, monkeypatch):
    """For doctests of ``*.md`` alone: a working folder, and the HDF5 files that the text speaks of."""
    if not (isinstance(request.node, pytest.DoctestItem) and request.path.suffix == ".md"):
        return
    monkeypatch.chdir(tmp_path)
    values = np.arange(ROWS * COLUMNS, dtype="f8").reshape(ROWS, COLUMNS) / 1_000
    with h5py.File("myfile.hdf5", "w") as file:
        file.create_dataset("data/path", data=values, chunks=(100, 250), compression="gzip", shuffle=True)
    with h5py.File("rows.hdf5", "w") as file:
        file.create_dataset("x", data=np.resize(values, (2_048, 1_024)), chunks=(16, 1_024))
    for day in (1, 2, 3):
        with h5py.File(f"myfiles.2015-01-{day:02}.hdf5", "w") as file:
            file.create_dataset("data", data=values + day, chunks=(300, 500))
