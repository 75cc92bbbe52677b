"""A node that takes another's index, and files whose times say more than has changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from feedsvc.commands.cli import main
from feedsvc.index import WalkedFile, open_read_connection, prepare_index_path, zstd
from feedsvc.index.rows import Row
from feedsvc.index.schema import copy_index
from feedsvc.indexer import export_index, import_index, refresh_index, scanner
from feedsvc.indexer.transfer.packing import make_header, pack
from feedsvc.settings import Settings, load_settings
from feedsvc.web import create_app
from tests.support.commands import CONFIG, Run
from tests.support.entries import write_entry, write_file
from tests.support.servers import fetch, pick_free_port, run_server, wait_for
from tests.support.site import Site
from tests.support.writer import run_writer

MakeSettings = Callable[..., Settings]
FACTS = (  # what an index says, but for file times, keys of terms and the counters of its life
    "SELECT path, size, state, hash, file_hash, id, permalink_path, slug, key FROM file",
    "SELECT key, path, hash, public_from, changed, packed, terms FROM entry",
    "SELECT kind, slug, count FROM term WHERE count",
    "SELECT * FROM asset_use",
    "SELECT path, reference, target FROM link",
    "SELECT path, code, field, line, message FROM problem",
    "SELECT * FROM alias",
    "SELECT path, id, url, retracted_at FROM tombstone",
    "SELECT key, translation_rank, repeated FROM entry",
    "SELECT * FROM turn",
)


def list_facts(settings: Settings) -> list[list[tuple[object, ...]]]:
    """Return what the index of *settings* says of its folder."""
    with closing(open_read_connection(str(prepare_index_path(settings)))) as connection:
        return [sorted(connection.execute(query), key=repr) for query in FACTS]


def fill(root: Path) -> None:
    """Write a folder with everything that an entry may depend on."""
    site = Site.__new__(Site)
    site.folder = root
    for number in range(12):
        site.add(f"story{number}", body=f"Words of {number}. [next](story{number + 1}.md)\n")
    site.write("story1.yaml", "tags: [sidecar]\n")
    site.write("_index.md", "---\ncascade:\n  author: Desk\n---\n")
    site.write("bundle/index.md", "---\ntitle: B\ndate: 2026-01-02\n---\n![x](pic.png)\n")
    site.write("bundle/pic.png", b"12345")
    site.write("broken.md", "---\ntitle: no date\n---\ntext\n")
    site.write(
        "copy.md", (root / "story2.md").read_text().replace("---\n", "---\nid: urn:x:2\n", 1)
    )
    site.write(
        "gone.md",
        "---\ntitle: G\ndate: 2026-01-02\nstatus: retracted\nretracted: 2026-02-03\n---\nx\n",
    )
    (root / "link.md").symlink_to("story3.md")


def touch_all(root: Path) -> None:
    for file in root.rglob("*"):
        os.utime(file, ns=(1_700_000_000_000_000_000,) * 2, follow_symlinks=False)


@pytest.fixture
def read_paths(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that a scan hands over to be read, from now on."""
    paths: list[str] = []
    read = scanner.Scanner._read_rows

    def note(self: scanner.Scanner, files: Iterator[WalkedFile]) -> Iterator[Row]:
        def list_files() -> Iterator[WalkedFile]:
            for file in files:
                paths.append(file.path)
                yield file

        return read(self, list_files())

    monkeypatch.setattr(scanner.Scanner, "_read_rows", note)
    return paths


# -- files whose times alone differ ---------------------------------------------------


def test_files_of_other_times_and_the_same_bytes_are_not_read(
    entries_dir: Path, settings: MakeSettings, read_paths: list[str]
) -> None:
    made = settings()
    fill(entries_dir)
    refresh_index(made)
    before = list_facts(made)
    read_paths.clear()

    touch_all(entries_dir)
    refresh_index(made)

    # a failure is tried again, a link may lead elsewhere, a picture is not hashed
    assert set(read_paths) == {"broken.md", "link.md", "bundle/pic.png", "bundle/index.md"}
    assert list_facts(made) == before
    read_paths.clear()
    refresh_index(made)
    assert read_paths == []


