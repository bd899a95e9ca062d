"""Object stores and web servers by the names and options that users of fsspec know, for native reading and writing.

Only what is known for certain is taken: an option that has no native meaning, or credentials that nobody gave and that
are found in no plain place, leave the store to fsspec, and the plan says why.
"""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

#: Keys of object stores, and paths of URLs, that need no escapes.
PLAIN = re.compile(r"[\w\-.~+=,@:!$&'()*;/ ]*", re.ASCII)
PLAIN_URL = re.compile(r"[\w\-.~+=,@:/]*", re.ASCII)

#: Options of fsspec's file systems that say how files are buffered and listed, as objects read whole are not.
BUFFERING = frozenset(
    {
        "asynchronous", "loop", "skip_instance_cache", "use_listings_cache", "listings_expiry_time", "max_paths",
        "default_block_size", "default_fill_cache", "default_cache_type", "block_size", "cache_type", "cache_options",
        "cache_timeout", "cache_regions", "max_concurrency", "fixed_upload_size", "size_policy", "simple_links",
        "same_scheme", "consistency", "check_connection", "default_location", "blocksize",
    }
)  # fmt: skip

#: An account of Google that has no tokens.
_NO_ACCOUNT = json.dumps({"disable_oauth": True, "private_key": "", "private_key_id": "", "client_email": ""})

#: Azure's storage emulator, its account's well-known key.
_EMULATOR = "http://127.0.0.1:10000/devstoreaccount1"
_EMULATORS_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

Settings = dict[str, Any]


class Unknown(Exception):
    """What an option or its value means natively is not known."""


def of_url(url: str, options: Mapping[str, Any] | None) -> tuple[Settings | None, str]:
    """The store of a URL, the path in it and their name, or ``None`` and why fsspec must read it."""
    protocol = url.partition("://")[0]
    if protocol not in STORES:
        return None, f"through fsspec: {protocol}://"
    try:
        if _configured(protocol):
            raise Unknown("fsspec's own configuration")
        return _settings(protocol, url, options or {}), ""
    except Unknown as unknown:
        return None, f"through fsspec: {unknown}"


def of_file_system(fs: Any, path: str) -> tuple[Settings | None, str]:
    """As `of_url`, of a path of a file system of fsspec."""
    protocol = CLASSES.get(f"{type(fs).__module__}.{type(fs).__qualname__}")
    if protocol is None:
        return None, f"a {type(fs).__name__}"
    try:
        if getattr(fs, "storage_args", ()):
            raise Unknown("options without names")
        # Google's zonal buckets are spoken to by another protocol; gcsfs keeps what it found out of each.
        if any(kind.name.startswith("ZONAL") for kind in getattr(fs, "_storage_layout_cache", {}).values()):
            raise Unknown("a zonal bucket")
        url = path if "://" in path else f"{protocol}://{path}"
        return _settings(protocol, url, fs.storage_options), ""
    except Unknown as unknown:
        return None, str(unknown)


def of_obstore(store: Any, path: str) -> tuple[Settings | None, str]:
    """As `of_url`, of a path of a store of obstore, which has the same options as the native reader."""
    kind = type(store).__qualname__ if type(store).__module__ == "obstore.store" else ""
    try:
        if kind not in ("S3Store", "HTTPStore"):
            raise Unknown(f"a {type(store).__name__}")
        client = dict(store.client_options or {})
        client.pop("allow_http", None)
        if client or store.retry_config or getattr(store, "credential_provider", None) is not None:
            raise Unknown("options of clients, of retries or of credentials")
        if kind == "HTTPStore":
            return _settings("https", f"{store.url.rstrip('/')}/{path}".rstrip("/"), {}), ""
        options = dict(store.config)
        bucket, prefix = options.pop("bucket"), store.prefix or ""
        signs = {"access_key_id", "secret_access_key"} <= set(options)
        if not (signs or str(options.get("skip_signature", "")).lower() == "true"):
            raise Unknown("no credentials that are found here")
        if any(name.startswith("AWS_") for name in os.environ):
            raise Unknown("variables of the environment")
        place = _settings(
            "s3", f"s3://{bucket}/{prefix}/{path}".replace("//", "/").replace(":/", "://", 1), {"anon": True}
        )
        place["store"]["options"] = {name: str(value) for name, value in options.items()}
        return place, ""
    except Unknown as unknown:
        return None, str(unknown)


def _configured(protocol: str) -> bool:
    """Whether fsspec would add options of its own."""
    try:
        from fsspec.config import conf
    except ImportError:
        return False
    return bool(conf.get(protocol))


