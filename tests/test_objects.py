"""Zarr arrays on web servers and in object stores, read natively, against a server with faults."""

import itertools
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import zarr
from object_arrays import LAYOUTS, SELECTIONS, holey, native, numbers, s3, stored
from object_server import Server

import hyperslab as da


@pytest.fixture
def server(tmp_path):
    served = Server(tmp_path)
    yield served
    served.close()


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("tagged", [True, False], ids=["tags", "no tags"])
def test_arrays_are_read(server, tmp_path, layout, tagged):
    server.tagged = tagged
    for dtype in ("f4", "i8", "u1"):
        data = holey((43, 29), dtype)
        stored(tmp_path / f"{dtype}.zarr", data, **LAYOUTS[layout])
        x = da.from_zarr(f"{server.url}/{dtype}.zarr")
        assert native(x), x.explain()
        assert x.chunksize == zarr.open_array(str(tmp_path / f"{dtype}.zarr")).chunks
        for index in SELECTIONS:
            np.testing.assert_array_equal(x[index].compute(), data[index])
        for budget in ("128 KiB", "1 MiB"):
            np.testing.assert_array_equal((x * 2).sum(axis=0).compute(memory_limit=budget), (data * 2).sum(axis=0))
        index = np.array([40, 3, 3, 11])
        np.testing.assert_array_equal(x[index].compute(), data[index])


def test_metadata_are_read_once(server, tmp_path):
    data = numbers((40, 40))
    stored(tmp_path / "a.zarr", data, chunks=(4, 4))
    x = da.from_zarr(f"{server.url}/a.zarr")
    np.testing.assert_array_equal(x.compute(), data)
    np.testing.assert_array_equal((x + 1).compute(), data + 1)
    assert len(server.gets("zarr.json")) == 1


def test_only_what_is_needed_is_read(server, tmp_path):
    data = numbers((400, 4000), "f8")
    stored(tmp_path / "plain.zarr", data, chunks=(400, 1000), compressors=None)
    stored(tmp_path / "sharded.zarr", data, chunks=(20, 20), shards=(400, 1000), compressors=None)
    plain = da.from_zarr(f"{server.url}/plain.zarr")
    np.testing.assert_array_equal(plain[10:12, :100].compute(), data[10:12, :100])
    assert server.seen[-1][1:] == ("/plain.zarr/c/0/0", f"bytes={10 * 8000}-{11 * 8000 + 799}")
    sharded = da.from_zarr(f"{server.url}/sharded.zarr")
    server.seen.clear()
    np.testing.assert_array_equal(sharded[10:12, :100].compute(), data[10:12, :100])
    # The index, and neighbouring chunks at once.
    assert {path for _, path, _ in server.seen} == {"/sharded.zarr/c/0/0"} and len(server.seen) <= 4
    server.seen.clear()
    np.testing.assert_array_equal(sharded[11:12, :100].compute(), data[11:12, :100])
    assert 1 <= len(server.seen) <= 2


def test_many_requests_are_under_way(server, tmp_path):
    data = numbers((200, 200))
    stored(tmp_path / "a.zarr", data, chunks=(10, 10))
    stored(tmp_path / "sharded.zarr", data, chunks=(10, 10), shards=(20, 20))
    for name in ("a.zarr", "sharded.zarr"):
        server.latency, server.most = 0.02, 0
        x = da.from_zarr(f"{server.url}/{name}")
        assert (x.sum() == data.sum()).compute(num_threads=2)
        assert 8 <= server.most <= 32


def test_waiting_tasks_overlap_whatever_the_threads(server, tmp_path):
    # One chunk is a task of its own.
    data = numbers((24, 1_000_000), "f4")
    stored(tmp_path / "a.zarr", data, chunks=(1, 1_000_000))
    server.latency, server.most = 0.1, 0
    x = da.from_zarr(f"{server.url}/a.zarr")
    np.testing.assert_array_equal(x.max(axis=1).compute(num_threads=1), data.max(axis=1))
    assert server.most >= 8


def test_results_do_not_depend_on_threads(server, tmp_path):
    data = np.random.default_rng(0).standard_normal((100, 120))
    stored(tmp_path / "a.zarr", data, chunks=(7, 11))
    x = da.from_zarr(f"{server.url}/a.zarr")
    want = da.from_zarr(str(tmp_path / "a.zarr")).sum(axis=0).compute(num_threads=1).tobytes()
    for threads, budget in itertools.product((1, 3), ("300 KiB", "1 GiB")):
        assert x.sum(axis=0).compute(num_threads=threads, memory_limit=budget).tobytes() == want


def test_headers_are_sent(server, tmp_path):
    stored(tmp_path / "a.zarr", numbers((4, 4)))
    seen = []
    answer = server._answer
    server._answer = lambda request, *rest: (seen.append(request.headers.get("X-Pass")), answer(request, *rest))
    options = {"headers": {"X-Pass": "ä is no header".replace("ä", "a")}}
    da.from_zarr(f"{server.url}/a.zarr", storage_options=options).compute()
    da.from_zarr(f"{server.url}/a.zarr", storage_options={"client_kwargs": options}).compute()
    assert set(seen) == {"a is no header"}


