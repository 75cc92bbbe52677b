"""Nobody sees what is held back: every address of the service over a folder full of secrets.

Each hidden thing carries a word of its own in all its parts. A walk follows every link, asks every
fixed route in every format, and guesses the addresses of what is hidden.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import brotli
import pytest
from werkzeug.test import Client, TestResponse

from feedsvc.index import zstd
from feedsvc.settings import Settings
from feedsvc.urls import FEED_ALIASES, FEED_FILES, TERM_FOLDERS, Route
from tests.support.entries import write_file
from tests.support.site import Site

pytestmark = pytest.mark.no_cover  # many runs of what other tests cover

BASE = "https://news.example.com"
PUBLIC_WORD = "seafarer"
PNG = b"\x89PNG\r\n\x1a\n"
HELD_BACK = {  # word → what the entry's front matter says, beside title and date
    "zqdraft": "draft: true",
    "zqprivate": "status: private",
    "zqpending": "status: pending",
    "zqunknown": "status: blorfed",
    "zqmembers": "visibility: members",
    "zqpassword": "password: open sesame",
    "zqunpublished": "published: false",
    "zqslip": "drafft: true",
    "zqscheduled": "date: 2031-01-01",
    "zqembargo": "embargo: 2031-01-01",
    "zqrelease": "publishDate: 2031-01-01",
    "zqexpired": "expires: 2026-04-01",
    "zqheadless": "headless: true",
    "zqbroken": "date: the day after tomorrow",
    "zqbadyaml": "tags: [unclosed",
}
UNSEEN_FILES = {  # word → a file that is no entry, and is served to nobody
    "zqdotfile": ".zqdotfile.md",
    "zqgit": ".git/zqgit.md",
    "zqenv": ".env",
    "zqbackup": "quay.md~",
    "zqswap": ".quay.md.swp",
    "zqorig": "quay.md.orig",
    "zqdraftfolder": "_drafts/zqdraftfolder.md",
    "zqreadme": "README.md",
    "zqsettings": "feedsvc.toml",
    "zqdata": "_data/zqdata.yml",
    "zqlayout": "_layouts/zqlayout.html",
    "zqtype": "zqtype.psd",
    "zqkey": "zqkey.pem",
    "zqscript": "zqscript.py",
    "zqnested": "a/.hidden/b/zqnested.md",
}
UNSEEN_ROOT_FILES = {  # word → a file of the folder for the site's root that nobody gets
    "zqroothidden": ".zqroothidden.txt",
    "zqrootgit": ".git/zqrootgit.txt",
    "zqrootwell": ".well-known/.zqrootwell.txt",
    "zqrootbackup": "zqrootbackup.txt~",
    "zqrootkey": "zqrootkey.pem",
}
UNUSED_ASSETS = {"zqunused": "zqunused.png", "zqpdf": "files/zqpdf.pdf", "zqsvg": "zqsvg.svg"}
NOTES = {  # words inside of a public entry that are not for readers → its file
    "zqnote": ("note.md", "internal_note: zqnote\nphone: zqnote\nteam: {chat: zqnote}"),
    "zqsidecar": ("side.yaml", "title: Side\ndate: 2026-03-02\ninternal_note: zqsidecar\n"),
}
COMMENTS = {  # word → a body with a comment in each markup, and its file's ending
    "zqmdcomment": ("md", "<!-- zqmdcomment\n\nzqmdcomment -->\n\n[//]: # (zqmdcomment)\n"),
    "zqmdlabel": ("md", "[zqmdlabel]: # (zqmdlabel)\n[comment]: <> (zqmdlabel)\n"),
    "zqliquid": ("md", "{% comment %}zqliquid{% endcomment %} {{ site.zqliquid }}\n"),
    "zqliquidline": ("md", "{% # zqliquidline %}\n"),
    "zqjinja": ("md", "{# zqjinja\nzqjinja #}\n"),
    "zqhugo": ("md", "{{/* zqhugo */}} {{- /* zqhugo */ -}} {{< note text=zqhugo >}}\n"),
    "zqhandlebars": ("md", "{{!-- zqhandlebars --}} {{! zqhandlebars }}\n"),
    "zqmdx": ("mdx", "{/* zqmdx */}\n"),
    "zqkramdown": ("md", "{::comment}\nzqkramdown\n{:/comment}\n\nA{::comment}zqkramdown{:/}b\n"),
    "zqobsidian": ("md", "%% zqobsidian %%\n\n%%\nzqobsidian\n%%\n"),
    "zqscripted": ("md", "<script>zqscripted</script><style>.zqscripted{}</style>\n"),
    "zqphp": ("md", "<?php echo 'zqphp'; ?> <!-- x -- zqphp -->\n"),
    "zqtemplate": ("md", "<template>zqtemplate</template>\n"),
    "zqattribute": ("md", "<b data-note='zqattribute' class=zqattribute>seen</b>\n"),
    "zqhtml": ("html", "<!doctype html><title>Page</title><meta name=date content=2026-03-02>"
               "<meta name=internal content=zqhtml><!-- zqhtml --><article><h1>Page</h1><p>Some words "
               "of a page that is long enough to be an article.</p><template>zqhtml</template>"
               "<script>zqhtml</script><style>.zqhtml{}</style><!--[if IE]>zqhtml<![endif]-->"
               "<p hidden>zqhtml</p></article>"),
    "zqorg": ("org", "# zqorg\n#+BEGIN_COMMENT\nzqorg\n#+END_COMMENT\n#+zqorg: zqorg\n"
              ":PROPERTIES:\n:note: zqorg\n:END:\n:zqorg:\nzqorg\n:END:\n"),
    "zqorgexport": ("org", "* Kept :noexport:\nzqorgexport\n** Below\nzqorgexport\n* Seen\nSeen.\n"),
    "zqorgcomment": ("org", "* COMMENT zqorgcomment\nzqorgcomment\n* TODO COMMENT More\nzqorgcomment\n"
                     "* Seen\n#+begin_export latex\nzqorgcomment\n#+end_export\n"
                     "Seen @@comment:zqorgcomment@@ too.\n"),
    "zqrst": ("rst", ".. zqrst\n   more zqrst\n\n..\n   zqrst\n\n   zqrst\n\nSeen.\n"),
    "zqrsttodo": ("rst", ".. meta::\n   :note: zqrsttodo\n\nSeen.\n"),
    "zqadoc": ("adoc", "// zqadoc\n\n////\nzqadoc\n\nzqadoc\n////\n\n:later: zqadoc\n\nSeen.\n"),
    "zqadocblock": ("adoc", "[comment]\nzqadocblock more\n\n[comment]\n--\nzqadocblock\n--\n\n"
                    "ifdef::internal[]\nzqadocblock\nendif::[]\n\nifdef::internal[zqadocblock]\n\nSeen.\n"),
    "zqmail": ("eml", "From: Jane Doe <jane@news.example.com>\nTo: zqmail@news.example.com\n"
               "Cc: zqmail@news.example.com\nX-Internal: zqmail\nReceived: from zqmail\nSubject: Mail\n"
               "Date: Mon, 02 Mar 2026 08:00:00 +0000\n\nWords.\n"),
}  # fmt: skip
HEADS = {  # of a file with a comment, by its ending
    "md": "---\ntitle: A page\ndate: 2026-03-02\n---\nWords.\n\n",
    "mdx": "---\ntitle: A page\ndate: 2026-03-02\n---\nWords.\n\n",
    "org": "#+TITLE: Org\n#+DATE: 2026-03-02\n#+NOTE: none\n\nWords.\n\n",
    "rst": "Rst\n===\n\n:date: 2026-03-02\n\nWords.\n\n",
    "adoc": "= Adoc\n:date: 2026-03-02\n\nWords.\n\n",
}
OUTSIDE = "zqoutside"
INDEX_FOLDER = "zqindexfolder"
SECRETS = [
    *HELD_BACK, *UNSEEN_FILES, *UNSEEN_ROOT_FILES, *UNUSED_ASSETS, *NOTES, *COMMENTS, OUTSIDE, INDEX_FOLDER,
    "zqretracted", "zqtranslation",
]  # fmt: skip
# An expired entry was seen: the feeds of its names stay, empty, for those that follow them
KEPT_NAMES = re.compile(r"/(?:tags|categories|authors)/zqexpired/")
UNLISTED = "zqunlisted"  # has a page, for whoever was given its address


def format_secret_entry(word: str, fields: str) -> str:
    """Return an entry with *word* in every field, its picture and its text."""
    given = {field.partition(":")[0] for field in fields.splitlines()}
    date = "" if "date" in given else "date: 2026-03-03\n"
    return (
        f"---\ntitle: {word} title\n{date}{fields}\ntags: [{word}]\nauthor: {word}\nid: {word}\n"
        f"category: {word}\nsummary: {word}\nimage: {word}.png\naliases: [/{word}/]\n---\n"
        f"{word} text ![]({word}.png)\n"
    )


def write_secrets(site: Site, outside: Path) -> None:
    """Fill the folder: public entries, and each hidden thing with its word."""
    site.add(
        "quay", body=f"{PUBLIC_WORD} words", tags="[Ferries]", author="Jane Doe", image="q.png"
    )
    site.write("q.png", PNG)
    for word, fields in HELD_BACK.items():
        site.write(f"{word}.md", format_secret_entry(word, fields))
        site.write(f"{word}.png", PNG + word.encode())
    for word, path in {**UNSEEN_FILES, **UNUSED_ASSETS}.items():
        text = format_secret_entry(word, "") if path.endswith(".md") else f"{word}: {word}\n"
        site.write(path, text)
    site.write(
        "note.md", f"---\ntitle: Note\ndate: 2026-03-02\n{NOTES['zqnote'][1]}\n---\nWords.\n"
    )
    site.write("side.md", "Words.\n")
    site.write("side.yaml", NOTES["zqsidecar"][1])
    for word, (ending, text) in COMMENTS.items():
        site.write(f"comment-{SECRETS.index(word)}.{ending}", HEADS.get(ending, "") + text)
    site.write("retracted.md", "---\ntitle: Withdrawn\ndate: 2026-03-02\nstatus: retracted\n"
               "retracted: 2026-03-05\nreason: It was wrong.\n"
               "summary: zqretracted\n---\nzqretracted\n")  # fmt: skip
    site.write("quay.fr.md", format_secret_entry("zqtranslation", "draft: true"))
    site.write("kept.md", format_secret_entry(UNLISTED, "status: unlisted"))
    site.write(f"{UNLISTED}.png", PNG)
    (outside / "deep").mkdir(parents=True)
    for name in ("leak.md", "deep/leak.md"):
        (outside / name).write_text(format_secret_entry(OUTSIDE, ""), encoding="utf-8")
    (outside / "leak.png").write_bytes(PNG + OUTSIDE.encode())
    root = site.settings.base / "root"
    for word, path in UNSEEN_ROOT_FILES.items():
        write_file(root, path, f"{word}\n")
    for word in HELD_BACK:
        (root / f"{word}.txt").symlink_to(site.folder / f"{word}.md")
    (root / f"{OUTSIDE}.txt").symlink_to(outside / "leak.md")
    (site.folder / "leak.md").symlink_to(outside / "leak.md")
    (site.folder / "leak.png").symlink_to(outside / "leak.png")
    (site.folder / "link").symlink_to(outside / "deep")
    site.add("uses-leak", body="![](leak.png) ![](link/leak.png)")


@pytest.fixture
def site(settings: Callable[..., Settings], tmp_path: Path) -> Site:
    made = Site(settings(index=str(tmp_path / INDEX_FOLDER)))
    write_secrets(made, tmp_path / "outside")
    return made


def list_fixed_paths() -> Iterator[str]:
    """Yield every fixed address, listings in each format and with each parameter."""
    yield from (f"/{route}" for route in Route)
    yield from (f"/{route}/" for route in Route)
    yield from (f"/{alias}" for alias in FEED_ALIASES)
    folders = ("", *(f"{folder}/" for folder in TERM_FOLDERS), "2026/", "2026/03/", "2031/01/")
    queries = ("", "?sort=updated", "?content=summary", "?limit=500", "?q=words", "?since=2020",
               "?until=2040", "?lang=en", "?not=ferries", "?before=9", "?tag=ferries&author=jane-doe")  # fmt: skip
    for folder in folders:
        for file in ("", *FEED_FILES.values()):
            yield from (f"/{folder}{file}{query}" for query in queries)
    for period in ("2026-03", "2026-04", "2031-01"):
        yield from (f"/archive/{period}/{file}" for file in FEED_FILES.values())
    yield from ("/sitemap-1.xml", "/sitemap-2.xml", "/nothing-here/", "/2026/03/nothing/")


def list_guesses(word: str) -> Iterator[str]:
    """Yield the addresses at which a hidden thing named *word* would be, and the asks for it."""
    yield from (f"/{word}/", f"/{word}", f"/2026/03/{word}/", f"/2031/01/{word}/")
    yield from (
        f"/2020/01/{word}/",
        f"/files/{word}.png",
        f"/files/{word}.md",
        f"/static/{word}.css",
    )
    yield from (f"/{place}{word}.txt" for place in ("", ".", ".git/", ".well-known/."))
    yield from (f"/{word}.txt~", f"/{word}.pem", f"/%2e%2e/entries/{word}.md")
    yield from (f"/{folder}/{word}/" for folder in TERM_FOLDERS)
    for file in ("", *FEED_FILES.values()):
        yield from (f"/tags/{word}/{file}", f"/{file}?q={word}", f"/{file}?tag={word}")
        yield from (f"/{file}?author={word}&category={word}", f"/{file}?unknown={word}")
    yield f"/subscribe?q={word}"


def list_links(response: TestResponse) -> set[str]:
    """Return the site's addresses in a document: absolute anywhere, relative in attributes."""
    text = unescape(response.get_data().decode("utf-8", "replace"))
    found = {url[len(BASE) :] for url in re.findall(rf"{BASE}/[^\s\"'<>\\,]*", text)}
    found |= set(re.findall(r"(?:href|src)=[\"'](/[^\"']*)", text))
    found.add(urlsplit(response.headers.get("Location", "/")).path)
    return {url.partition("#")[0] for url in found}


