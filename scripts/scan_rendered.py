"""Scan what readers get for markup that should have become HTML, and for words of menus.

`python -m scripts.scan_rendered ENTRIES…` renders every entry of each folder and prints how often
each kind of leftover stands in the text outside of code, in how many entries, and one example.
It exits 1 if there is any.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from feedsvc.content.render import render_content
from feedsvc.content.summary import html_to_text
from feedsvc.indexer import walk_files
from feedsvc.model import Entry
from feedsvc.reading import classify, make_resolver, read_files
from feedsvc.settings import Settings, Site, resolve_addresses

CODE = re.compile(r"<(pre|code|kbd|samp)\b[^>]*>.*?</\1>", re.DOTALL)
BLOCK = re.compile(r"<(?:p|div|li|h[1-6]|td|th|br|dt|dd|blockquote)\b[^>]*>")
# Each is looked for in the text of one block, without code
LEFTOVERS = {
    "kramdown attributes": re.compile(r"\{:[^{}]{0,200}\}"),
    "container": re.compile(r"^:::|\s:::\s*\w*$"),
    "template tag": re.compile(r"\{\{[^{}]{0,200}\}\}|\{%[^{}]{0,200}%\}"),
    "shortcode": re.compile(
        r"\[/?(?:caption|gallery|embed|video|audio|wp_\w+|vc_\w+)\b[^\]]{0,200}\]"
    ),
    "table of contents": re.compile(r"\[\[?_?TOC_?\]?\]", re.IGNORECASE),
    "teaser mark": re.compile(r"<!--\s*(?:more|truncate)|&lt;!--"),
    "MDX": re.compile(
        r"^(?:import\s+[\w{*].{0,100}from\s+['\"]|export\s+(?:const|default)\b)|\{/\*"
    ),
    "alert": re.compile(r"^\[!\w+\]"),
    "raw tag": re.compile(r"</?(?:span|div|p|a|br|img|b|i|strong|em)\b[^<>]{0,200}>"),
    "raw link": re.compile(r"(?<!\\)\]\((?:https?://|/)[^\s()]{1,200}\)"),
    "directive": re.compile(r"^\.\. [\w-]+::"),
    "lost comment": re.compile(r"%%[^%\n]{1,200}%%"),
    "steps": re.compile(
        r"^(?:上一[篇页条]|下一[篇页条]|前の記事|次の記事|이전글|다음글|previous:|next:)", re.I
    ),
    "breadcrumb": re.compile(r"^(?:您?(?:现在|目前)?的?位置|当前位置|現在位置|you are here)", re.I),
    "share": re.compile(
        r"^(?:分享到|share (?:this\W*$|on (?:facebook|twitter))|tweet$"
        r"|返回列表|返回顶部|打印本页|关闭窗口)",
        re.I,
    ),
    "imprint": re.compile(r"ICP备|版权所有|all rights reserved|cookies? settings", re.I),
}


def list_blocks(html: str) -> Iterator[str]:
    """Yield the text of each block of *html*, as a reader sees it, without code."""
    for part in BLOCK.split(CODE.sub(" ", html)):
        if text := html_to_text(part):
            yield text


def scan_entry(entry: Entry, root: Path, settings: Settings) -> Counter[tuple[str, str]]:
    """Return how often each kind of leftover is in *entry*, with its first words."""
    content = render_content(entry, make_resolver(root, entry, settings))
    found: Counter[tuple[str, str]] = Counter()
    for text in list_blocks(content.html):
        for name, pattern in LEFTOVERS.items():
            if match := pattern.search(text):
                found[name, text[max(0, match.start() - 20) : match.end() + 40]] += 1
    return found


def scan_folder(root: Path) -> int:
    """Print the leftovers of a folder; return how many there are."""
    site = Site(entries=str(root), url="https://scan.example/", id_authority="scan.example,2026")
    settings = resolve_addresses(Settings(site=site))
    paths = [file.path for file in walk_files(root) if classify(file.path) == "entry"]
    counts, entries = Counter[str](), Counter[str]()
    examples: dict[str, str] = {}
    read = 0
    for reading in read_files(root, paths, settings):
        if reading.entry is None or reading.state != "public":
            continue
        read += 1
        found = scan_entry(reading.entry, root, settings)
        for name in {name for name, _ in found}:
            entries[name] += 1
        for (name, words), count in found.items():
            counts[name] += count
            examples.setdefault(name, f"{reading.path}: {words!r}")
    print(f"{root}: {read:,} entries, {sum(counts.values()):,} leftovers")
    for name, count in counts.most_common():
        print(f"  {name:<20} {count:>6} in {entries[name]:>5}  {examples[name]}")
    return sum(counts.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, metavar="ENTRIES")
    return 1 if sum(scan_folder(folder) for folder in parser.parse_args().folders) else 0


if __name__ == "__main__":
    sys.exit(main())
