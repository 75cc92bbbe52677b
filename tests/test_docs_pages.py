"""Tutorial, guides and explanations work: each line of a shell in them is run, page by page."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PROGRAMS
from tests.support.console import Terminal, parse_commands, parse_page
from tests.support.servers import BIN, ROOT

DOCS = ROOT / "docs"
PAGES = sorted(
    path for kind in ("tutorial", "howto", "explanation") for path in DOCS.glob(f"{kind}/**/*.md")
)
STARTS = Path(__file__).parent / "docs"  # what a page's folder has before its first line
# What a page's lines may start with and not be run, each in a block of its own (`sh`)
NOT_RUN = {
    "curl -sI http://news.skarvik.example/": "asks a site that the page has just set up",
}
# Programs that only note what they are asked, and fail where a file of deploy/ is not there
STUBS = {
    "sudo": "asks for rights over the machine",
    "systemctl": "asks for an init system",
    "docker": "asks for a daemon and an index of images",
    "kubectl": "asks for a cluster",
    "apt-get": "asks for an index of packages",
    "pip": "asks for an index of packages; the environment has what pages install",
}
STUB = """\
#!/bin/bash
printf '%s\\n' "${0##*/} $*" >> "$STUB_LOG"
for word; do
  case $word in
    /* | -*) ;;
    *deploy/* | *.conf | *.cfg | *.service | *.toml | *.vcl | *.yaml | Caddyfile)
      if [[ ! -e $word ]]; then echo "there is no $word" >&2; exit 1; fi ;;
  esac
done
"""
# Files of the repository come from the checkout, and the site that a page moves from its folder
CURL = """\
#!/bin/bash
words=()
for word; do
  word=${word/#https:\\/\\/raw.githubusercontent.com\\/feedsvc\\/feedsvc\\/main/file://$CHECKOUT}
  words+=("${word/#https:\\/\\/news.example.com/file://$HOME/news/web}")
done
exec /usr/bin/curl --noproxy '*' "${words[@]}"
"""
# A clone of the project has its files for deployments
GIT = """\
#!/bin/bash
if [[ "$*" == "clone https://github.com/feedsvc/feedsvc" ]]; then
  mkdir feedsvc && exec cp -r "$CHECKOUT/deploy" feedsvc/
fi
exec /usr/bin/git "$@"
"""
# `python3 -m venv` without the minute that an index takes: a link to what the tests have
VENV = """\
#!/bin/bash
if [[ "$1 $2" == "-m venv" ]]; then
  mkdir -p "$3/bin"
  printf 'export PATH="%s/bin:$PATH"\\n' "$(realpath "$3")" > "$3/bin/activate"
  cp "$TOOLS"/* "$3/bin/"
  exit
fi
exec "$PYTHON" "$@"
"""
SCRIPTS = ("feedsvc", "gunicorn", "waitress-serve", "uwsgi", "flask")


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs that pages call and that are not the system's."""
    folder = tmp_path_factory.mktemp("tools")
    for name in STUBS:
        _write_script(folder / name, STUB)
    _write_script(folder / "curl", CURL)
    _write_script(folder / "git", GIT)
    for name in ("python3", "python"):
        _write_script(folder / name, VENV)
    for name in SCRIPTS:
        own = BIN / name
        if name == "feedsvc":
            _write_script(folder / name, f'#!/bin/bash\nexec {sys.executable} -m feedsvc "$@"\n')
        elif own.exists():
            (folder / name).symlink_to(own)
    return folder


def _write_script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def get_name(page: Path) -> str:
    return page.relative_to(DOCS).with_suffix("").as_posix()


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_every_line_of_a_page_does_what_it_says(
    page: Path, tools: Path, tmp_path: Path, needs: Callable[[str], str]
) -> None:
    text = page.read_text(encoding="utf-8")
    commands = [
        one
        for block in parse_page(text)
        if block.kind == "console"
        for one in parse_commands(block)
    ]
    words = {one.words.split()[0] for one in commands}
    for program in words & set(PROGRAMS):
        needs(program)
    for script in words & {"uwsgi"}:  # which CI alone installs
        if not (BIN / script).exists():
            reason = f"{script} is not there: .venv/bin/pip install {script}"
            pytest.fail(reason) if os.environ.get("TEST_ALL") == "1" else pytest.skip(reason)
    folder = tmp_path / "news"
    start = STARTS / get_name(page)
    if start.is_file():  # the name of a folder that several pages begin with
        start = start.parent / start.read_text(encoding="utf-8").strip()
    elif not start.is_dir():
        start = start.with_name("_any")  # of all pages of a folder
    if start.is_dir():
        shutil.copytree(start, folder)
    else:
        folder.mkdir()
    environ = {
        "CHECKOUT": str(ROOT),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(ROOT),
        "STUB_LOG": str(tmp_path / "stubs"),
        "TOOLS": str(tools),
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
    }
    with Terminal(folder, environ) as terminal:
        terminal.run_page(text)


@pytest.mark.parametrize("page", PAGES, ids=get_name)
def test_lines_that_are_not_run_are_those_of_the_table(page: Path) -> None:
    blocks = parse_page(page.read_text(encoding="utf-8"))
    lines = [
        line
        for one in blocks
        if one.kind in ("sh", "bash", "shell")
        for line in one.text.splitlines()
    ]

    assert [line for line in lines if line and not line.startswith(tuple(NOT_RUN))] == []
