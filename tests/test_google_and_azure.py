"""Google's and Azure's stores against a server of objects that answers as they do; their options."""

import json

import fsspec
import numpy as np
import pytest
import zarr
from fsspec.implementations.asyn_wrapper import AsyncFileSystemWrapper
from fsspec.implementations.dirfs import DirFileSystem
from object_arrays import LAYOUTS, SELECTIONS, holey, native, numbers, stored
from object_server import Server

import hyperslab as da
from hyperslab import _objects

ACCOUNT, KEY = "devstoreaccount1", _objects._EMULATORS_KEY
STORES = ["gs", "az"]


class Store:
    """A bucket or container ``bucket`` in a folder, by URLs and as zarr-python has it over fsspec."""

    def __init__(self, kind, root):
        self.url, self.server = f"{kind}://bucket", Server(root)
        at = f"http://127.0.0.1:{self.server.url.rpartition(':')[2]}"
        self.root = root if kind == "gs" else root / ACCOUNT
        self.folder = self.root / "bucket"
        self.folder.mkdir(parents=True)
        connection = (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={at}/{ACCOUNT};"
        )
        self.options = {
            "gs": {"token": "anon", "project": "any", "endpoint_url": at},
            "az": {"connection_string": connection},
        }[kind]
        self._module, self._name = {"gs": ("gcsfs.core", "GCSFileSystem"), "az": ("adlfs.spec", "AzureBlobFileSystem")}[
            kind
        ]

    def zarr_store(self, name):
        """As over gcsfs or adlfs: metadata are written to the folder, as these would write them to the server."""
        kind = type(self._name, (AsyncFileSystemWrapper,), {"__module__": self._module, "cachable": False})
        fs = kind(DirFileSystem(str(self.root), fsspec.filesystem("file", auto_mkdir=True)), asynchronous=True)
        fs.storage_args, fs.storage_options = (), dict(self.options)
        return zarr.storage.FsspecStore(fs, path=f"bucket/{name}")


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    made = Store(request.param, tmp_path)
    yield made
    made.server.close()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrays_are_read(store, layout):
    data = holey((43, 29))
    stored(store.folder / "some" / "a.zarr", data, **LAYOUTS[layout])
    x = da.from_zarr(f"{store.url}/some/a.zarr", storage_options=store.options)
    assert native(x), x.explain()
    for index in SELECTIONS:
        np.testing.assert_array_equal(x[index].compute(), data[index])


def test_what_is_not_there(store):
    with pytest.raises(FileNotFoundError, match=r"nothing\.zarr"):
        da.from_zarr(f"{store.url}/nothing.zarr", storage_options=store.options)


@pytest.mark.parametrize("layout", ["3 none", "2 zstd", "3 shards zstd"])
@pytest.mark.parametrize("fault", [503, 429, "drop", "short"])
def test_what_fails_once_is_asked_for_again(store, layout, fault):
    data = holey((43, 29))
    stored(store.folder / "a.zarr", data, **LAYOUTS[layout])
    x = da.from_zarr(f"{store.url}/a.zarr", storage_options=store.options)
    store.server.fault = lambda method, path, before: fault if before < 2 else None
    np.testing.assert_array_equal(x.compute(), data)


def test_what_is_refused_is_an_error_with_names(store):
    stored(store.folder / "a.zarr", numbers((40, 40)))
    x = da.from_zarr(f"{store.url}/a.zarr", storage_options=store.options)
    store.server.fault = lambda method, path, before: 403
    with pytest.raises(OSError, match=rf"chunk \(\d, \d\).*{store.url}/a.zarr/c/\d/\d.*403") as raised:
        x.compute()
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arrays_are_written(store, layout):
    data = numbers((43, 29))
    made = {"chunks": (14, 9), "fill_value": 1000, **LAYOUTS[layout]}
    da.to_zarr(da.from_array(data, chunks=(10, 10)), store.zarr_store("a.zarr"), **made)
    assert [method for method, path, _ in store.server.seen if method == "PUT"]
    np.testing.assert_array_equal(zarr.open_array(str(store.folder / "a.zarr"))[...], data)
    x = da.from_zarr(f"{store.url}/a.zarr", storage_options=store.options)
    np.testing.assert_array_equal(x.compute(), data)


