"""`feedsvc build --to`: a built site in an object store, in an order without dead links."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from feedsvc.commands.build import write_site
from feedsvc.commands.cli import main
from feedsvc.commands.uploading import ObjectStore, UploadReport, upload_site
from feedsvc.commands.uploading.manifest import MANIFEST_KEY
from feedsvc.commands.uploading.objects import make_key
from feedsvc.commands.uploading.store import describe_failure
from feedsvc.errors import StoreError
from feedsvc.settings import Settings
from feedsvc.web import create_app
from tests.support.entries import write_entry
from tests.support.object_stores import BUCKET, STORES, make_client, make_environ
from tests.support.servers import ROOT, START, fetch, pick_free_port, wait_for
from tests.test_build import (
    LINK,
    SITE,
    assert_readers_see_the_same,
    build,
    is_document,
    make_settings,
    write_folder,
)

numbers = count(1)
bodies: dict[str, bytes] = {}  # of objects by their digest


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """`endpoints("moto")` starts that store once, and returns its address."""
    running: dict[str, Any] = {}

    def get(name: str) -> str:
        if name not in running:
            context = STORES[name](tmp_path_factory.mktemp("stores") / name)
            running[name] = (context, context.__enter__())
        endpoint: str = running[name][1]
        return endpoint

    yield get
    for context, _ in running.values():
        context.__exit__(None, None, None)


class Bucket:
    """A prefix of its own in the bucket of a store, seen by another client than the product's."""

    def __init__(self, endpoint: str) -> None:
        self.prefix = f"site-{next(numbers)}"
        self.url = f"s3://{BUCKET}/{self.prefix}"
        self.http = f"{endpoint}/{BUCKET}/{self.prefix}"
        self.client = make_client(endpoint)

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
        headers = {
            name: answer.get(name.replace("-", ""), "")
            for name in ("Content-Type", "Cache-Control", "Content-Encoding")
        }
        return answer["Body"].read(), headers

    def put(self, key: str, body: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"{self.prefix}/{key}", Body=body)


@contextmanager
def use_store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with monkeypatch.context() as patch:
        for name, value in make_environ(endpoint).items():
            patch.setenv(name, value)
        yield Bucket(endpoint)


@pytest.fixture
def bucket(
    request: pytest.FixtureRequest,
    endpoints: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bucket]:
    """A prefix in SeaweedFS, or in the store that the test is parametrized with."""
    with use_store(endpoints(getattr(request, "param", "seaweedfs")), monkeypatch) as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write_folder(tmp_path / "entries")
    return make_settings(tmp_path)


def upload(settings: Settings, bucket: Bucket, *, compresses: bool = False) -> UploadReport:
    """Build, and upload what was built."""
    write_site(settings, settings.base / "out", 1, compresses=False)
    return upload_site(
        settings, settings.base / "out", ObjectStore(bucket.url), compresses=compresses
    )