def change(root: Path, path: str, old: str, new: str) -> None:
    assert len(old) == len(new)
    text = (root / path).read_text(encoding="utf-8")
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("story5.md", "Words", "Sword", {"story5.md"}),
        ("story1.yaml", "sidecar", "another", {"story1.yaml", "story1.md"}),
        ("bundle/pic.png", "12345", "54321", {"bundle/pic.png", "bundle/index.md"}),
    ],
)
def test_of_files_that_are_all_touched_those_with_other_bytes_are_read(
    entries_dir: Path,
    settings: MakeSettings,
    read_paths: list[str],
    path: str,
    old: str,
    new: str,
    expected: set[str],
) -> None:
    made = settings()
    fill(entries_dir)
    refresh_index(made)
    read_paths.clear()

    touch_all(entries_dir)
    change(entries_dir, path, old, new)
    refresh_index(made)

    always = {"broken.md", "link.md", "bundle/pic.png", "bundle/index.md"}
    assert expected <= set(read_paths) <= expected | always | {"story4.md"}  # links to it
    found = list_facts(made)
    prepare_index_path(made).unlink()
    refresh_index(made)
    assert found == list_facts(made), "the index is that of a first build"


def test_defaults_of_the_folder_with_other_bytes_are_those_of_every_touched_entry(
    entries_dir: Path, settings: MakeSettings
) -> None:
    made = settings()
    fill(entries_dir)
    refresh_index(made)

    touch_all(entries_dir)
    change(entries_dir, "_index.md", "Desk", "Mara")
    refresh_index(made)

    found = list_facts(made)
    prepare_index_path(made).unlink()
    refresh_index(made)
    assert found == list_facts(made)
    assert {term[1] for term in found[2] if term[0] == "author"} == {"mara"}


def test_where_a_files_time_is_its_date_a_touched_one_is_read(
    entries_dir: Path, settings: MakeSettings
) -> None:
    made = settings(sources=("field", "mtime"))
    file = entries_dir / "a.md"
    file.write_text("---\ntitle: A\n---\nWords\n", encoding="utf-8")
    os.utime(file, (1_600_000_000,) * 2)
    refresh_index(made)
    before = list_facts(made)

    os.utime(file, (1_700_000_000,) * 2)
    refresh_index(made)

    assert list_facts(made) != before


# -- an index that is carried ---------------------------------------------------------


def carry(first: Settings, second: Settings, read_paths: list[str]) -> None:
    """Export the index of *first*, and import it into the other node *second*."""
    file = first.base / "carried"
    export_index(first, file)
    read_paths.clear()
    import_index(second, file)


@pytest.fixture
def nodes(tmp_path: Path, settings: MakeSettings, entries_dir: Path) -> tuple[Settings, Settings]:
    """Two nodes with the same files at other times, each with its own index."""
    fill(entries_dir)
    shutil.copytree(entries_dir, tmp_path / "other" / "entries", symlinks=True)
    touch_all(tmp_path / "other" / "entries")
    one = replace(settings(), base=tmp_path, site=replace(settings().site, entries="entries"))
    other = replace(one, base=tmp_path / "other", site=replace(one.site, index="index"))
    refresh_index(one)
    return one, other


def test_a_new_node_reads_only_what_differs(
    nodes: tuple[Settings, Settings], read_paths: list[str]
) -> None:
    one, other = nodes
    with (other.entries / "story7.md").open("a", encoding="utf-8") as file:
        file.write("One more line.\n")
    (other.entries / "story9.md").unlink()
    (other.entries / "new.md").write_text("---\ntitle: N\ndate: 2026-01-02\n---\nx\n")

    carry(one, other, read_paths)

    # those that link to story9 and story7 too
    assert set(read_paths) <= {"story7.md", "story6.md", "story8.md", "new.md"} | {
        "broken.md",
        "link.md",
    }
    assert {"story7.md", "new.md"} <= set(read_paths)
    carried = list_facts(other)
    prepare_index_path(other).unlink()
    refresh_index(other)
    assert carried == list_facts(other), "the index is that of a first build"