def render_whole(response: TestResponse) -> str:
    """Return head and body as one text, with everything encoded in it decoded."""
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    body = response.get_data().decode("utf-8", "replace")
    return unquote(unescape(f"{response.status}\n{head}\n{body}")).casefold()


def walk(client: Client) -> Iterator[tuple[str, TestResponse]]:
    """Yield every document that can be reached, by links and by fixed addresses."""
    waiting = list(dict.fromkeys(list_fixed_paths()))
    seen = set(waiting)
    while waiting:
        path = waiting.pop()
        response = client.get(path, buffered=True)
        yield path, response
        new = list_links(response) - seen
        seen |= new
        waiting += sorted(new)


@pytest.mark.parametrize("kind", ["front", "flask"])
def test_a_walk_over_every_address_meets_no_hidden_word(site: Site, kind: str) -> None:
    met: dict[str, str] = {}
    visited = 0
    for path, response in walk(site.make_client(kind)):
        visited += 1
        text = render_whole(response)
        met |= {word: path for word in [*SECRETS, UNLISTED] if word in text}
        assert response.status_code < 500, path

    assert met == {}
    assert visited > 300


@pytest.mark.parametrize("word", SECRETS)
def test_asking_for_what_is_hidden_answers_what_nothing_answers(site: Site, word: str) -> None:
    client = site.make_client("front")
    other = "zq" + "x" * (len(word) - 2)  # of the same length, which stands nowhere
    for path, blank in zip(list_guesses(word), list_guesses(other), strict=True):
        if KEPT_NAMES.match(path):
            continue
        hidden, nothing = client.get(path, buffered=True), client.get(blank)
        assert hidden.status_code == nothing.status_code, path
        if hidden.status_code < 500:
            compared = render_whole(hidden).replace(word, other)
            assert strip_marks(compared) == strip_marks(render_whole(nothing)), path


