"""Write the demo's input: air temperature in kelvin at many stations, hour by hour, as gzip + shuffle HDF5.

Run as a program of its own, so that what it needs of memory is not counted as the demo's.
"""

import os
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np

HOURS, STATIONS = 50_000, 5_000
CHUNKS = (1_000, 250)
DATASET = "/temperature"


def is_complete(path: Path) -> bool:
    """Whether the file is there and was written to its end."""
    try:
        with h5py.File(path, "r") as file:
            dataset = file[DATASET]
            return dataset.shape == (HOURS, STATIONS) and bool(dataset.attrs.get("complete", False))
    except (OSError, KeyError):
        return False


class Weather:
    """Temperatures of all stations: climate by latitude, year, day, and fronts that come and go."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(20)
        latitude = np.deg2rad(self.rng.uniform(-75, 75, STATIONS))
        self.mean = 243 + 57 * np.cos(latitude) ** 2
        self.yearly = -14 * np.sin(latitude)
        self.daily = self.rng.uniform(1, 6, STATIONS)
        self.front = np.zeros(STATIONS)

    def hours(self, start: int, count: int) -> np.ndarray:
        hour = np.arange(start, start + count)[:, None]
        next_front = self.rng.normal(0, 4, STATIONS)
        block = self.rng.standard_normal((count, STATIONS))
        block += self.mean + self.front + (next_front - self.front) * np.linspace(0, 1, count)[:, None]
        block += self.yearly * np.sin(hour * (2 * np.pi / 8766))
        block += self.daily * np.sin(hour * (2 * np.pi / 24))
        self.front = next_front
        return block


def shuffled_gzip(chunk: np.ndarray) -> bytes:
    """The chunk as HDF5's shuffle and gzip filters store it."""
    planes = np.ascontiguousarray(chunk).reshape(-1).view("u1").reshape(-1, chunk.itemsize)
    return zlib.compress(planes.T.tobytes(), 1)


def write(path: Path) -> None:
    """Write the file; chunks are compressed on all cores, since h5py alone would use one."""
    weather = Weather()
    rows, columns = CHUNKS
    with h5py.File(path, "w") as file, ThreadPoolExecutor(os.cpu_count()) as pool:
        dataset = file.create_dataset(
            DATASET, (HOURS, STATIONS), "f8", chunks=CHUNKS, compression="gzip", compression_opts=1, shuffle=True
        )
        for start in range(0, HOURS, rows):
            block = weather.hours(start, rows)
            corners = range(0, STATIONS, columns)
            stored = pool.map(shuffled_gzip, [block[:, c : c + columns] for c in corners])
            for corner, data in zip(corners, stored, strict=True):
                dataset.id.write_direct_chunk((start, corner), data)
            if start % (10 * rows) == 0:
                print(f"writing {path.name}: {100 * start // HOURS}%", flush=True)
        dataset.attrs["complete"] = True


if __name__ == "__main__":
    write(Path(sys.argv[1]))