def test_commands_carry_an_index_beside_a_running_service(
    nodes: tuple[Settings, Settings], tmp_path: Path
) -> None:
    one, other = nodes
    for settings in nodes:
        config = CONFIG.replace("https://news.example.com/", "https://x.example/")
        (settings.base / "feedsvc.toml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "feedsvc"]
    root = str(Path(__file__).parent.parent)

    def index(node: Settings, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, "index", *words],
            cwd=node.base,
            env={**os.environ, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    port, file = pick_free_port(), tmp_path / "carried"
    serve = [*command, "serve", "--port", str(port)]
    with run_server(serve, port, tmp_path / "log", FEEDSVC_CONFIG=str(tmp_path / "feedsvc.toml")):
        assert index(one, "--export", str(file)).returncode == 0
        served = fetch(f"http://127.0.0.1:{port}/atom.xml")[1]
        refused = index(one, "--import", str(file))
    assert refused.returncode == 1
    assert "running service" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    taken = index(other, "--import", str(file))

    assert taken.returncode == 0, taken.stderr
    assert Path(taken.stdout.strip()).is_file()
    assert "The index has 1" in taken.stderr
    port = pick_free_port()
    serve = [*command, "serve", "--port", str(port)]
    with run_server(serve, port, tmp_path / "log", FEEDSVC_CONFIG=str(other.base / "feedsvc.toml")):
        assert fetch(f"http://127.0.0.1:{port}/atom.xml")[1] == served
        (other.entries / "later.md").write_text("---\ntitle: Later\ndate: 2026-02-02\n---\nx\n")
        wait_for(lambda: b"Later" in fetch(f"http://127.0.0.1:{port}/atom.xml")[1])


def test_every_export_is_one_state_while_the_service_writes(
    nodes: tuple[Settings, Settings], tmp_path: Path
) -> None:
    one, other = nodes
    with run_writer(one):
        for number in range(8):
            for part in range(5):
                text = f"---\ntitle: T{number}\ndate: 2026-01-0{part + 1}\n---\nWords\n"
                (one.entries / f"part{part}.md").write_text(text, encoding="utf-8")
            export_index(one, tmp_path / "carried")
            import_index(other, tmp_path / "carried")
            # the other folder has none of these files, whatever part of them was in the copy
            assert all("part" not in str(row[0]) for row in list_facts(other)[0])
    first = list_facts(other)
    prepare_index_path(other).unlink()
    refresh_index(other)
    assert list_facts(other) == first


Damage = Callable[[bytes], bytes]
REFUSALS: dict[str, tuple[Damage, str]] = {
    "cut in half": (lambda data: data[: len(data) // 2], "copy the whole file"),
    "without its end": (lambda data: data[:-1], "damaged or incomplete"),
    "empty": (lambda _: b"", "cannot be imported"),
    "another bit": (lambda data: data[:-9] + bytes([data[-9] ^ 4]) + data[-8:], "damaged"),
    "no index at all": (lambda _: b"PK\3\4" + bytes(500), "damaged or incomplete"),
    "another file in zstd": (lambda _: zstd.compress(b"x" * 9000, level=1), "--export"),
    "shorter than it says": (
        lambda data: zstd.compress(zstd.decompress(data)[:-4096], level=1),
        "its length is not the one that it states; export it again with",
    ),
    "longer than it says": (
        lambda data: zstd.compress(zstd.decompress(data) + b"x", level=1),
        "its length is not the one that it states; export it again with",
    ),
    "another version": (
        lambda data: zstd.compress(
            zstd.decompress(data).replace(b'"version":"', b'"version":"9', 1), level=1
        ),
        "; install the same version on both nodes, or build the index with",
    ),
    "larger than the disk": (
        lambda data: zstd.compress(
            zstd.decompress(data).replace(b'"size":', b'"size":99999999999', 1), level=1
        ),
        "bytes; free some, or set `index` in [site]",
    ),
}


def test_an_export_replaces_files_only(run: Run, entries_dir: Path) -> None:
    fill(entries_dir)
    os.mkfifo("pipe")
    Path("link").symlink_to("linked")
    refused = run("index", "--export", "pipe")

    assert refused.exit_code == 1
    assert refused.stderr == "feedsvc: pipe: it is not a file; name another\n"
    assert Path("pipe").is_fifo()
    assert run("index", "--export", "link").exit_code == 0
    assert Path("link").is_symlink()
    assert Path("linked").stat().st_size


@pytest.mark.parametrize(("damage", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_file_that_cannot_be_taken_is_refused_in_one_line(
    run: Run, entries_dir: Path, damage: Damage, words: str
) -> None:
    fill(entries_dir)
    assert run("index", "--export", "good").exit_code == 0
    index = prepare_index_path(load_settings())
    before = list_facts(load_settings())
    Path("bad").write_bytes(damage(Path("good").read_bytes()))

    result = run("index", "--import", "bad")

    assert result.exit_code == 1
    assert result.stderr.startswith("feedsvc: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert list_facts(load_settings()) == before
    assert not [name for name in os.listdir(index.parent) if ".part" in name]


def test_a_file_of_other_settings_is_refused(run: Run, entries_dir: Path) -> None:
    fill(entries_dir)
    run("index", "--export", "good")
    config = Path("feedsvc.toml")
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("Asia/Shanghai", "Europe/Paris"), encoding="utf-8")

    refused = run("index", "--import", "good")
    config.write_text(f"{text}\n[feeds]\nlimit = 7\n", encoding="utf-8")
    taken = run("index", "--import", "good")

    assert (refused.exit_code, taken.exit_code) == (1, 0)
    assert "other settings, or of a folder with another name; take feedsvc.toml" in refused.stderr


def test_nothing_is_imported_for_a_folder_that_is_empty(run: Run, entries_dir: Path) -> None:
    fill(entries_dir)
    run("index", "--export", "good")
    shutil.rmtree(entries_dir)
    entries_dir.mkdir()

    result = run("index", "--import", "good")

    assert result.exit_code == 1
    assert "is empty or not there; bring the entries first" in result.stderr


FORGERIES = {
    "a file above": "UPDATE file SET path = '../secret.md' WHERE path = 'story1.md'",
    "a file of the system": "UPDATE entry SET path = '/etc/passwd' WHERE path = 'story1.md'",
    "a picture above": "UPDATE asset_use SET asset = '../pic.png' WHERE asset LIKE '%.png'",
    "a way out and in": "UPDATE asset_use SET asset = 'a/../../pic.png' WHERE asset LIKE '%.png'",
    "no UTF-8": "UPDATE file SET path = CAST(x'ff41' AS TEXT) WHERE path = '_index.md'",
    "no text": "UPDATE asset_use SET asset = x'2e2e' WHERE asset LIKE '%.png'",
    "an entry of no file": "INSERT INTO entry (key, path) VALUES (1, 'nothing.md')",
    "a second entry": "INSERT INTO entry (key, path) VALUES (1, 'story1.md')",
    "a trigger": "CREATE TRIGGER t AFTER UPDATE ON file BEGIN DELETE FROM entry; END",
    "a view": "CREATE VIEW v AS SELECT 1",
    "no table": "DROP TABLE alias",
}


@pytest.mark.parametrize("statement", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_index_is_refused(run: Run, entries_dir: Path, statement: str) -> None:
    fill(entries_dir)
    run("index")
    settings = load_settings()
    before = list_facts(settings)
    copy_index(str(prepare_index_path(settings)), "copy")
    with closing(sqlite3.connect("copy")) as connection:
        connection.executescript(statement)
    pack("copy", make_header(settings, os.path.getsize("copy")), Path("forged"))

    result = run("index", "--import", "forged")

    assert result.exit_code == 1
    assert result.stderr.startswith("feedsvc: forged: it cannot be imported")
    assert list_facts(settings) == before


def test_what_an_index_says_of_files_that_are_not_there_is_not_shown(
    run: Run, entries_dir: Path, tmp_path: Path
) -> None:
    """Nor what lies behind a link out of the folder, which is never walked."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("---\ntitle: S\ndate: 2026-01-02\n---\nx\n")
    fill(entries_dir)
    shutil.copytree(tmp_path / "outside", entries_dir / "way")
    run("index", "--export", "carried")
    shutil.rmtree(entries_dir / "way")
    (entries_dir / "way").symlink_to(tmp_path / "outside")

    assert run("index", "--import", "carried").exit_code == 0

    assert "way/secret.md" not in {row[0] for row in list_facts(load_settings())[0]}
    assert b"<title>S</title>" not in run("render", "/atom.xml").stdout_bytes


def test_what_a_killed_import_has_left_is_removed_after_a_week(run: Run, entries_dir: Path) -> None:
    fill(entries_dir)
    run("index")
    index = prepare_index_path(load_settings())
    old, new = (index.with_name(f"{index.stem}-{name}.part") for name in ("old", "new"))
    for part in (old, new):
        part.touch()
    os.utime(old, (time.time() - 8 * 86_400,) * 2)

    run("index")

    assert not old.exists()
    assert new.exists()


def test_export_and_import_exclude_each_other(run: Run) -> None:
    Path("file").touch()

    result = run("index", "--export", "x", "--import", "file")

    assert result.exit_code == 2
    assert "cannot be used together" in result.stderr


@pytest.mark.parametrize("file", ["entries/x.index", "root/x.index"])
def test_an_export_is_not_written_where_files_are_published(run: Run, file: str) -> None:
    Path("root").mkdir()

    result = run("index", "--export", file)

    assert (result.exit_code, Path(file).exists()) == (1, False)
    assert f"it lies in the folder of site.{file.partition('/')[0]}" in result.stderr


def test_an_export_that_fails_leaves_the_last_one(
    run: Run, entries_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(entries_dir)
    Path("kept").write_bytes(b"the last one")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", fail)
    result = run("index", "--export", "kept")

    assert result.exit_code == 2
    assert Path("kept").read_bytes() == b"the last one"
    assert not list(Path().glob(".kept*"))


# -- development mode -----------------------------------------------------------------


def test_all_ports_have_one_index_and_each_its_own_addresses(
    entries_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_entry(
        entries_dir,
        "quay.md",
        date="2026-03-02",
        image="quay.png",
        enclosure="quay.mp3",
        comments="/talk/",
        body="See [the ferry](ferry.md).",
    )
    write_entry(entries_dir, "ferry.md", date="2026-03-03")
    write_entry(
        entries_dir, "tram.md", date="2026-03-04", status="retracted", retracted="2026-03-05"
    )
    for name in ("quay.png", "quay.mp3"):
        write_file(entries_dir, name, b"bytes")
    refresh_index(load_settings(None))
    documents = {}
    for port in (8000, 9000):
        settings = load_settings(None, port=port)
        assert refresh_index(settings) == 0  # nothing is read again
        client = create_app(settings, runs_writer=False).test_client()
        # not of RSS: a podcast's guid is a hash of the feed's address
        paths = ("/atom.xml", "/feed.json", "/", "/2026/03/02/quay/")
        documents[port] = [client.get(path).text for path in paths]

    assert "http://127.0.0.1:9000/files/quay.png" in documents[9000][0]
    assert [text.replace(":8000", ":9000") for text in documents[8000]] == documents[9000]


def test_index_confirms_for_the_service_of_another_port(
    entries_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(entries_dir)
    port = pick_free_port()
    command = [sys.executable, "-m", "feedsvc", "serve", "--port", str(port)]
    with run_server(
        command,
        port,
        tmp_path / "log",
        folder=tmp_path,
        PYTHONPATH=str(Path(__file__).parent.parent),
    ):
        wait_for(lambda: b"story" in fetch(f"http://127.0.0.1:{port}/atom.xml")[1].lower())
        shutil.rmtree(entries_dir)
        entries_dir.mkdir()
        time.sleep(0.5)  # nothing reports that nothing has happened
        assert b"Story5" in fetch(f"http://127.0.0.1:{port}/atom.xml")[1]

        assert CliRunner().invoke(main, ["index"]).exit_code == 0

        wait_for(lambda: b"Story5" not in fetch(f"http://127.0.0.1:{port}/atom.xml")[1])