def _settings(protocol: str, url: str, options: Mapping[str, Any]) -> Settings:
    given = {k: v for k, v in options.items() if v is not None and k not in BUFFERING}
    store: Settings = {"url": "", "options": {}, "headers": {}, "patience": (None, None, None, None)}
    place = STORES[protocol](store, url, given)
    if given:
        name = min(given)
        raise Unknown(f"option {name!r}")
    return place


def _is_plain(path: str, allowed: re.Pattern[str]) -> bool:
    """Whether a path means the same to every library."""
    return bool(allowed.fullmatch(path)) and "//" not in path and not {".", ".."} & set(path.split("/"))


def _bucket(url: str) -> tuple[str, str]:
    bucket, _, path = url.partition("://")[2].partition("/")
    if not bucket or not _is_plain(path, PLAIN):
        raise Unknown("such a name of an object")
    return bucket, path.strip("/")


def _place(store: Settings, url: str, path: str, named: str) -> Settings:
    """A path of the store at a URL; `named` is how `_location` names the store."""
    store["url"] = url
    return {"store": store, "folder": path, "whereabouts": [f"{named}/{path}".rstrip("/")]}


def _take(given: dict[str, Any], name: str, kind: type | tuple[type, ...] = str) -> Any:
    """An option, struck from those that are left."""
    value = given.pop(name, None)
    if value is not None and not isinstance(value, kind):
        raise Unknown(f"option {name!r} of type {type(value).__name__}")
    return value


def _inner(given: dict[str, Any], name: str) -> dict[str, Any]:
    return {k: v for k, v in (_take(given, name, dict) or {}).items() if v is not None}


def _nothing_left(name: str, inner: Mapping[str, Any]) -> None:
    if inner:
        raise Unknown(f"option {name}[{min(inner)!r}]")


def _http(store: Settings, url: str, given: dict[str, Any]) -> Settings:
    at = urlsplit(url)
    if at.query or at.fragment or "@" in at.netloc or not _is_plain(at.path, PLAIN_URL):
        raise Unknown("such a URL")
    client = _inner(given, "client_kwargs")
    store["headers"] = {**_inner(client, "headers"), **_inner(given, "headers")}
    _nothing_left("client_kwargs", client)
    if not all(isinstance(v, str) for v in store["headers"].values()):
        raise Unknown("headers that are no strings")
    seconds = _take(given, "timeout", (int, float))
    store["patience"] = (seconds, seconds, None, None)
    if _take(given, "encoded", bool) and "%" in url:
        raise Unknown("such a URL")
    server = f"{at.scheme}://{at.netloc}"
    return _place(store, server, at.path.strip("/"), f"http:{server}")


def _s3(store: Settings, url: str, given: dict[str, Any]) -> Settings:
    bucket, path = _bucket(url)
    options: dict[str, str] = store["options"]
    client, config = _inner(given, "client_kwargs"), _inner(given, "config_kwargs")
    key = _take(given, "key") or _take(given, "username") or _take(client, "aws_access_key_id")
    secret = _take(given, "secret") or _take(given, "password") or _take(client, "aws_secret_access_key")
    token = _take(given, "token") or _take(client, "aws_session_token")
    if _take(given, "anon", bool):
        options["skip_signature"] = "true"
    elif key and secret:
        options |= _keys(key, secret, token)
    elif key or secret or token:
        raise Unknown("credentials in part")
    else:
        options |= _aws_credentials()
    endpoint = _take(given, "endpoint_url") or _take(client, "endpoint_url")
    endpoint = endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = _take(client, "region_name") or os.environ.get("AWS_DEFAULT_REGION") or _aws_profile().get("region")
    if endpoint:
        options |= {"endpoint": endpoint, "region": region or "us-east-1"}
    elif region:
        options["region"] = region
    if False in (_take(given, "use_ssl", bool), _take(client, "use_ssl", bool)) and not endpoint:
        raise Unknown("option 'use_ssl'")
    if _take(given, "requester_pays", bool):
        options["request_payer"] = "true"
    if _take(given, "version_aware", bool):
        raise Unknown("option 'version_aware'")
    _nothing_left("s3_additional_kwargs", _inner(given, "s3_additional_kwargs"))
    serving = _inner(config, "s3")
    style = serving.pop("addressing_style", "auto")
    _nothing_left("config_kwargs['s3']", serving)
    if style not in ("auto", "path") and (endpoint or style != "virtual"):
        raise Unknown(f"addressing style {style!r}")
    if not endpoint and style != "path" and "." not in bucket:
        options["virtual_hosted_style_request"] = "true"
    retries = _inner(config, "retries")
    attempts, total = _take(retries, "max_attempts", int), _take(retries, "total_max_attempts", int)
    if total is not None:  # botocore writes it in place of the other.
        attempts = max(total - 1, 0)
    retries.pop("mode", None)
    _nothing_left("config_kwargs['retries']", retries)
    number = (int, float)
    connect, read = _take(config, "connect_timeout", number), _take(config, "read_timeout", number)
    store["patience"] = (connect, read, attempts, None)
    config.pop("max_pool_connections", None)
    _nothing_left("config_kwargs", config)
    _nothing_left("client_kwargs", client)
    return _place(store, f"s3://{bucket}", path, f"s3:{bucket}")