def test_parts_and_ends_are_written(store):
    data = numbers((50, 7), "f8")
    z = zarr.create_array(store.zarr_store("a.zarr"), shape=(23, 7), chunks=(10, 7), dtype="f8", fill_value=1000)
    da.store(da.from_array(data[:20], chunks=6), z, regions=np.s_[:20])
    da.store(da.from_array(data[20:23], chunks=2), z, regions=np.s_[20:])
    da.to_zarr(da.from_array(data[23:], chunks=(10, 7)), z, append_axis=0)
    whole = zarr.open_array(str(store.folder / "a.zarr"))
    assert {path for method, path, _ in store.server.seen if method == "PUT"}
    np.testing.assert_array_equal(whole[...], data)
    store.server.fault = lambda method, path, before: 403 if method == "PUT" else None
    with pytest.raises(OSError, match=rf"chunk \(\d, \d\).*{store.url}/a.zarr/c/\d/\d.*403"):
        da.store(da.ones((50, 7)), z)


def test_empty_chunks_are_removed(tmp_path):
    store = Store("gs", tmp_path)
    z = zarr.create_array(store.zarr_store("a.zarr"), shape=(8, 8), chunks=(4, 4), dtype="f8")
    da.store(da.ones((8, 8)), z)
    da.store(da.zeros((8, 8)), z)
    assert not any(p.is_file() for p in (store.folder / "a.zarr" / "c").rglob("*"))
    assert [method for method, _, _ in store.server.seen].count("DELETE") == 4
    store.server.close()


# Options.

AZURE = f"AccountName=n;AccountKey={KEY}"
ENDPOINT = "https://n.blob.core.windows.net"
OPTIONS = [
    ("gs", {"token": "anon", "endpoint_url": "http://x/"}, {"skip_signature": "true", "base_url": "http://x"}),
    ("gs", {"token": {"type": "service_account"}}, {"service_account_key": json.dumps({"type": "service_account"})}),
    ("gs", {"token": {"type": "authorized_user"}}, None),
    ("gs", {"token": "anon", "access": "read_only"}, None),
    ("gs", {"token": "anon", "requester_pays": True}, None),
    ("az", {"connection_string": AZURE}, {"account_name": "n", "access_key": KEY, "endpoint": ENDPOINT}),
    ("az", {"connection_string": f"{AZURE};EndpointSuffix=x.y"}, {"endpoint": "https://n.blob.x.y"}),
    ("az", {"connection_string": f"BlobEndpoint={ENDPOINT}/;SharedAccessSignature=s=1&t=2"}, {"sas_token": "s=1&t=2"}),
    ("az", {"connection_string": "UseDevelopmentStorage=true"}, {"account_name": ACCOUNT, "access_key": KEY}),
    ("az", {"connection_string": "AccountName=n"}, None),
    ("az", {"connection_string": "nonsense"}, None),
    ("az", {"account_name": "n", "account_key": "k", "account_host": "n.x.y"}, {"endpoint": "https://n.x.y"}),
    ("az", {"account_name": "n", "account_key": "k", "anon": True}, {"access_key": "k"}),
    ("az", {"account_name": "n", "anon": True}, {"skip_signature": "true"}),
    ("az", {"account_name": "n", "sas_token": "s", "assume_container_exists": True}, {"sas_token": "s"}),
    ("az", {"account_name": "n", "credential": "c"}, None),
    ("az", {"account_name": "n", "account_key": "k", "version_aware": True}, None),
]


@pytest.fixture
def plain_environment(monkeypatch):
    for name in [n for n in _objects.os.environ if n.startswith(("GOOGLE_", "AZURE_", "STORAGE_"))]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("kind, given, wanted", OPTIONS, ids=[str(i) for i in range(len(OPTIONS))])
def test_options(plain_environment, kind, given, wanted):
    place, why = _objects.of_url(f"{kind}://bucket/some/a.zarr", given)
    if wanted is None:
        assert place is None and why.startswith("through fsspec: ")
    else:
        assert place["folder"] == "some/a.zarr" and wanted.items() <= place["store"]["options"].items()


def test_variables_of_the_environment(plain_environment, monkeypatch):
    def options(url, **given):
        return _objects.of_url(url, given)[0]["store"]["options"]

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "localhost:9")
    assert options("gs://bucket/a", token="anon")["base_url"] == "http://localhost:9"
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "n")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "k")
    assert options("abfs://bucket/a") == {"account_name": "n", "access_key": "k"}
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", AZURE)
    assert options("abfs://bucket/a", account_name="other")["access_key"] == KEY
