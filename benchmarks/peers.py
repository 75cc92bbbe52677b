"""Builds of the same entries by Hugo and Pelican, and the memory that processes hold."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

from benchmarks.__main__ import WORK

LOOK = 2.0  # seconds between two looks at memory: a look stops what is looked at for a while
HUGO = (
    'baseURL = "https://news.example.com/"\ntitle = "News"\n'
    "[taxonomies]\n  tag = 'tags'\n  category = 'categories'\n[services.rss]\n  limit = 30\n"
)
LAYOUTS = {
    "single": "{{ .Content }}",
    "list": "{{ range first 30 .Pages }}<p>{{ .Title }}</p>{{ end }}",
}
PELICAN = """PATH = {entries!r}
OUTPUT_PATH = {output!r}
SITEURL = "https://news.example.com"
AUTHOR = SITENAME = "News"
FEED_ALL_ATOM = "atom.xml"
FEED_MAX_ITEMS = 30
"""


def build_with_hugo(hugo: str, entries: Path) -> tuple[float, float]:
    """Seconds and megabytes of a whole build: each entry's page, and lists and feeds of 30."""
    site = WORK / "hugo"
    shutil.rmtree(site, ignore_errors=True)
    (site / "layouts/_default").mkdir(parents=True)
    for name, text in LAYOUTS.items():
        (site / f"layouts/_default/{name}.html").write_text(text, encoding="utf-8")
    (site / "hugo.toml").write_text(
        f'contentDir = "{entries.absolute()}"\n{HUGO}', encoding="utf-8"
    )
    return build([hugo, "--quiet", "-s", str(site)], site, "index.html")


def build_with_pelican(pelican: str, entries: Path) -> tuple[float, float]:
    """Seconds and megabytes of a whole build with its own theme."""
    site = WORK / "pelican"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    words = PELICAN.format(entries=str(entries.absolute()), output=str(site / "output"))
    (site / "conf.py").write_text(words, encoding="utf-8")
    return build([pelican, "--quiet", "--settings", str(site / "conf.py")], site, "*.html")


def build(command: list[str], site: Path, pages: str) -> tuple[float, float]:
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=site
    )
    peak = Peak(process.pid)
    peak.start()
    process.wait()
    seconds, count = time.perf_counter() - started, sum(1 for _ in site.rglob(pages))
    shutil.rmtree(site)
    if process.returncode or count < 1_000:
        raise RuntimeError(f"{command[0]} built {count} pages only, exit {process.returncode}")
    return seconds, peak.stop()


def list_family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += list_family(int(child))
        except OSError:
            continue
    return found


def measure_memory(pid: int, field: str = "Pss") -> float:
    """Megabytes of one process."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(rf"^{field}:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


class Peak(threading.Thread):
    """The peak memory of a process and all below it, each shared page counted once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.most, self.enough = pid, 0.0, threading.Event()

    def run(self) -> None:
        while not self.enough.is_set():
            self.most = max(self.most, sum(measure_memory(pid) for pid in list_family(self.pid)))
            self.enough.wait(LOOK)

    def stop(self) -> float:
        self.enough.set()
        self.join()
        return self.most