def strip_marks(text: str) -> str:
    """Return *text* without ETag, which is a hash of the words that were asked for."""
    return re.sub(r"^etag: .*$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("path", list(HELD_BACK))
def test_methods_conditions_and_codings_change_nothing(site: Site, path: str) -> None:
    client = site.make_client("front")
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"):
        for target in (f"/2026/03/{path}/", f"/files/{path}.png", f"/files/{path}.md"):
            response = client.open(target, method=method, headers={"If-None-Match": "*"})
            assert response.status_code in (200, 204, 404, 405), (method, target)
            assert path not in render_whole(response).replace(f"{target}", "")


NEVER_PUBLIC = {
    "draft": "draft: true",
    "private": "status: private",
    "broken": "date: the day after tomorrow",
    "scheduled": "date: 2031-01-01",
    "embargo": "embargo: 2031-01-01",
    "over before its date": "expires: 2026-02-01",
    "over before its embargo": "embargo: 2026-08-01\nexpires: 2026-04-01",
    "over before an embargo that is to come": "embargo: 2031-01-01\nexpires: 2030-01-01",
}
# of entries that an entry of 2026-03-03 would be among, and of those that it would not
NARROWER = (
    *("q=zqword", "q=nothing", "tag=zq-name", "category=sports", "author=jane-doe", "lang=fr"),
    *("not=zq-name", "not=wind", "since=2026-03-01", "since=2026-03-01&until=2026-03-31"),
    *("tag=wind&q=zqword", "tag=wind,zq-name", "tag=wind&author=jane-doe", "until=2025"),
    *("sort=updated&q=zqword", "sort=updated&tag=zq-name", "limit=1&lang=fr", "before=1"),
)
WHOLE = (
    *("/opml.xml", "/sitemap.xml", "/sitemap-1.xml", "/news-sitemap.xml", "/openapi.json"),
    *("/robots.txt", "/subscribe", "/subscribe?tag=zq-name&q=zqword", "/tags/zq-name/"),
    *("/2026/03/", "/2026/03/rss.xml", "/archive/2026-03/atom.xml", "/2026/03/03/hidden/"),
    *(f"/{folder}/" for folder in TERM_FOLDERS),
)


def list_narrower(folders: tuple[str, ...]) -> list[str]:
    files = ("", *FEED_FILES.values())
    return [f"/{one}{file}?{query}" for one in folders for file in files for query in NARROWER]


def ask_beside(site: Site, fields: str | None, paths: list[str]) -> list[tuple[object, ...]]:
    """Ask for *paths* beside one public entry and, with *fields*, another with names of its own."""
    site.add("shown", "2026-01-02", tags="[Wind]")
    if fields is not None:
        date = "" if "date" in fields else "date: 2026-03-03\n"
        site.write(
            "hidden.md",
            f"---\ntitle: Zqword\n{date}{fields}\ntags: [ZQ Name, WIND]\nauthor: Jane DOE\n"
            "category: SportS\nlanguage: fr\n---\nzqword text\n",
        )
    answers = [site.get(path) for path in paths]
    return [(one.status_code, sorted(one.headers.to_wsgi_list()), one.data) for one in answers]


@pytest.mark.parametrize("fields", NEVER_PUBLIC.values(), ids=NEVER_PUBLIC)
def test_what_never_was_public_changes_no_byte(
    settings: Callable[..., Settings], tmp_path: Path, fields: str
) -> None:
    """Neither the spelling of a name, nor a header, nor what is known of a month."""
    folders = ("", "tags/wind/")
    paths = [*WHOLE, *(f"/{one}{file}" for one in folders for file in ("", *FEED_FILES.values()))]
    paths += list_narrower(folders)
    sites = [Site(settings(index=str(tmp_path / str(n)))) for n in range(2)]

    bare = ask_beside(sites[0], None, paths)
    beside = ask_beside(sites[1], fields, paths)
    assert [one for one in zip(paths, bare, beside, strict=True) if one[1] != one[2]] == []


def test_no_header_of_an_empty_listing_says_what_has_expired(
    settings: Callable[..., Settings], tmp_path: Path
) -> None:
    """The listings that still have entries say when they last lost one, by Last-Modified."""
    paths = list_narrower(("",))
    sites = [Site(settings(index=str(tmp_path / str(n)))) for n in range(2)]

    bare = ask_beside(sites[0], None, paths)
    beside = ask_beside(sites[1], "expires: 2026-04-01", paths)
    differing = {
        path.partition("?")[2]
        for path, one, other in zip(paths, bare, beside, strict=True)
        if one != other
    }
    assert differing == {"not=zq-name", "tag=wind,zq-name"}


def test_an_empty_site_says_nothing_of_what_has_expired(
    settings: Callable[..., Settings],
) -> None:
    site = Site(settings())
    site.add("hidden", "2026-03-03", expires="2026-04-01", tags="[Wind]")

    for path in ("/", "/rss.xml", "/atom.xml", "/feed.json", "/tags/", "/opml.xml", "/subscribe"):
        assert "Last-Modified" not in site.get(path).headers, path


DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}