@pytest.mark.parametrize("bucket", STORES, indirect=True)
def test_each_object_is_what_the_server_answers(settings: Settings, bucket: Bucket) -> None:
    report = upload(settings, bucket)
    static = replace(settings, site=replace(settings.site, static=True))
    client = create_app(static, runs_writer=False).test_client()

    objects = bucket.get_all()
    keys = {*objects}
    assert keys == {*report.written, MANIFEST_KEY}
    addresses = {
        address: one
        for address, one in build(settings).items()
        if is_document(address) and one.file
    }
    for address in (*addresses, "/feed/", "/rss/", "/atom/"):
        answer = client.get(address, headers={"Accept": "text/html"})
        key = make_key(address)
        assert answer.status_code == (410 if address.endswith("/gone/") else 200), address
        assert key is not None
        body, headers = objects[key]
        assert body == answer.data, address
        assert headers["Content-Type"] == answer.headers["Content-Type"], address
        assert headers["Cache-Control"] == "public, max-age=300"
        assert headers["Content-Encoding"] == ""
        keys.discard(key)
    assert keys == {MANIFEST_KEY, "404.html", "was/here/index.html", "was.html"}
    moved = objects["was.html"][0].decode()
    assert f'content="0; url={SITE}old/story.php"' in moved
    assert b"There is no page at this address" in objects["404.html"][0]
    assert "about" in report.written  # the type is the object's, so that no name needs an ending
    assert b'name="robots" content="noindex"' in objects["2026/03/02/gone/index.html"][0]
    assert b"unlisted" not in objects[MANIFEST_KEY][0]
    assert objects[MANIFEST_KEY][1]["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("bucket", STORES, indirect=True)
def test_only_what_changed_is_uploaded_and_what_vanished_deleted(
    settings: Settings, bucket: Bucket, tmp_path: Path
) -> None:
    first = upload(settings, bucket)
    bucket.put("others/kept.txt", b"kept")
    again = upload(settings, bucket)
    assert (again.written, again.deleted, again.unchanged) == ((), (), len(first.written))

    write_entry(settings.entries, "story-3.md", "Another title", date="2026-03-02", tags="[Tides]")
    (settings.entries / "story-7.md").unlink()
    # another machine, which has its own index and folder, goes on with the same bucket
    os.rename(tmp_path / "entries", tmp_path / "moved")
    other = make_settings(tmp_path / "other")
    os.makedirs(tmp_path / "other")
    os.rename(tmp_path / "moved", other.entries)
    os.rename(tmp_path / "root", tmp_path / "other/root")
    report = upload(other, bucket)

    assert "2026/03/02/story-3/index.html" in report.written
    assert "files/crane.png" not in report.written
    assert "2026/01/02/story-1/index.html" not in report.written
    assert "2026/07/02/story-7/index.html" in report.deleted
    written = {*first.written, *report.written} - {*report.deleted}
    assert bucket.list_keys() == {*written, MANIFEST_KEY, "others/kept.txt"}
    assert b"Another title" in bucket.get("2026/03/02/story-3/index.html")[0]


class StoppedError(Exception):
    """An upload is ended here."""


class StoppingStore(ObjectStore):
    """A store that does *steps* more things and then no more."""

    steps = 0

    def count(self) -> None:
        if self.steps <= 0:
            raise StoppedError
        self.steps -= 1

    def write(self, key: str, body: bytes | Path, attributes: dict[str, str]) -> None:
        self.count()
        super().write(key, body, attributes)

    def replace(self, key: str, body: bytes, version: Any) -> Any:
        self.count()
        return super().replace(key, body, version)

    def delete(self, keys: Any) -> None:
        self.count()
        super().delete(keys)


def assert_no_link_is_dead(bucket: Bucket) -> set[str]:
    """Follow every link from the front page; return the keys that were reached."""
    digests = bucket.list_digests()
    waiting, seen = ["/"], {"/"}
    while waiting:
        address = waiting.pop()
        key = make_key(address)
        assert key in digests, f"{address} is linked and not there"
        if digests[key] not in bodies:
            bodies[digests[key]] = bucket.get(key)[0]
        for match in LINK.finditer(bodies[digests[key]]):
            words = next(filter(None, match.groups())).decode().replace("&amp;", "&")
            url = urldefrag(urljoin(SITE + address[1:], words)).url.partition("?")[0]
            target = url[len(SITE) - 1 :]
            if url.startswith(SITE) and target not in seen:
                seen.add(target)
                waiting.append(target)
    return {key for address in seen if (key := make_key(address)) is not None}


def test_an_upload_that_is_ended_anywhere_leaves_no_dead_link(
    settings: Settings, bucket: Bucket
) -> None:
    upload(settings, bucket)
    assert len(assert_no_link_is_dead(bucket)) > 90
    pages = settings.base / "out"
    for number, steps in enumerate((1, 2, 9, 14, 30, 50)):
        write_entry(
            settings.entries, f"new-{number}.md", "New", date=f"2026-08-{number + 1:02}", tags="[N]"
        )
        (settings.entries / f"new-{number - 2}.md").unlink(missing_ok=True)
        write_site(settings, pages, 1, compresses=False)
        store = StoppingStore(bucket.url)
        store.steps = steps
        try:
            upload_site(settings, pages, store)
        except StoppedError:
            assert_no_link_is_dead(bucket)
    upload(settings, bucket)
    anew = Bucket(bucket.client.meta.endpoint_url)
    upload(settings, anew)

    assert bucket.list_keys() == anew.list_keys()
    healed, whole = bucket.get_all(), anew.get_all()
    del healed[MANIFEST_KEY], whole[MANIFEST_KEY]  # tables in another order
    assert healed == whole


def make_command(settings: Settings, bucket: Bucket, *words: str) -> list[str]:
    write_config(settings)
    command = [sys.executable, "-m", "feedsvc", "build", "out", "--no-compress", "--to", bucket.url]
    return [*command, *words]


def write_config(settings: Settings) -> None:
    text = f'[site]\nurl = "{settings.site.url}"\nid_authority = "{settings.site.id_authority}"\n'
    text += f'title = "News"\nindex = "{settings.site.index}"\n[feeds]\nlimit = 3\n'
    (settings.base / "feedsvc.toml").write_text(text, encoding="utf-8")


class Gateway(BaseHTTPRequestHandler):
    """Stands before a store, and is busy whenever *refusals* are left."""

    store = ""
    refusals: list[int]

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.refusals:
            self.send_response(self.refusals.pop())
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        connection = HTTPConnection(self.store.removeprefix("http://"), timeout=START)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        connection.close()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer  # noqa: N815 - names of http.server

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class Dam(Gateway):
    """A gateway that lets 20 objects through, and keeps those who write more waiting."""

    written = count(1)
    is_full, is_open = threading.Event(), threading.Event()

    def do_PUT(self) -> None:
        if next(self.written) <= 20:
            self.answer()
        else:
            self.is_full.set()
            self.is_open.wait(START)
            self.close_connection = True


@contextmanager
def run_gateway(handler: type[Gateway], store: str) -> Iterator[str]:
    """Run *handler* before *store* until the block ends; yield its address."""
    handler.store, handler.refusals = store, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_upload_that_is_killed_is_finished_by_the_next(
    settings: Settings, bucket: Bucket
) -> None:
    for number in range(60):
        write_entry(settings.entries, f"more-{number}.md", date="2025-01-01", tags="[More]")
    command = make_command(settings, bucket)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        run_gateway(Dam, environ["AWS_ENDPOINT_URL"]) as address,
        subprocess.Popen(
            command,
            cwd=settings.base,
            env={**environ, "AWS_ENDPOINT_URL": address},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        wait_for(lambda: process.poll() is not None or Dam.is_full.is_set())
        process.send_signal(signal.SIGKILL)
        _, errors = process.communicate()
        Dam.is_open.set()
    assert process.returncode == -signal.SIGKILL, errors
    begun = bucket.list_keys()
    assert MANIFEST_KEY in begun
    done = subprocess.run(
        command, cwd=settings.base, env=environ, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["out", bucket.url]
    assert re.search(r"^[\d,]+ objects written, 0 deleted, ", done.stderr, re.MULTILINE)
    assert begun < bucket.list_keys()
    assert_no_link_is_dead(bucket)


def test_of_two_uploads_at_a_time_one_stops(settings: Settings, bucket: Bucket) -> None:
    write_site(settings, settings.base / "out", 1, compresses=False)

    class SlowStore(ObjectStore):
        """A store in which another upload overtakes this one."""

        def write(self, *words: Any) -> None:
            if threading.current_thread() is not threading.main_thread() and overtaking:
                overtaking.pop()()
            super().write(*words)

    overtaking = [lambda: upload_site(settings, settings.base / "out", ObjectStore(bucket.url))]
    with pytest.raises(StoreError, match="another upload to it is running"):
        upload_site(settings, settings.base / "out", SlowStore(bucket.url))

    assert_no_link_is_dead(bucket)
    assert upload(settings, bucket).written == ()


def test_objects_of_others_are_not_overwritten(settings: Settings, bucket: Bucket) -> None:
    bucket.put("index.html", b"mine")
    with pytest.raises(StoreError, match="empty it, or name another prefix"):
        upload(settings, bucket)
    assert bucket.get("index.html")[0] == b"mine"


def test_texts_are_stored_in_gzip_if_that_is_asked(settings: Settings, bucket: Bucket) -> None:
    plain = upload(settings, bucket)
    bodies = {key: bucket.get(key)[0] for key in ("index.html", "atom.xml", "files/crane.png")}
    report = upload(settings, bucket, compresses=True)

    assert {*plain.written} - {*report.written} == {"files/crane.png", "static/icon.png"} & {
        *plain.written
    } | {key for key in plain.written if key.endswith((".ico", ".png"))}
    for key in ("index.html", "atom.xml"):
        body, headers = bucket.get(key)
        assert headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(body) == bodies[key]
    assert bucket.get("files/crane.png")[0] == bodies["files/crane.png"]
    status, _, headers = fetch(f"{bucket.http}/atom.xml")
    assert (status, headers["Content-Encoding"]) == (200, "gzip")


def test_a_dry_run_touches_nothing(settings: Settings, bucket: Bucket) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        make_command(settings, bucket, "--dry-run"),
        cwd=settings.base,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "write index.html" in done.stdout.splitlines()
    assert " would be written" in done.stderr
    assert bucket.list_keys() == set()


def test_readers_see_the_same(tmp_path: Path, bucket: Bucket, needs: Callable[[str], str]) -> None:
    write_folder(tmp_path / "entries")
    upload(make_settings(tmp_path, f"{bucket.http}/"), bucket)

    assert_readers_see_the_same(tmp_path / "entries", bucket.http, tmp_path, needs)


def test_a_store_that_is_busy_is_asked_again(
    settings: Settings, endpoints: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        run_gateway(Gateway, endpoints("moto")) as address,
        use_store(address, monkeypatch) as bucket,
    ):
        Gateway.refusals += [503, 500, 503]
        report = upload(settings, bucket)
        assert Gateway.refusals == []
        assert {*report.written} < bucket.list_keys()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://", "write s3://BUCKET/PREFIX"),
        ("/srv/www", "write s3://BUCKET/PREFIX"),
        ("https://bucket.s3.amazonaws.com/", "write s3://BUCKET/PREFIX"),
        ("s3://nowhere/x", "there is no such bucket; create it, or name another"),
        ("az://container/x", "set AZURE_STORAGE_ACCOUNT_NAME in the environment"),
    ],
)
@pytest.mark.usefixtures("bucket")
def test_what_is_wrong_with_a_store_is_one_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str, message: str
) -> None:
    write_config(settings)
    monkeypatch.chdir(settings.base)
    done = CliRunner().invoke(main, ["build", "out", "--processes", "1", "--to", url])

    assert done.exit_code == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"feedsvc: {url}: ")
    assert message in last
    assert (settings.base / "out").exists() == ("no such bucket" in message)


