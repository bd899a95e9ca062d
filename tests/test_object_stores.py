"""Which object stores are read and written natively, and by which options; writing; other ways to them."""

import logging
import os
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import zarr
from object_arrays import KEYS, LAYOUTS, SELECTIONS, holey, native, numbers, s3, stored
from object_server import Server
from zarr.codecs import ZstdCodec

import hyperslab as da


@pytest.fixture
def server(tmp_path):
    served = Server(tmp_path)
    yield served
    served.close()


# Which road.


@pytest.fixture
def plain_environment(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith(("AWS_", "GOOGLE_", "AZURE_", "FSSPEC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


S3_OPTIONS = [
    ({"anon": True}, {"skip_signature": "true", "virtual_hosted_style_request": "true"}),
    ({"key": "a", "secret": "b", "token": "c"}, {"access_key_id": "a", "secret_access_key": "b", "token": "c"}),
    ({**KEYS, "endpoint_url": "http://x"}, {"endpoint": "http://x", "region": "us-east-1"}),
    (
        {"anon": True, "client_kwargs": {"endpoint_url": "https://x", "region_name": "eu-west-3"}},
        {"endpoint": "https://x", "region": "eu-west-3"},
    ),
    ({"anon": True, "requester_pays": True}, {"request_payer": "true"}),
    ({"anon": False}, None),
    ({"key": "a"}, None),
    ({"anon": True, "client_kwargs": {"verify": False}}, None),
    ({"anon": True, "version_aware": True}, None),
    ({"anon": True, "config_kwargs": {"s3": {"use_accelerate_endpoint": True}}}, None),
    ({"anon": True, "s3_additional_kwargs": {"ServerSideEncryption": "AES256"}}, None),
    ({"anon": True, "something": 1}, None),
    ({"anon": "yes"}, None),
]


@pytest.mark.parametrize("given, wanted", S3_OPTIONS, ids=[str(i) for i in range(len(S3_OPTIONS))])
def test_options_of_s3(plain_environment, given, wanted):
    from hyperslab import _objects

    place, why = _objects.of_url("s3://bucket/some/a.zarr", given)
    if wanted is None:
        assert place is None and why.startswith("through fsspec: ")
        return
    assert place["folder"] == "some/a.zarr" and place["store"]["url"] == "s3://bucket"
    assert wanted.items() <= place["store"]["options"].items()


def test_credentials_of_the_environment(plain_environment, monkeypatch, tmp_path):
    from hyperslab import _objects

    def options():
        place, _ = _objects.of_url("s3://bucket/a.zarr", None)
        return place and place["store"]["options"]

    monkeypatch.setattr(_objects, "_on_ec2", lambda: False)
    assert options() is None
    folder = tmp_path / "home" / ".aws"
    folder.mkdir(parents=True)
    (folder / "credentials").write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b%c\n")
    (folder / "config").write_text("[default]\nregion = eu-north-1\n")
    assert options()["secret_access_key"] == "b%c" and options()["region"] == "eu-north-1"
    (folder / "config").write_text("[default]\nrole_arn = x\n")
    assert options() is None
    (folder / "config").unlink()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "c")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "d")
    assert options()["access_key_id"] == "c"
    monkeypatch.setenv("AWS_PROFILE", "other")
    assert options() is None


@pytest.mark.parametrize(
    "url, given, native_road",
    [
        ("https://host/a%20b.zarr", {}, False),
        ("https://host/a.zarr?x=1", {}, False),
        ("https://user:word@host/a.zarr", {}, False),
        ("https://host:81/b/a.zarr", {"block_size": 5}, True),
        ("https://host/a.zarr", {"get_client": print}, False),
        ("https://host/a//b.zarr", {}, False),
        ("gs://bucket/a.zarr", {"token": "anon"}, True),
        ("gs://bucket/a.zarr", {"token": "google_default"}, False),
        ("gs://bucket/a.zarr", {}, False),
        ("az://box/a.zarr", {"account_name": "n", "account_key": "k"}, True),
        ("abfs://box@n.dfs.core.windows.net/a.zarr", {"sas_token": "k"}, True),
        ("az://box/a.zarr", {"account_name": "n"}, False),
        ("az://box/a.zarr", {"connection_string": "n"}, False),
        ("s3://bucket/../a.zarr", {"anon": True}, False),
        ("memory://a.zarr", {}, False),
    ],
)
def test_urls(plain_environment, url, given, native_road):
    from hyperslab import _objects

    place, why = _objects.of_url(url, given)
    assert (place is not None) == native_road, why


def test_unknown_options_go_to_fsspec(tmp_path):
    with pytest.raises(Exception, match=r"(?i)s3fs|unknown_option|connect"):
        da.from_zarr("s3://bucket/a.zarr", storage_options={"anon": True, "unknown_option": 1})


# Writing, to a server that speaks all of S3.


@pytest.fixture(scope="module")
def bucket():
    """Options for a bucket ``bucket``, and s3fs's view of it."""
    moto = pytest.importorskip("moto.server")
    s3fs = pytest.importorskip("s3fs")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    served = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    served.start()
    host, port = served.get_host_and_port()
    options = {"key": "test", "secret": "hidden", "endpoint_url": f"http://{host}:{port}"}
    fs = s3fs.S3FileSystem(**options)
    fs.mkdir("bucket")
    yield options, fs
    served.stop()


def listed(fs, folder):
    fs.invalidate_cache()
    return sorted(p.removeprefix(f"bucket/{folder}/") for p in fs.find(f"bucket/{folder}"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrays_are_written(bucket, layout):
    options, _ = bucket
    data = holey((43, 29))
    x = da.from_array(data, chunks=(10, 10))
    made = {"chunks": (14, 9), "fill_value": 7, **LAYOUTS[layout]}
    url = f"s3://bucket/{layout.replace(' ', '-').replace('/', 's')}.zarr"
    da.to_zarr(x, url, storage_options=options, **made)
    back = zarr.open_array(url, mode="r", storage_options=options)
    np.testing.assert_array_equal(back[...], data)
    for y in (da.from_zarr(url, storage_options=options), da.from_array(back), da.from_zarr(back)):
        assert native(y), y.explain()
        np.testing.assert_array_equal(y.compute(), data)
    with pytest.raises(ValueError, match="exist"):
        da.to_zarr(x, url, storage_options=options, **made)
    da.to_zarr(da.from_zarr(url, storage_options=options) * 2, url, overwrite=True, storage_options=options, **made)
    np.testing.assert_array_equal(zarr.open_array(url, mode="r", storage_options=options)[...], data * 2)


def test_parts_are_written(bucket):
    options, fs = bucket
    z = zarr.create_array("s3://bucket/parts.zarr", shape=(40, 30), chunks=(4, 5), shards=(8, 10), dtype="f8",
                          storage_options=options)  # fmt: skip
    data = numbers((21, 17), "f8")
    whole = np.zeros((40, 30))
    whole[3:24, 5:22] = data
    da.store(da.from_array(data, chunks=(6, 6)), z, regions=np.s_[3:24, 5:22])
    np.testing.assert_array_equal(z[...], whole)
    da.to_zarr(da.zeros((40, 30), chunks=7), z)
    np.testing.assert_array_equal(z[...], 0)
    assert listed(fs, "parts.zarr") == ["zarr.json"]


def test_arrays_grow(bucket):
    options, _ = bucket
    data = numbers((50, 7))
    url = "s3://bucket/grows.zarr"
    da.to_zarr(da.from_array(data[:23], chunks=(10, 7)), url, storage_options=options)
    da.to_zarr(da.from_array(data[23:], chunks=(10, 7)), url, append_axis=0, storage_options=options)
    np.testing.assert_array_equal(da.from_zarr(url, storage_options=options).compute(), data)


def test_what_fails_leaves_nothing(bucket):
    options, fs = bucket

    def fails(block):
        raise RuntimeError("out of luck")

    with pytest.raises(RuntimeError, match="out of luck"):
        da.to_zarr(da.zeros((4, 4)).map_blocks(fails, dtype="f8"), "s3://bucket/no.zarr", storage_options=options)
    assert listed(fs, "no.zarr") == []
    with pytest.raises(NotImplementedError, match="resume"):
        da.to_zarr(da.zeros((4, 4)), "s3://bucket/no.zarr", storage_options=options, resume=True)


def test_errors_of_writing_have_names(server, tmp_path):
    s3fs = pytest.importorskip("s3fs")
    fs = s3fs.S3FileSystem(**s3(server, config_kwargs={"retries": {"max_attempts": 1}}), asynchronous=True)
    stored(tmp_path / "bucket" / "a.zarr", numbers((4, 4)), chunks=(2, 2))
    z = zarr.open_array(zarr.storage.FsspecStore(fs, path="bucket/a.zarr"), mode="r+")
    server.fault = lambda method, path, before: 403 if method == "PUT" else None
    with pytest.raises(OSError, match=r"zarr:.*chunk \(\d, \d\).*s3://bucket/a.zarr/c/\d/\d.*403"):
        da.store(da.ones((4, 4)), z)
    server.fault = lambda method, path, before: 503 if method == "PUT" and before < 1 else None
    da.store(da.ones((4, 4)), z)
    np.testing.assert_array_equal(da.from_zarr("s3://bucket/a.zarr", storage_options=s3(server)).compute(), 1)


def test_zarr_pythons_arrays_on_web_servers(server, tmp_path):
    pytest.importorskip("aiohttp")
    data = holey((43, 29))
    stored(tmp_path / "a.zarr", data, compressors=ZstdCodec())
    z = zarr.open_array(f"{server.url}/a.zarr", mode="r")
    x = da.from_array(z)
    assert native(x), x.explain()
    np.testing.assert_array_equal(x.compute(), data)
    odd = zarr.open_array(f"{server.url}/a.zarr", mode="r", storage_options={"client_kwargs": {"trust_env": True}})
    y = da.from_array(odd)
    assert "through zarr-python: a FsspecStore, option client_kwargs['trust_env']" in y.explain()
    np.testing.assert_array_equal(y.compute(), data)
    z = da.from_zarr(f"{server.url}/a.zarr", storage_options={"client_kwargs": {"trust_env": True}})
    assert "through zarr-python" in z.explain()
    np.testing.assert_array_equal(z.compute(), data)


def test_stores_of_obstore(server, tmp_path, plain_environment):
    obstore = pytest.importorskip("obstore.store")
    data = holey((43, 29))
    stored(tmp_path / "bucket" / "some" / "a.zarr", data)
    keys = {"access_key_id": "a", "secret_access_key": "b", "endpoint": server.url}
    plain = {"client_options": {"allow_http": True}}
    for store, path in [
        (obstore.S3Store("bucket", prefix="some", **keys, **plain), "a.zarr"),
        (obstore.S3Store("bucket", **keys, **plain), "some/a.zarr"),
        (obstore.HTTPStore(f"{server.url}/bucket", **plain), "some/a.zarr"),
    ]:
        z = zarr.open_array(zarr.storage.ObjectStore(store), path=path, mode="r")
        x = da.from_array(z)
        assert native(x), x.explain()
        np.testing.assert_array_equal(x.compute(), data)
    other = obstore.S3Store("bucket", **keys, client_options={"allow_http": True, "timeout": "20s"})
    x = da.from_array(zarr.open_array(zarr.storage.ObjectStore(other), path="some/a.zarr", mode="r"))
    assert "through zarr-python: an ObjectStore, options of clients" in x.explain()
    np.testing.assert_array_equal(x.compute(), data)


def test_hdf5_by_url(server, tmp_path):
    pytest.importorskip("aiohttp")
    h5py = pytest.importorskip("h5py")
    data = numbers((40, 30))
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f.create_dataset("x", data=data, chunks=(7, 8), compression="gzip", shuffle=True)
        f.create_dataset("plain", data=data)
        f.create_dataset("big", data=data.astype(">f8"), chunks=(10, 30))
        f.create_dataset("empty", shape=(40, 30), dtype="f4", fillvalue=3)
        f.create_dataset("holes", shape=(40, 30), dtype="f4", chunks=(10, 10), fillvalue=3)[:10, 10:30] = data[
            :10, 10:30
        ]
        f.create_dataset("odd", data=data, chunks=(10, 10), scaleoffset=2)
    for name in ("x", "plain", "big", "empty", "holes", "odd"):
        with h5py.File(tmp_path / "a.h5") as f:
            want = f[name][...]
        x = da.from_hdf5(f"{server.url}/a.h5", name)
        assert ("hdf5:" in x.explain()) == (name != "odd")
        for index in SELECTIONS:
            np.testing.assert_array_equal(x[index].compute(), want[index])
    x = da.from_hdf5(f"{server.url}/a.h5", "x")
    server.fault = lambda method, path, before: 503 if before % 2 else None
    np.testing.assert_array_equal(x.compute(), data)
    server.fault = lambda method, path, before: 403
    with pytest.raises(OSError, match=r"dataset /x, chunk \(\d, \d\).*a\.h5.*403"):
        x.compute()
    server.fault = None
    os.utime(tmp_path / "a.h5", (1, 1))
    (tmp_path / "a.h5").write_bytes((tmp_path / "a.h5").read_bytes() + b"more")
    with pytest.raises(OSError, match=r"a\.h5: was replaced"):
        x.compute()
    os.truncate(tmp_path / "a.h5", os.path.getsize(tmp_path / "a.h5") - 4)
    np.testing.assert_array_equal(da.from_hdf5(f"file://{tmp_path}/a.h5", "x").compute(), data)
    with pytest.raises(ValueError, match="storage_options"):
        da.from_hdf5(tmp_path / "a.h5", "x", storage_options={})


def test_pickles_are_read_elsewhere(server, tmp_path):
    data = numbers((40, 30))
    stored(tmp_path / "a.zarr", data, chunks=(10, 10))
    x = da.from_zarr(f"{server.url}/a.zarr") + 1
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).sum().compute())"
    done = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(x), capture_output=True, check=True, env=os.environ
    )
    assert float(done.stdout) == (data + 1).sum()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_process_reads_too(server, tmp_path):
    data = numbers((40, 30))
    stored(tmp_path / "a.zarr", data, chunks=(10, 10))
    code = f"""
        import os
        import hyperslab as da
        x = da.from_zarr({server.url!r} + "/a.zarr")
        first = float(x.sum().compute())
        child = os.fork()
        if child == 0:
            os._exit(0 if float(x.sum().compute()) == first else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), first)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.split() == ["0", str(float(data.sum()))]