def _keys(key: str, secret: str, token: str | None) -> dict[str, str]:
    return {"access_key_id": key, "secret_access_key": secret, **({"token": token} if token else {})}


def _aws_file(variable: str, name: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    try:
        found.read(os.path.expanduser(os.environ.get(variable) or os.path.join("~", ".aws", name)))
    except (OSError, configparser.Error):
        raise Unknown(f"the file {name} of AWS") from None
    return found


def _aws_profile() -> dict[str, str]:
    """What AWS's file of settings says of the profile that is used when nobody names one."""
    if os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE"):
        raise Unknown("a profile of AWS")
    settings = _aws_file("AWS_CONFIG_FILE", "config")
    own = dict(settings["default"]) if "default" in settings else {}
    if set(own) - {"region", "output", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"}:
        raise Unknown("settings in AWS's config file")
    return own


def _aws_credentials() -> dict[str, str]:
    """Credentials where AWS's own library looks for them, in its order."""
    env = os.environ
    profile = _aws_profile()
    if env.get("AWS_ACCESS_KEY_ID") and env.get("AWS_SECRET_ACCESS_KEY"):
        token = env.get("AWS_SESSION_TOKEN") or env.get("AWS_SECURITY_TOKEN")
        return _keys(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], token)
    if env.get("AWS_WEB_IDENTITY_TOKEN_FILE") and env.get("AWS_ROLE_ARN"):
        found = {"web_identity_token_file": env["AWS_WEB_IDENTITY_TOKEN_FILE"], "role_arn": env["AWS_ROLE_ARN"]}
        session = env.get("AWS_ROLE_SESSION_NAME")
        return found | ({"role_session_name": session} if session else {})
    shared = _aws_file("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    own = dict(shared["default"]) if "default" in shared else {}
    for keys in (own, profile):
        if "aws_access_key_id" in keys and "aws_secret_access_key" in keys:
            extra = set(own) - {"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "region"}
            if extra:
                raise Unknown("settings in AWS's credentials file")
            return _keys(keys["aws_access_key_id"], keys["aws_secret_access_key"], keys.get("aws_session_token"))
    if own:
        raise Unknown("settings in AWS's credentials file")
    if env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        return {"container_credentials_relative_uri": env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]}
    if env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") or not _on_ec2():
        raise Unknown("no credentials that are found here")
    return {}  # The machine's own, from its metadata service.


def _on_ec2() -> bool:
    try:
        with open("/sys/devices/virtual/dmi/id/sys_vendor", encoding="utf-8") as vendor:
            return vendor.read().strip() == "Amazon EC2"
    except OSError:
        return False


def _google(store: Settings, url: str, given: dict[str, Any]) -> Settings:
    bucket, path = _bucket(url)
    options: dict[str, str] = store["options"]
    token = _take(given, "token", (str, dict)) or os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if token == "anon":
        # Writes would ask for a token all the same, but of an account without tokens.
        options |= {"skip_signature": "true", "service_account_key": _NO_ACCOUNT}
    elif isinstance(token, dict) and token.get("type") == "service_account":
        options["service_account_key"] = json.dumps(token)
    elif isinstance(token, str) and os.path.isfile(token):
        options["application_credentials"] = token
    else:
        raise Unknown("no credentials that are found here" if token is None else "option 'token'")
    endpoint = _take(given, "endpoint_url") or os.environ.get("STORAGE_EMULATOR_HOST")
    if endpoint and endpoint != "default":
        options["base_url"] = (endpoint if "://" in endpoint else f"http://{endpoint}").rstrip("/")
    for name in ("project", "secure_serialize"):
        given.pop(name, None)
    if _take(given, "access") not in (None, "full_control", "read_write"):
        raise Unknown("option 'access'")
    if _take(given, "requester_pays", (bool, str)) or _take(given, "version_aware", bool):
        raise Unknown("option 'requester_pays' or 'version_aware'")
    return _place(store, f"gs://{bucket}", path, f"gs:{bucket}")


def _azure(store: Settings, url: str, given: dict[str, Any]) -> Settings:
    container, path = _bucket(url)
    options: dict[str, str] = store["options"]
    container, _, host = container.partition("@")
    if host and not host.endswith((".dfs.core.windows.net", ".blob.core.windows.net")):
        raise Unknown("no name of the account")

    def option(name: str) -> Any:
        return _take(given, name) or os.environ.get(f"AZURE_STORAGE_{name.upper()}")

    account, connection = option("account_name") or host.partition(".")[0], option("connection_string")
    names = ("account_key", "sas_token", "client_id", "client_secret", "tenant_id")
    found = {name: value for name in names if (value := option(name))}
    anonymous, at = _take(given, "anon", bool), _take(given, "account_host")
    if connection:  # It goes before all else.
        account, endpoint, found = _connection(connection)
    else:
        endpoint = f"https://{at}" if at else ""
    if not account:
        raise Unknown("no name of the account")
    options["account_name"] = account
    if endpoint:
        options["endpoint"] = endpoint.rstrip("/")
    if set(found) in ({"account_key"}, {"sas_token"}, {"client_id", "client_secret", "tenant_id"}):
        options |= {"access_key" if name == "account_key" else name: value for name, value in found.items()}
    elif anonymous and not found:
        options["skip_signature"] = "true"
    else:
        raise Unknown("no credentials that are found here")
    number = (int, float)
    store["patience"] = (_take(given, "connection_timeout", number), _take(given, "read_timeout", number), None, None)
    for name in ("assume_container_exists", "location_mode"):
        if given.get(name) in (True, False, "primary"):
            del given[name]
    return _place(store, f"az://{container}", path, f"abfs:{container}")


def _connection(text: str) -> tuple[str, str, dict[str, str]]:
    """Account, URL of the blobs and credentials that a connection string of Azure names."""
    pairs = [part.split("=", 1) for part in text.strip().rstrip(";").split(";")]
    if any(len(pair) != 2 for pair in pairs):
        raise Unknown("such a connection string")
    said = {name.strip().lower(): value for name, value in pairs}
    if said.get("usedevelopmentstorage") == "true":
        said = {"accountname": "devstoreaccount1", "accountkey": _EMULATORS_KEY, "blobendpoint": _EMULATOR}
    account, endpoint = said.get("accountname", ""), said.get("blobendpoint", "")
    if not endpoint and account:
        suffix = said.get("endpointsuffix", "core.windows.net")
        endpoint = f"{said.get('defaultendpointsprotocol', 'https')}://{account}.blob.{suffix}"
    # The account is the first part of a host, or, behind a host that has no parts of its own, of the path.
    at = urlsplit(endpoint)
    account = account or at.path.strip("/").partition("/")[0] or (at.hostname or "").partition(".")[0]
    if "accountname" in said and "accountkey" in said:
        return account, endpoint, {"account_key": said["accountkey"]}
    signature = said.get("sharedaccesssignature")
    return account, endpoint, {"sas_token": signature} if signature else {}


STORES: dict[str, Callable[[Settings, str, dict[str, Any]], Settings]] = {
    "http": _http, "https": _http, "s3": _s3, "s3a": _s3, "gs": _google, "gcs": _google,
    "az": _azure, "abfs": _azure, "abfss": _azure,
}  # fmt: skip

#: File systems of fsspec by their classes, for wrappers have protocols of what they wrap.
CLASSES = {
    "s3fs.core.S3FileSystem": "s3",
    "fsspec.implementations.http.HTTPFileSystem": "https",
    "gcsfs.core.GCSFileSystem": "gs",
    "gcsfs.extended_gcsfs.ExtendedGcsFileSystem": "gs",
    "adlfs.spec.AzureBlobFileSystem": "az",
}


def location(url: str, options: Mapping[str, Any] | None) -> str:
    """Name of what is at a URL, as `_location` names what is in stores of zarr-python."""
    place, _ = of_url(url, options)
    if place is not None:
        return place["whereabouts"][0]
    protocol, _, path = url.partition("://")
    protocol = {"s3a": "s3", "gcs": "gs", "az": "abfs", "abfss": "abfs", "https": "http"}.get(protocol, protocol)
    return f"{protocol}:{url if protocol == 'http' else path}".rstrip("/")