def test_components_and_groups(server, tmp_path):
    data = numbers((6, 8))
    stored(tmp_path / "g.zarr" / "inner" / "a", data)
    zarr.open_group(str(tmp_path / "g.zarr"), mode="a")
    for url, component in [("g.zarr", "inner/a"), ("g.zarr/inner", "a"), ("g.zarr/inner/a/", None)]:
        x = da.from_zarr(f"{server.url}/{url}", component)
        np.testing.assert_array_equal(x.compute(), data)
    with pytest.raises(FileNotFoundError, match=r"nothing\.zarr"):
        da.from_zarr(f"{server.url}/nothing.zarr")


def test_file_urls(tmp_path):
    data = numbers((6, 8))
    stored(tmp_path / "a.zarr", data)
    x = da.from_zarr(f"file://{tmp_path}/a.zarr")
    assert native(x)
    np.testing.assert_array_equal(x.compute(), data)


# Faults.


def chunk_fault(what, times=10**9):
    return lambda method, path, before: what if path.endswith(("c/0/1", "0.1")) and before < times else None


@pytest.mark.parametrize("layout", ["3 none", "2 zstd", "3 shards zstd"])
@pytest.mark.parametrize("tagged", [True, False], ids=["tags", "no tags"])
@pytest.mark.parametrize("fault", [500, 502, 503, 429, "drop", "short"])
def test_what_fails_once_is_asked_for_again(server, tmp_path, fault, layout, tagged):
    server.tagged = tagged
    data = holey((43, 29))
    stored(tmp_path / "a.zarr", data, **LAYOUTS[layout])
    x = da.from_zarr(f"{server.url}/a.zarr")
    server.fault = chunk_fault(fault, 2)
    np.testing.assert_array_equal(x.compute(), data)
    assert len(server.gets("1")) >= 3


@pytest.mark.parametrize("layout", ["3 none", "2 zstd", "3 shards zstd"])
@pytest.mark.parametrize("fault", [400, 401, 403, 503, "drop", "short", "stall"])
def test_what_fails_on_is_an_error_with_names(server, tmp_path, fault, layout):
    data = holey((43, 29))
    stored(tmp_path / "bucket" / "a.zarr", data, **LAYOUTS[layout])
    options = s3(server, config_kwargs={"read_timeout": 0.2, "retries": {"max_attempts": 2}})
    x = da.from_zarr("s3://bucket/a.zarr", storage_options=options)
    assert native(x), x.explain()
    server.fault = chunk_fault(fault)
    with pytest.raises(OSError, match=r"s3://bucket/a.zarr") as raised:
        x.compute()
    text = str(raised.value)
    assert "chunk (0, 1)" in text or "shard (0, 1)" in text
    assert str(fault) in text if isinstance(fault, int) else True
    assert "hidden" not in text
    server.fault = None
    np.testing.assert_array_equal(x.compute(), data)


def test_a_server_without_ranges_is_an_error(server, tmp_path):
    data = numbers((40, 40))
    stored(tmp_path / "a.zarr", data, chunks=(10, 10), shards=(20, 20))
    server.fault = lambda method, path, before: "ignore"
    with pytest.raises(OSError, match=r"a\.zarr/c/\d/\d"):
        da.from_zarr(f"{server.url}/a.zarr").compute()


def test_no_server(server, tmp_path):
    options = {"timeout": 0.5}
    stored(tmp_path / "a.zarr", numbers((4, 4)))
    x = da.from_zarr(f"{server.url}/a.zarr", storage_options=options)
    server.close()
    with pytest.raises(OSError, match=r"a\.zarr/c/\d/\d"):
        x.compute()
    with pytest.raises(OSError, match=r"a.zarr/zarr\.json"):
        da.from_zarr(f"{server.url}/a.zarr", storage_options=options)


@pytest.mark.parametrize("layout", ["3 none", "2 zstd", "3 shards zstd"])
def test_damaged_chunks_are_errors(server, tmp_path, layout):
    data = holey((43, 29))
    stored(tmp_path / "a.zarr", data, **LAYOUTS[layout])
    file = next(f for f in sorted((tmp_path / "a.zarr").rglob("*")) if f.name in ("1", "0.1"))
    whole = file.read_bytes()
    x = da.from_zarr(f"{server.url}/a.zarr")
    for damaged in (whole[:-9], whole + b"more", b"", whole[: len(whole) // 2]):
        file.write_bytes(damaged)
        x = da.from_zarr(f"{server.url}/a.zarr")
        with pytest.raises(OSError, match=r"a\.zarr"):
            x.compute()


def test_a_shard_that_is_replaced_is_read_anew(server, tmp_path):
    data = numbers((40, 40))
    z = stored(tmp_path / "a.zarr", data, chunks=(10, 10), shards=(20, 20))
    x = da.from_zarr(f"{server.url}/a.zarr")
    np.testing.assert_array_equal(x.compute(), data)
    z[...] = data[::-1] * 3
    np.testing.assert_array_equal(x.compute(), data[::-1] * 3)


def test_an_interrupt_ends_what_waits(server, tmp_path):
    stored(tmp_path / "a.zarr", numbers((40, 40)), chunks=(10, 10))
    code = f"""
        import os, signal, threading, time
        import hyperslab as da
        x = da.from_zarr({server.url!r} + "/a.zarr")
        for y in (x, x[0, 0], x.sum()):
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                y.compute()
            except KeyboardInterrupt:
                print("interrupted", flush=True)
        os._exit(0)
    """
    server.fault = lambda method, path, before: "stall" if "/c/" in path else None
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.split() == ["interrupted"] * 3
