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
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from click.testing import CliRunner
from msgspec.structs import replace
from werkzeug.datastructures import Headers

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
from tests.support.object_stores import BUCKET, STORES, Bucket, Gateway, run_gateway
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

bodies: dict[str, bytes] = {}  # of objects by their digest
in_every_store = pytest.mark.parametrize("bucket", STORES, indirect=True)
in_each_protocol = pytest.mark.parametrize(
    "bucket", ["seaweedfs", "google", "azure"], indirect=True
)


@pytest.fixture(scope="module")
def endpoints(
    tmp_path_factory: pytest.TempPathFactory, needs: Callable[[str], str]
) -> Iterator[Callable[[str], str]]:
    """`endpoints("moto")` starts that store once, and returns its address."""
    running: dict[str, Any] = {}

    def get(name: str) -> str:
        if name not in running:
            for program in ("node", "azurite") if name == "azure" else ():
                needs(program)
            context = STORES[name][0](tmp_path_factory.mktemp("stores") / name)
            running[name] = (context, context.__enter__())
        endpoint: str = running[name][1]
        return endpoint

    yield get
    for context, _ in running.values():
        context.__exit__(None, None, None)


@contextmanager
def use_store(name: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    make_bucket = STORES[name][1]
    with monkeypatch.context() as patch:
        for key, value in make_bucket.make_environ(endpoint).items():
            patch.setenv(key, value)
        yield make_bucket(endpoint)


@pytest.fixture
def bucket(
    request: pytest.FixtureRequest,
    endpoints: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bucket]:
    """A prefix in SeaweedFS, or in the store that the test is parametrized with."""
    name = getattr(request, "param", "seaweedfs")
    with use_store(name, endpoints(name), monkeypatch) as made:
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


@in_every_store
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


@in_every_store
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
    anew = type(bucket)(bucket.endpoint)
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


@in_each_protocol
def test_an_upload_that_is_killed_is_finished_by_the_next(
    settings: Settings, bucket: Bucket
) -> None:
    for number in range(60):
        write_entry(settings.entries, f"more-{number}.md", date="2025-01-01", tags="[More]")
    command = make_command(settings, bucket)
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}

    class Dam(Gateway):
        """A gateway that lets 20 objects through, and keeps those who write more waiting."""

        written = count(1)
        is_full, is_open = threading.Event(), threading.Event()

        def answer(self) -> None:
            if self.command != "PUT" or next(self.written) <= 20:
                self.forward()
            else:
                self.is_full.set()
                self.is_open.wait(START)
                self.close_connection = True

    with (
        run_gateway(Dam, bucket.endpoint) as endpoint,
        subprocess.Popen(
            command,
            cwd=settings.base,
            env={**environ, **bucket.make_environ(endpoint)},
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


@in_each_protocol
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


@in_each_protocol
def test_objects_of_others_are_not_overwritten(settings: Settings, bucket: Bucket) -> None:
    bucket.put("index.html", b"mine")
    with pytest.raises(StoreError, match="empty it, or name another prefix"):
        upload(settings, bucket)
    assert bucket.get("index.html")[0] == b"mine"


@in_each_protocol
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
    assert (status, Headers(headers)["Content-Encoding"]) == (200, "gzip")


@in_each_protocol
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


class BusyGateway(Gateway):
    """Is busy whenever *refusals* are left."""

    refusals: ClassVar[list[int]] = []

    def answer(self) -> None:
        if self.refusals:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send(self.refusals.pop())
        else:
            self.forward()


def test_a_store_that_is_busy_is_asked_again(
    settings: Settings, endpoints: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        run_gateway(BusyGateway, endpoints("moto")) as endpoint,
        use_store("moto", endpoint, monkeypatch) as bucket,
    ):
        BusyGateway.refusals = [503, 500, 503]
        report = upload(settings, bucket)
        assert BusyGateway.refusals == []
        assert {*report.written} < bucket.list_keys()


@in_every_store
def test_a_large_object_goes_in_parts(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "film").write_bytes(b"film" * 3_000_000)
    attributes = {"Content-Type": "video/mp4", "Cache-Control": "public, max-age=300"}
    ObjectStore(bucket.url).write("files/film.mp4", tmp_path / "film", attributes)

    body, headers = bucket.get("files/film.mp4")
    assert body == b"film" * 3_000_000
    assert headers == {**attributes, "Content-Encoding": ""}


@in_every_store
def test_deleting_what_is_missing_is_no_error(bucket: Bucket) -> None:
    keys = [f"{number}.txt" for number in range(40)]
    for key in keys[::2]:
        bucket.put(key, b"there")
    ObjectStore(bucket.url).delete(keys)
    assert bucket.list_keys() == set()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://", "write s3://BUCKET/PREFIX"),
        ("/srv/www", "write s3://BUCKET/PREFIX"),
        ("https://bucket.s3.amazonaws.com/", "write s3://BUCKET/PREFIX"),
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
    assert not (settings.base / "out").exists()


@in_each_protocol
def test_a_missing_bucket_is_one_line(settings: Settings, bucket: Bucket) -> None:
    bucket.url = bucket.url.replace(f"//{BUCKET}/", "//nowhere/")
    with pytest.raises(StoreError) as caught:
        upload(settings, bucket)
    expected = f"{bucket.url}: there is no such bucket; create it, or name another"
    assert str(caught.value) == expected


# what is like Google asks for no credentials
@pytest.mark.parametrize("bucket", ["seaweedfs", "azure"], indirect=True)
def test_wrong_credentials_are_one_line(
    settings: Settings, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in bucket.make_environ(bucket.endpoint, "YW5vdGhlcg==").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError, match=r"refuses these credentials \((\w+)\)") as caught:
        upload(settings, bucket)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["moto", "google", "azure"])
def test_a_store_that_is_away_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with use_store(name, f"http://127.0.0.1:{pick_free_port()}", monkeypatch) as bucket:
        with pytest.raises(StoreError) as caught:
            ObjectStore(bucket.url, max_retries=1).read("index.html")
        pattern = rf"{bucket.url}: .*http://127\.0\.0\.1:.*error sending request[^\n]*"
        assert re.fullmatch(pattern, str(caught.value))


def test_without_the_library_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(StoreError, match=r"pip install 'feedsvc\[objects\]'"):
        ObjectStore("s3://news/x")


def test_options_of_an_upload_need_one(run: Callable[..., Any]) -> None:
    assert run("build", "out", "--dry-run").exit_code == 2
    assert run("build", "out", "--gzip").exit_code == 2


METADATA = "Error performing GET http://169.254.169.254/x"
REFUSED = "x: Error performing GET https://store.example/x - Server returned non-2xx status code: "
FAILURES = [
    ("s3", METADATA, "no credentials; .*such as AWS_ACCESS_KEY_ID"),
    ("gs", "Generic GCS error: metadata.google.internal", "such as GOOGLE_SERVICE_ACCOUNT"),
    ("az", f"{METADATA} - status code: 403 Forbidden", "such as AZURE_STORAGE_ACCOUNT_KEY"),
    ("gs", f"{REFUSED}401 Unauthorized: ", r"refuses these credentials \(401\); check that"),
    ("az", f"{REFUSED}403 Forbidden: <?xml", r"refuses these credentials \(403\); check that"),
    ("s3", "x: GET http://127.0.0.1:4033/403/x - error", "^x: GET http://127.0.0.1:4033/403/x"),
    ("s3", "URL scheme is not allowed", "not https; set AWS_ALLOW_HTTP=true"),
    ("az", "HTTP error: builder error", "not https; set AZURE_ALLOW_HTTP=true"),
    ("az", "Invalid Access Key: Invalid symbol", "not base64; check AZURE_STORAGE_ACCOUNT_KEY"),
    ("s3", "S3 error: odd in 1.5s, after\n\nDebug source:", "^S3 error: odd, after; $"),
]


@pytest.mark.parametrize(("scheme", "text", "message"), FAILURES)
def test_failures_are_told_apart(scheme: str, text: str, message: str) -> None:
    assert re.search(message, "; ".join(describe_failure(f"{scheme}://news/x", text)))


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
