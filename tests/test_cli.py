"""The commands as a shell sees them: output, exit codes, messages in one line."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from feedsvc.commands.cli import main
from tests.support.entries import write_entry

ENTRY = "---\ntitle: Ferry «Ærø» 渡轮\ndate: 2024-05-06\n---\nIt sails.\n"
SITE = {
    "FEEDSVC_SITE_URL": "https://news.example.com/",
    "FEEDSVC_SITE_ID_AUTHORITY": "news.example.com,2023",
}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(entries_dir: Path) -> Run:
    """Runs `python -m feedsvc …` in the folder above `entries/`."""

    def run_command(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "feedsvc", *words],
            cwd=entries_dir.parent,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), **environ},
            capture_output=True,
            encoding="utf-8",
            timeout=200,
            check=False,
        )

    return run_command


def test_every_command_has_help_with_an_example() -> None:
    for name in ["serve", "check", "explain", "render", "index", "new", "stamp", "import"]:
        shown = CliRunner().invoke(main, [name, "--help"])

        assert shown.exit_code == 0
        assert f"Example:\n    feedsvc {name} " in shown.stdout
        assert "--config" in shown.stdout


def test_the_list_of_commands_cuts_no_sentence() -> None:
    shown = CliRunner().invoke(main, ["--help"]).stdout

    assert sorted(main.commands) == re.findall(
        r"^  (\w+) +[A-Z].*\.$", shown.partition("Commands:")[2], re.MULTILINE
    )
    assert "..." not in shown.partition("Commands:")[2]
    assert "_FEEDSVC_COMPLETE=bash_source" in shown


def test_completion_knows_the_commands(run: Run) -> None:
    shown = run(_FEEDSVC_COMPLETE="bash_complete", COMP_WORDS="feedsvc st", COMP_CWORD="1")

    assert shown.stdout == "plain,stamp\nplain,stats\n"


WRONG = {
    "unknown key": ("[site]\ntitel = 'x'\n", "site.titel", "did you mean 'title'?"),
    "unknown section": ("[sites]\n", "sites", "did you mean 'site'?"),
    "wrong type": ("[feeds]\nlimit = 'many'\n", "feeds.limit", "a whole number"),
    "out of range": ("[feeds]\nlimit = 0\n", "feeds.limit", "from 1 to 500"),
    "no authority": (
        "[site]\nurl = 'https://a.example/'\n",
        "site.id_authority",
        'id_authority = "a.example,',
    ),
    "no zone": ("[site]\ntimezone = 'Mars/Olympus'\n", "site.timezone", "'Asia/Shanghai'"),
    "no TOML": ("[site\n", "feedsvc.toml", "is not TOML"),
    "no folder": ("[site]\nentries = 'nowhere'\n", "site.entries", "is not a folder"),
    "partner": ("[partners.x]\ntags = 'a'\n", "partners.x.tags", "did you mean 'tag'?"),
    "podcast": ("[podcasts.x]\nlisting = 'a b'\n", "podcasts.x", "listing"),
}


def test_right_settings_are_told_without_reading_an_entry(run: Run, entries_dir: Path) -> None:
    write_entry(entries_dir, "bad.md", "Without a day", date="never")
    done = run("check", "--settings")

    assert done.returncode == 0
    assert done.stdout.startswith(f"The settings can be used: {entries_dir} at http")


@pytest.mark.parametrize(("text", "key", "remedy"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("command", ["check", "check --settings", "serve"])
def test_wrong_settings_stop_with_one_line_and_status_2(
    run: Run, entries_dir: Path, command: str, text: str, key: str, remedy: str
) -> None:
    entries_dir.with_name("feedsvc.toml").write_text(text, encoding="utf-8")
    done = run(*command.split())
    lines = [line for line in done.stderr.splitlines() if not line.startswith("Development mode")]

    assert (done.returncode, done.stdout, len(lines)) == (2, "", 1)
    assert lines[0].startswith("feedsvc: ")
    assert key in lines[0]
    assert remedy in lines[0]


def test_a_wrong_variable_is_named(run: Run) -> None:
    done = run("check", FEEDSVC_FEEDS_LIMIT="many")

    assert done.returncode == 2
    assert "many" in done.stderr
    assert "a whole number" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("check", "nowhere"), "is not a folder"),
        (("check", "--config", "none.toml"), "is not there"),
        (("explain", "nothing.md"), "does not exist"),
        (("import", "nothing.xml"), "does not exist"),
        (("frobnicate",), "No such command"),
        (("serve", "--port", "70000"), "70000"),
    ],
)
def test_wrong_words_end_with_status_2(run: Run, words: tuple[str, ...], message: str) -> None:
    done = run(*words)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_none_is_refused(run: Run) -> None:
    done = run("serve", PORT="eighty")

    assert done.returncode == 2
    assert "'eighty'" in done.stderr


def test_development_mode_is_reported_on_standard_error(run: Run, entries_dir: Path) -> None:
    (entries_dir / "ferry.md").write_text(ENTRY, encoding="utf-8")
    done = run("check")

    assert done.returncode == 0
    assert "Development mode" in done.stderr
    assert "http://127.0.0.1:8000/" in done.stderr
    assert "Development" not in done.stdout


def test_settings_come_from_a_file_that_is_named(run: Run, entries_dir: Path) -> None:
    (entries_dir / "ferry.md").write_text(ENTRY, encoding="utf-8")
    place = entries_dir.parent / "etc"
    place.mkdir()
    (place / "site.toml").write_text(
        '[site]\nurl = "https://a.example/"\nid_authority = "a.example,2024"\n'
        'entries = "../entries"\n',
        encoding="utf-8",
    )
    expected = '"id": "tag:a.example,2024:ferry"'

    assert expected in run("check", "--config", "etc/site.toml", "--format", "json").stdout
    assert expected in run("check", "--format", "json", FEEDSVC_CONFIG="etc/site.toml").stdout


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_output_does_not_depend_on_the_locale(run: Run, entries_dir: Path, locale: str) -> None:
    (entries_dir / "ferry.md").write_text(ENTRY, encoding="utf-8")
    plain = run("check", "--format", "json")
    other = run("check", "--format", "json", LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    text = run(
        "check", LC_ALL=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="ascii"
    )

    assert "渡轮" in plain.stdout
    assert other.stdout == plain.stdout
    assert (text.returncode, text.stderr.count("Traceback")) == (0, 0)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", ["--help", "--version", "check --help", "check", "render /"])
def test_an_output_without_room_is_named_in_one_line(entries_dir: Path, words: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "feedsvc", *words.split()],
            cwd=entries_dir.parent,
            env={**os.environ, **SITE, "PYTHONPATH": str(Path(__file__).parent.parent)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 2
    assert done.stderr == f"feedsvc: standard output: {os.strerror(errno.ENOSPC)}\n"


def test_render_prints_what_the_server_would_answer(run: Run, entries_dir: Path) -> None:
    (entries_dir / "ferry.md").write_text(ENTRY, encoding="utf-8")

    assert "<title>Ferry «Ærø» 渡轮</title>" in run("render", "/rss.xml").stdout

    for path in ("/nowhere/", "caf\udce9", "/%", "//[x", "http://[/"):
        missing = run("render", path)

        assert (path, missing.returncode) == (path, 1)
        assert re.search(r"status 4\d\d$", missing.stderr), path


@pytest.mark.parametrize(
    ("path", "code", "line"),
    [
        ("https://news.example.com/rss.xml", 0, ""),
        ("HTTP://News.Example.com:80/tags/sea/rss.xml?limit=1", 0, ""),
        ("https://news.example.com", 0, ""),
        ("https://news.example.com?tag=sea", 0, ""),
        (
            "/tags/sea",
            0,
            "/tags/sea is answered with status 301,"
            " and leads to https://news.example.com/tags/sea/",
        ),
        (
            "https://www.example.com/rss.xml",
            1,
            "https://www.example.com/rss.xml is not on https://news.example.com/,"
            " and is answered with status 404",
        ),
        ("/https://x/", 1, "/https://x/ is answered with status 404"),
    ],
)
def test_render_takes_a_url_of_the_site(
    run: Run, entries_dir: Path, path: str, code: int, line: str
) -> None:
    text = ENTRY.replace("date:", "tags: sea\ndate:")
    (entries_dir / "ferry.md").write_text(text, encoding="utf-8")
    result = run("render", path, **SITE)

    assert (result.returncode, result.stderr) == (code, line and f"feedsvc: {line}\n")
    assert ("Ferry" in result.stdout) == (not line)


def test_a_slip_of_the_hand_does_not_start_a_hundred_thousand_workers(run: Run) -> None:
    refused = run("serve", "--workers", "100000")

    assert refused.returncode == 2
    assert "100000 is not in the range 1<=x<=256" in refused.stderr
