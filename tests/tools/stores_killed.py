"""Stores that are killed: run as a program, which forks one process per store. Used by test_torn.py.

Arguments: kind of store, folder, number of stores, seed, and whether they are killed (1) or run to their end (0). Every
process stores into a place of its own in the folder, and takes down every block that it computes.
"""

import os
import random
import signal
import sys
import time

import h5py  # noqa: F401  # Forked processes need not import it.
import numpy as np
import zarr

import hyperslab as da

#: Blocks are as large as those that tasks take one at a time.
SHAPE, BLOCK = (200, 4000), (10, 4000)


def values():
    return np.arange(1, SHAPE[0] * SHAPE[1] + 1, dtype="i4").reshape(SHAPE)


def noted(log):
    """The values, block by block, each of which is taken down and takes a while."""

    def block(part):
        time.sleep(0.002)
        with open(log, "a") as file:
            file.write("x")
        return part * 1

    return da.from_array(values(), chunks=BLOCK).map_blocks(block, dtype="i4", meta=np.empty((0, 0), "i4"))


def store(kind, folder, number):
    x, place = noted(f"{folder}/{number}.log"), f"{folder}/{number}"
    if kind == "zarr":
        da.store(x, zarr.open_array(place), num_threads=2)
    elif kind == "zarr resume":
        da.to_zarr(x, place, resume="job", chunks=(10, 1000), shards=(10, 2000))
    elif kind == "zarr overwrite":
        da.to_zarr(x, place, resume="job", overwrite=True)
    elif kind in ("hdf5 new", "hdf5 add"):
        da.to_hdf5(place, "/x", x, compression="gzip")
    else:
        da.to_hdf5(place, {"/g/x": x}, resume="job", chunks=(10, 1000), compression="gzip", shuffle=True)


def wait_for(pid, log, blocks):
    """Until a process has computed some more blocks, or has come to its end."""
    before = os.path.getsize(log) if os.path.exists(log) else 0
    while not (os.path.exists(log) and os.path.getsize(log) >= before + blocks):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        time.sleep(0.0005)


def main():
    kind, folder, count, seed, kills = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
    chance = random.Random(seed)
    for number in range(count):
        started, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.write(go, b"x")
            try:
                store(kind, folder, number)
            except BaseException as error:
                if "exists" in str(error):  # It came to its end before it was killed.
                    os._exit(0)
                print(f"{type(error).__name__}: {error}", flush=True)
                os._exit(1)
            os._exit(0)
        os.read(started, 1)
        if kills:
            wait_for(pid, f"{folder}/{number}.log", chance.randint(1, SHAPE[0] // BLOCK[0]))
            time.sleep(chance.uniform(0, 0.005))
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        os.close(started)
        os.close(go)
        if not kills and status:
            sys.exit(f"store {number} ended with {status}")


if __name__ == "__main__":
    main()