@pytest.mark.parametrize("coding", DECODERS)
def test_a_coded_body_holds_no_hidden_word(site: Site, coding: str) -> None:
    client = site.make_client("front")
    for path in ("/", *(f"/{file}" for file in FEED_FILES.values())):
        response = client.get(path, headers={"Accept-Encoding": coding})
        text = DECODERS[coding](response.data).decode()
        assert response.headers["Content-Encoding"] == coding
        assert [word for word in [*SECRETS, UNLISTED] if word in text] == []
        assert PUBLIC_WORD in text or path == "/"


@pytest.mark.parametrize(
    "path",
    [
        "/files/../feedsvc.toml",
        "/files/%2e%2e/outside/leak.md",
        "/files/..%2foutside%2fleak.png",
        "/files/link/leak.png",
        "/files/leak.png",
        "/files//etc/passwd",
        "/files/%2fetc%2fpasswd",
        "/files/.env",
        "/files/q.png/../zqdraft.md",
        "/files/q.png%00.md",
        "/files/quay.md",
        "/files/side.yaml",
        "/static/../templates/base.html",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/static/..%5c..%5csettings.py",
    ],
)
def test_no_path_leads_out(site: Site, path: str) -> None:
    for kind in ("front", "flask"):
        assert site.make_client(kind).get(path).status_code in (400, 404)


def test_an_entry_that_is_withdrawn_takes_its_words_and_files_with_it(site: Site) -> None:
    client = site.make_client("front")
    page = "/2026/03/quay/"
    assert PUBLIC_WORD in client.get("/feed.json").text
    assert client.get("/files/q.png", buffered=True).status_code == 200

    site.write("quay.md", "---\ntitle: Quay\ndate: 2026-03-02\ndraft: true\n---\nWords.\n")
    site.refresh()

    for path, response in walk(client):
        assert PUBLIC_WORD not in render_whole(response), path
    assert (
        client.get(page).status_code == client.get("/files/q.png", buffered=True).status_code == 404
    )
    assert client.get("/files/" + quote("q.png")).status_code == 404