def test_wrong_credentials_are_one_line(
    settings: Settings, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(StoreError, match=r"refuses these credentials \((\w+)\)") as caught:
        upload(settings, bucket)
    assert "\n" not in str(caught.value)


def test_a_store_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in make_environ(f"http://127.0.0.1:{pick_free_port()}").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError) as caught:
        ObjectStore("s3://news/x", max_retries=1).read("index.html")
    assert re.fullmatch(r"s3://news/x: .*error sending request[^\n]*", str(caught.value))


def test_without_the_library_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(StoreError, match=r"pip install 'feedsvc\[objects\]'"):
        ObjectStore("s3://news/x")


def test_options_of_an_upload_need_one(run: Callable[..., Any]) -> None:
    assert run("build", "out", "--dry-run").exit_code == 2
    assert run("build", "out", "--gzip").exit_code == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x: Error performing GET http://169.254.169.254/latest/api/token", "no credentials"),
        ("Generic GCS error: metadata.google.internal", "no credentials"),
        ("URL scheme is not allowed", "not https"),
        ("Generic S3 error: odd in 1.5s, after\n\nDebug source:", "Generic S3 error: odd, after"),
    ],
)
def test_failures_are_told_apart(text: str, message: str) -> None:
    assert message in describe_failure(text)[0]


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("/", "index.html"),
        ("/about", "about"),
        ("/tags/%E9%A3%8E/", "tags/风/index.html"),
        ("/caf%E9/", None),  # no UTF-8
        ("/a/../b", None),
        ("/a//b", None),
        ("/a%5Cb", None),
        ("/a%0Ab", None),
        ("/.feedsvc/manifest", None),
        ("/" + "n" * 1_100, None),
    ],
)
def test_a_key_is_the_address(address: str, key: str | None) -> None:
    assert make_key(address) == key
    assert key is None or unquote(address).startswith("/" + key.removesuffix("index.html"))
