"""Object stores on loopback, and how others than the product see what is in them.

SeaweedFS and moto speak S3, Azurite speaks Azure's protocol. Emulators of Google Cloud Storage
speak its JSON API (gcp-storage-emulator, fake-gcs-server) or half of its XML API (Google's own
testbench), while the product's library uses all of the XML API. That is S3's protocol but for
conditions, which name a generation: a gateway before moto adds these.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from email.utils import formatdate
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar
from urllib.parse import quote, unquote, urlencode, urlsplit
from xml.etree import ElementTree

import boto3
from botocore.config import Config
from werkzeug.datastructures import Headers

from tests.support.servers import BIN, START, fetch, pick_free_port, wait_for

KEY, SECRET = "invented-key", "invented-secret"
BUCKET = "news"
SCOPE = f"{KEY}/20260101/us-east-1/s3/aws4_request"
AZURITE = Path(__file__).parent / "node_modules/azurite/dist/src/blob/main.js"
ACCOUNT = "devstoreaccount1"  # Azurite's own, with its published key
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
IDENTITIES = {
    "identities": [
        {
            "name": "uploader",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        },
        {"name": "anonymous", "actions": ["Read"]},
    ]
}
HEADERS = ("Content-Type", "Cache-Control", "Content-Encoding")
numbers = count(1)


class Bucket:
    """A prefix of its own in the bucket of a store, seen by another client than the product's."""

    scheme: ClassVar[str] = "s3"

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.prefix = f"site-{next(numbers)}"
        self.url = f"{self.scheme}://{BUCKET}/{self.prefix}"
        self.http = f"{endpoint}/{BUCKET}/{self.prefix}"
        self.client = make_client(endpoint)

    @staticmethod
    def make_environ(endpoint: str, secret: str = SECRET) -> dict[str, str]:
        """Return what the environment of an uploader has to say."""
        return {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": secret,
        }

    def list_keys(self) -> set[str]:
        return {*self.list_digests()}

    def list_digests(self) -> dict[str, str]:
        """Return the ETag of each object by its key."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Prefix=f"{self.prefix}/"
        )
        ones = (one for page in pages for one in page.get("Contents", ()))
        return {one["Key"].removeprefix(f"{self.prefix}/"): one["ETag"] for one in ones}

    def get_all(self) -> dict[str, tuple[bytes, dict[str, str]]]:
        keys = sorted(self.list_keys())
        with ThreadPoolExecutor(8) as pool:
            return dict(zip(keys, pool.map(self.get, keys), strict=True))

    def get(self, key: str) -> tuple[bytes, dict[str, str]]:
        answer = self.client.get_object(Bucket=BUCKET, Key=f"{self.prefix}/{key}")
        headers = {name: answer.get(name.replace("-", ""), "") for name in HEADERS}
        return answer["Body"].read(), headers

    def put(self, key: str, body: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"{self.prefix}/{key}", Body=body)


class GoogleBucket(Bucket):
    """A prefix in a bucket of Google Cloud Storage, of which others use the S3 dialect."""

    scheme = "gs"

    @staticmethod
    def make_environ(endpoint: str, secret: str = SECRET) -> dict[str, str]:
        account = {"gcs_base_url": endpoint, "disable_oauth": True, "client_email": ""}
        account |= {"private_key": secret, "private_key_id": ""}
        return {"GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(account)}


class AzureContainer(Bucket):
    """A prefix in a container that everybody may read, seen by plain HTTP."""

    scheme = "az"

    @staticmethod
    def make_environ(endpoint: str, secret: str = ACCOUNT_KEY) -> dict[str, str]:
        return {
            "AZURE_STORAGE_ENDPOINT": endpoint,
            "AZURE_ALLOW_HTTP": "true",
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": secret,
        }

    def list_digests(self) -> dict[str, str]:
        query = {"restype": "container", "comp": "list", "prefix": f"{self.prefix}/"}
        status, body, _ = fetch(f"{self.endpoint}/{BUCKET}?{urlencode(query)}")
        assert status == 200, body
        found = {}
        for one in ElementTree.fromstring(body.decode("utf-8-sig")).iter("Blob"):
            key = one.findtext("Name", "").removeprefix(f"{self.prefix}/")
            found[key] = one.findtext("Properties/Etag", "")
        return found

    def get(self, key: str) -> tuple[bytes, dict[str, str]]:
        status, body, headers = fetch(f"{self.http}/{quote(key)}")
        assert status == 200, body
        return body, {name: Headers(headers).get(name, "") for name in HEADERS}

    def put(self, key: str, body: bytes) -> None:
        path = f"/{BUCKET}/{self.prefix}/{quote(key)}"
        assert ask_azure(self.endpoint, path, body, {"x-ms-blob-type": "BlockBlob"}) == 201


def ask_azure(
    endpoint: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    query: dict[str, str] | None = None,
) -> int:
    """Send a PUT, signed as Azure's "Authorize with Shared Key" says; return its status."""
    query = query or {}
    own = headers | {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2023-11-03"}
    lines = ["PUT", "", "", str(len(body) or ""), "", "application/octet-stream", *[""] * 6]
    lines += [f"{name}:{value}" for name, value in sorted(own.items())]
    lines += [f"/{ACCOUNT}/{ACCOUNT}{path}", *(f"{name}:{query[name]}" for name in sorted(query))]
    text = "\n".join(lines).encode()
    digest = hmac.new(base64.b64decode(ACCOUNT_KEY), text, hashlib.sha256).digest()
    own["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    own["Content-Type"] = "application/octet-stream"
    server = urlsplit(endpoint)
    with closing(HTTPConnection(server.netloc, timeout=START)) as connection:
        connection.request("PUT", f"{server.path}{path}?{urlencode(query)}", body, own)
        return connection.getresponse().status


@contextmanager
def run_seaweedfs(base: Path) -> Iterator[str]:
    """Run SeaweedFS, which everybody may read; yield its endpoint, with the bucket in it."""
    base.mkdir()
    config = base / "s3.json"
    config.write_text(json.dumps(IDENTITIES), encoding="utf-8")
    names = ("master", "volume", "filer", "s3")
    ports = {f"{name}.port{kind}": pick_free_port() for name in names for kind in ("", ".grpc")}
    command = [
        *(str(BIN / "weed"), "-logtostderr", "server", "-s3", f"-dir={base}"),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={config}"),
        *("-volume.max=20", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"),
        # two services of no use here, whose ports are fixed
        *("-s3.port.iceberg=0", "-s3.port.lance=0"),
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    yield from _run(command, f"http://127.0.0.1:{ports['s3.port']}", base / "log", has_bucket)


@contextmanager
def run_moto(base: Path) -> Iterator[str]:
    """Run moto's server; yield its endpoint, with the bucket in it."""
    base.mkdir()
    port = pick_free_port()
    command = [str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    yield from _run(command, f"http://127.0.0.1:{port}", base / "log", has_bucket)


class Gateway(BaseHTTPRequestHandler):
    """Stands before a store."""

    protocol_version = "HTTP/1.1"  # in which boto3 need not wait for "100 Continue"
    disable_nagle_algorithm = True  # or each answer waits 40 ms between head and body
    store: str

    def answer(self) -> None:
        self.forward()

    def forward(self) -> int:
        """Send the store's answer to this request; return its status."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with closing(HTTPConnection(urlsplit(self.store).netloc, timeout=START)) as connection:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
        self.send(answer.status, content, self.change_headers(answer))
        return answer.status

    def change_headers(self, answer: HTTPResponse) -> dict[str, str]:
        """Return the headers of *answer* for the client."""
        hops = ("transfer-encoding", "content-length", "connection")
        return {name: value for name, value in answer.headers.items() if name.lower() not in hops}

    def send(
        self, status: int, content: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.answer()

    do_PUT = do_POST = do_HEAD = do_DELETE = do_GET  # noqa: N815 - names of http.server

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class GoogleGateway(Gateway):
    """Makes moto a Google Cloud Storage: a write has a generation, which may be its condition."""

    generations: dict[str, int]
    lock: threading.Lock  # a condition and its write are one step

    def answer(self) -> None:
        del self.headers["Authorization"]
        # moto wants a signature, and does not check it
        self.headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={SCOPE}"
        path, _, query = self.path.partition("?")
        self.name = unquote(path)
        is_write = self.command in ("PUT", "POST") and not query.startswith(("partN", "uploads"))
        with self.lock:
            now = self.generations.get(self.name, 0)
            wanted = self.headers.get("x-goog-if-generation-match", str(now))
            if wanted != str(now):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send(412)
            elif self.command == "DELETE" and not now:  # S3 would say 204
                self.send(404)
            else:
                self.generations[self.name] = now + 1 if is_write else now
                if self.forward() >= 300:
                    self.generations[self.name] = now
                elif self.command == "DELETE":
                    del self.generations[self.name]

    def change_headers(self, answer: HTTPResponse) -> dict[str, str]:
        generation = str(self.generations[self.name])
        return super().change_headers(answer) | {"x-goog-generation": generation}


@contextmanager
def run_gateway(handler: type[Gateway], store: str) -> Iterator[str]:
    """Run *handler* before the endpoint *store*; yield the endpoint that it is instead."""
    handler.store = store
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{urlsplit(store).path}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def run_google(base: Path) -> Iterator[str]:
    """Run moto behind a gateway that is like Google; yield its endpoint."""
    with run_moto(base) as store:
        own = {"generations": {}, "lock": threading.Lock()}
        with run_gateway(type("Google", (GoogleGateway,), own), store) as endpoint:
            yield endpoint


@contextmanager
def run_azurite(base: Path) -> Iterator[str]:
    """Run Azurite; yield the endpoint of its account, with the container in it."""
    base.mkdir()
    port = pick_free_port()
    command = [
        *("node", str(AZURITE), "--blobPort", str(port), "--inMemoryPersistence", "--silent"),
        *("--skipApiVersionCheck", "--disableTelemetry"),
    ]
    yield from _run(command, f"http://127.0.0.1:{port}/{ACCOUNT}", base / "log", has_container)


STORES: dict[str, tuple[Callable[[Path], AbstractContextManager[str]], type[Bucket]]] = {
    "seaweedfs": (run_seaweedfs, Bucket),
    "moto": (run_moto, Bucket),
    "google": (run_google, GoogleBucket),
    "azure": (run_azurite, AzureContainer),
}


def _run(
    command: list[str], endpoint: str, log: Path, is_ready: Callable[[str], bool]
) -> Iterator[str]:
    with log.open("wb") as output:
        # of its own account's credentials none may be found
        environ = {name: value for name, value in os.environ.items() if name[:4] != "AWS_"}
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environ)
    try:
        wait_for(lambda: server.poll() is not None or is_ready(endpoint))
        assert server.poll() is None, log.read_text(encoding="utf-8")[-2_000:]
        yield endpoint
    finally:
        server.kill()  # SeaweedFS takes half a minute to end in order
        server.wait()


def has_container(endpoint: str) -> bool:
    """Return whether Azurite has made the container by now."""
    public = {"x-ms-blob-public-access": "container"}
    try:
        return ask_azure(endpoint, f"/{BUCKET}", b"", public, {"restype": "container"}) == 201
    except OSError:
        return False


def has_bucket(endpoint: str) -> bool:
    """Return whether the store takes an object of its new bucket by now."""
    client = make_client(endpoint)
    try:
        client.create_bucket(Bucket=BUCKET)
        client.put_object(Bucket=BUCKET, Key="probe", Body=b"")
        client.delete_object(Bucket=BUCKET, Key="probe")
    except Exception:
        # whatever a server that is just starting says
        return False
    return True


def make_client(endpoint: str) -> Any:
    """Return a client that shares nothing with the library of the product."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2),
    )
