"""No script leaves, whatever the markup, field and format, whatever stands before `javascript:`.

`tests/support/xss.py` has the payloads and says what may be left of them. Here they go through
every markup, and as files of every dialect through a whole site: RSS, Atom, JSON Feed, pages, OPML
and sitemaps. Chromium opens the main ones with nothing of ours around that would stop them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from lxml import html as lxml_html
from playwright.sync_api import Page

from feedsvc.content.render import CONVERTERS
from feedsvc.model import Markup
from feedsvc.settings import Feeds, Settings
from feedsvc.settings import Site as SiteSettings
from tests.support.browser import open_browser
from tests.support.site import Site
from tests.support.xss import (
    ADDRESSES,
    ASCIIDOC_PLACES,
    HTML_PLACES,
    HTML_TEXTS,
    MARKDOWN_PLACES,
    MARKDOWN_TEXTS,
    ORG_PLACES,
    RST_PLACES,
    SAFE_SCHEMES,
    SCRIPT,
    TEXT_PLACES,
    get_scheme,
    list_faults,
)
from tests.test_markup import render, render_html

PLACES: dict[Markup, tuple[str, ...]] = {
    "markdown": HTML_PLACES[:6] + MARKDOWN_PLACES,
    "html": HTML_PLACES,
    "text": TEXT_PLACES,
    "rst": RST_PLACES,
    "asciidoc": ASCIIDOC_PLACES,
    "org": ORG_PLACES,
    "wml": HTML_PLACES[:3],
}
# Of the addresses at each place every so many is tried, each at some place: docutils takes 8 ms,
# and to parse what each text becomes 1 ms. `make torture` tries all
STEPS: dict[Markup, int] = {"rst": 17, "text": 3, "markdown": 3}


def list_bodies(markup: Markup, step: int) -> Iterator[str]:
    """Yield each hostile text, and every *step*th address at each place, as *markup* has them."""
    for number, place in enumerate(PLACES[markup]):
        for address in ADDRESSES[number % step :: step]:
            yield place.replace("@", address)
    yield from HTML_TEXTS
    if markup in ("markdown", "asciidoc", "org"):
        yield from MARKDOWN_TEXTS


def test_the_payloads_are_seen_where_nothing_is_sanitized() -> None:
    assert len(HTML_TEXTS) + len(MARKDOWN_TEXTS) > 60
    unseen = [text for text in HTML_TEXTS if not list_faults(text)]

    assert [text for text in unseen if ("<img" in text or "<script" in text)] == [
        "<!DOCTYPE x [<!ENTITY y '<img src=x onerror=pwn()>'>]>&y;"  # XML's, not HTML's
    ]
    assert list_faults(f"<a href='\x01 {SCRIPT}'>x</a>")
    assert list_faults("<a href='java\tscript:pwn()'>x</a>")
    assert not list_faults("<p><a href='https://a.example/'>x</a><svg viewBox='0 0 1 1'></svg></p>")


@pytest.mark.parametrize("markup", CONVERTERS)
def test_no_markup_lets_a_script_through(markup: Markup) -> None:
    assert list_faulty_bodies(markup, STEPS.get(markup, 1)) == {}


def list_faulty_bodies(markup: Markup, step: int) -> dict[str, tuple[str, ...]]:
    """Return what is left of the hostile texts of which something is."""
    faulty = {}
    for body in list_bodies(markup, step):
        if faults := list_body_faults(markup, body):
            faulty[body] = faults
    return faulty


def list_body_faults(markup: Markup, body: str) -> tuple[str, ...]:
    """Return what is left of *body*, in its HTML or as the address of its picture."""
    content = render(body, markup)
    faults = list_faults(content.html)
    if content.image is not None and get_scheme(content.image.url) not in ("http", "https"):
        faults += (content.image.url,)
    return faults


LINKS = {  # what must go on to work
    "{static}/a.html": "https://news.example.com/a.html",
    "&nbsp;https://a.example/": "https://a.example/",
    "\u3000//a.example/b": "https://a.example/b",
    "b:c": None,
    "./b:c": "https://news.example.com/2026/01/story-1/b:c",
    "mailto:a@a.example": "mailto:a@a.example",
    "TEL:+47-22-000000": "TEL:+47-22-000000",
    "magnet:?xt=a": "magnet:?xt=a",
    "gemini://a.example/": "gemini://a.example/",
    "https://a.example/?u=javascript:b()": "https://a.example/?u=javascript:b()",
    "https://a.example/#javascript:b": "https://a.example/#javascript:b",
    "javascript": "https://news.example.com/2026/01/story-1/javascript",
    "javascript-news.html": "https://news.example.com/2026/01/story-1/javascript-news.html",
    "#javascript:b": "https://news.example.com/2026/01/story-1/#javascript:b",
    "?javascript:b": "https://news.example.com/2026/01/story-1/?javascript:b",
}


@pytest.mark.parametrize(("reference", "url"), LINKS.items())
def test_addresses_that_only_look_alike_stay(reference: str, url: str | None) -> None:
    expected = f'<a href="{url}">x</a>' if url else "x"

    assert render_html(f'<a href="{reference}">x</a>', "html") == expected


# -- a whole site -----------------------------------------------------------------------

# A file of each dialect; a tag says which, so that each has its own feeds
FILES = {
    "yaml": ("md", "---\ntitle: T\ndate: 2026-03-02\ntags: yaml\n---\n\n{}\n"),
    "page": (
        "html",
        "<!doctype html><html><head><title>T</title><meta name=date content=2026-03-02>"
        "<meta name=keywords content=page></head><body><article><h1>T</h1><p>Words.</p>{}"
        "</article></body></html>",
    ),
    "fragment": ("html", "---\ntitle: T\ndate: 2026-03-02\ntags: fragment\n---\n{}\n"),
    "asciidoc": ("adoc", "= T\n:date: 2026-03-02\n:tags: asciidoc\n\n{}\n"),
    "org": ("org", "#+TITLE: T\n#+DATE: 2026-03-02\n#+FILETAGS: :org:\n\n{}\n"),
    "rst": ("rst", "T\n===\n\n:date: 2026-03-02\n:tags: rst\n\n{}\n"),
    "labelled": ("txt", "Title: T\nDate: 2026-03-02\nTags: labelled\n\n{}\n"),
}
TEXT_FIELDS = (
    *("title", "summary", "author", "tags", "category", "correction", "rights", "imagealt"),
    *("imagecaption", "imagecredit", "source", "language", "slug", "id"),
)
# Fields that become links; `@` stands for the address
ADDRESS_FIELDS = (
    *('url: "@"', 'image: "@"', 'image: {url: "@", caption: x}', 'source: "@"', 'license: "@"'),
    *(
        'source: {title: x, url: "@"}',
        'source: "[x](@)"',
        'author: "[x](@)"',
        'authors: ["[x](@)"]',
    ),
    *('authors: [{name: x, url: "@"}]', 'author: "x <@>"', 'comments: "@"', 'enclosure: "@"'),
    *(
        'enclosure: {url: "@", type: audio/mpeg}',
        'audio: "@.mp3"',
        'image: "@.png"',
        'aliases: "@"',
    ),
    *('author: x\nauthor_url: "@"', "author: <a href='@'>x</a>", 'redirect: "@"', 'canonical: "@"'),
    *('rights: "@"', 'license: {url: "@"}', 'url: "https://a.example/"\nimage: "@.png"'),
    "image: a.png\nimage_caption: \"<a href='@'>x</a>\"",
)
FIELD_ADDRESSES = ADDRESSES[::11]


def list_files() -> Iterator[tuple[str, str]]:
    """Yield name and content of each entry of the site."""
    for dialect, (ending, frame) in FILES.items():
        texts: Iterable[str] = HTML_TEXTS
        if dialect == "yaml":
            texts = chain(HTML_TEXTS, MARKDOWN_TEXTS)
        if dialect == "rst":
            texts = islice(RST_PLACES, None)
        for number, text in enumerate(texts):
            body = text.replace("@", SCRIPT)
            yield f"{dialect}-{number}.{ending}", frame.replace("{}", body)
    for number, text in enumerate(HTML_TEXTS):
        lines = [f"{name}: {json.dumps(text)}" for name in TEXT_FIELDS if name != "tags"]
        head = "\n".join(
            lines if number % 2 else lines[:-3]
        )  # some have an id and slug of their own
        yield (
            f"f{number}.md",
            f"---\ndate: 2026-03-02\n{head}\ntags: [fields, {json.dumps(text)}]\n---\nx\n",
        )
    for number, field in enumerate(ADDRESS_FIELDS):
        for index, address in enumerate(FIELD_ADDRESSES):
            line = field.replace("@", json.dumps(address)[1:-1])
            name = f"a{number}-{index}.md"
            yield (
                name,
                f"---\ntitle: T\ndate: 2026-03-02\ntags: a{number}\n{line}\n---\n"
                f"<audio src='{SCRIPT}'>\n",
            )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site of hostile files in every dialect, and none that is not."""
    base = tmp_path_factory.mktemp("hostile")
    site = Site(
        Settings(
            site=SiteSettings(
                title="Harbour News",
                url="https://news.example.com/",
                id_authority="news.example.com,2026",
                index=str(base / "index.sqlite"),
            ),
            feeds=Feeds(limit=500),
            base=base,
        )
    )
    for name, content in list_files():
        site.write(name, content.encode("utf-8", "surrogatepass"))
    site.write("a.png", b"\x89PNG")
    site.write("s.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>pwn()</script></svg>")
    site.write("svg.md", "---\ntitle: T\ndate: 2026-03-02\nimage: s.svg\n---\n![](s.svg)\n")
    return site


TAGS = [*FILES, "fields", *(f"a{number}" for number in range(len(ADDRESS_FIELDS)))]


def check_address(address: str | None) -> None:
    """Check an address of a page, which may be a relative one."""
    assert get_scheme(address or "") in SAFE_SCHEMES | {""}, address


def check_web_address(address: str | None) -> None:
    assert get_scheme(address or "https:") in ("http", "https"), address


def check_html(html: str | None) -> None:
    assert not list_faults(html or ""), html


NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
}


def parse_xml(site: Site, path: str) -> Any:
    response = site.get(path)
    assert response.status_code == 200
    root = etree.fromstring(response.data)
    for element in root.iter():
        for name in ("href", "url", "src", "xmlUrl", "htmlUrl"):
            check_web_address(element.get(name))
    return root


@pytest.mark.parametrize("tag", TAGS)
def test_rss_has_no_script(hostile: Site, tag: str) -> None:
    root = parse_xml(hostile, f"/tags/{tag}/rss.xml")

    items = root.findall(".//item")
    assert items
    for item in items:
        for name in ("link", "comments", "docs"):
            check_web_address(item.findtext(name))
        check_html(item.findtext("description"))
        check_html(item.findtext("content:encoded", namespaces=NAMESPACES))


@pytest.mark.parametrize("tag", TAGS)
def test_atom_has_no_script(hostile: Site, tag: str) -> None:
    root = parse_xml(hostile, f"/tags/{tag}/atom.xml")

    for element in root.iter(f"{{{NAMESPACES['atom']}}}*"):
        if element.tag.endswith("}uri"):
            check_web_address(element.text)
        if element.get("type") == "html":
            check_html(element.text)
        assert element.get("type") != "xhtml"


@pytest.mark.parametrize("tag", TAGS)
def test_json_feed_has_no_script(hostile: Site, tag: str) -> None:
    feed = json.loads(hostile.get(f"/tags/{tag}/feed.json").data)

    assert feed["items"]
    for item in feed["items"]:
        check_html(item.get("content_html"))
        people, files = item.get("authors", []), item.get("attachments", [])
        for address in (
            *(item.get(name) for name in ("url", "external_url", "image", "banner_image")),
            *(one.get("url") for one in (*people, *files)),
        ):
            check_web_address(address)


def check_page(text: str, content: str) -> None:
    """Check a whole page: its content as that of feeds is, the rest by lists of its own."""
    assert content in text
    check_html(content)
    root = lxml_html.document_fromstring(text.replace(content, ""))
    for element in root.iter(etree.Element):
        attributes = dict(element.attrib)
        if element.tag == "script":
            assert attributes == {"type": "application/ld+json"}
            check_json_ld(json.loads(element.text or ""))
            continue
        for name in ("href", "src", "action"):
            check_address(attributes.get(name))
        assert not [name for name in attributes if name.startswith(("on", "style"))]
        assert attributes.get("http-equiv", "") == ""
        assert element.tag not in ("iframe", "object", "embed", "base", "style", "template")


def check_json_ld(value: Any, key: str = "") -> None:
    if isinstance(value, dict):
        for name, part in value.items():
            check_json_ld(part, name)
    elif isinstance(value, list):
        for part in value:
            check_json_ld(part, key)
    elif key in ("url", "@id", "logo", "license", "isBasedOn", "mainEntityOfPage", "image"):
        check_web_address(value)


@pytest.mark.parametrize("tag", TAGS)
def test_pages_have_no_script(hostile: Site, tag: str) -> None:
    checked = 0
    for item in json.loads(hostile.get(f"/tags/{tag}/feed.json").data)["items"]:
        if item["url"].startswith("https://news.example.com/"):
            page = hostile.get(item["url"].removeprefix("https://news.example.com"))
            assert page.status_code == 200
            html = page.get_data(as_text=True)
            body = html.partition('e-content">\n')[2].partition("\n</div>\n")[0]
            check_page(html, body)
            checked += 1

    assert checked or "a.example" in ADDRESS_FIELDS[int(tag[1:])]  # their pages are elsewhere


@pytest.mark.parametrize("path", ["/", "/tags/", "/authors/", "/categories/", "/subscribe"])
def test_listings_have_no_script(hostile: Site, path: str) -> None:
    check_page(hostile.get(path).get_data(as_text=True), "")


@pytest.mark.parametrize("path", ["/opml.xml", "/sitemap.xml", "/news-sitemap.xml"])
def test_lists_of_addresses_have_no_script(hostile: Site, path: str) -> None:
    for element in parse_xml(hostile, path).iter("{*}loc"):
        check_web_address(element.text)


def test_a_picture_with_script_may_do_nothing(hostile: Site) -> None:
    with hostile.get("/files/s.svg") as response:
        status, headers = response.status_code, response.headers

    assert status == 200
    assert headers["Content-Type"].startswith("image/svg+xml")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "script-src" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


# -- a browser --------------------------------------------------------------------------

# Puts each text into a page as parsers do, as scripts do, and as scripts do that copy; then clicks
# what leads elsewhere than to the web, and waits until all events have come
RUN_ALL = """
async ([texts, schemes]) => {
  window.ran = [];
  const unsafe = [];
  for (const [index, text] of texts.entries()) {
    window.pwn = () => window.ran.push(text);
    const whole = new DOMParser().parseFromString(`<!doctype html><body>${text}`, "text/html");
    const frame = document.createElement("iframe");
    frame.srcdoc = `<body>${text}`;
    const first = document.createElement("div");
    const second = document.createElement("div");
    document.body.append(first, second, frame);
    frame.contentWindow.pwn = window.pwn;
    first.innerHTML = text;
    second.innerHTML = first.innerHTML;
    second.append(...whole.body.children);
    await new Promise(done => { frame.onload = done; });
    frame.contentWindow.pwn = window.pwn;
    for (const root of [document, frame.contentDocument])
      for (const element of root.querySelectorAll("*"))
        for (const { name, value } of element.attributes) {
          if (/^on/.test(name)) unsafe.push(`${name}=${value}`);
          if (!/href|src$|action|poster|cite|data/.test(name)) continue;
          if (schemes.includes(new URL(value, document.baseURI).protocol)) continue;
          unsafe.push(`${name}=${value}`);
          if (element.click) element.click();
          else element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        }
    await new Promise(done => setTimeout(done, 0));
    first.remove(); second.remove(); frame.remove();
  }
  return [window.ran, unsafe];
}
"""
SCHEMES = [f"{scheme}:" for scheme in sorted(SAFE_SCHEMES)]


@pytest.fixture(scope="module")
def bare_page(
    needs: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """A page of a file, without any Content-Security-Policy, that loads nothing from elsewhere."""
    file = tmp_path_factory.mktemp("bare") / "page.html"
    file.write_text("<!doctype html><title>x</title><body>", encoding="utf-8")
    with open_browser(needs("chromium")) as browser:
        page = browser.new_page()
        page.route(lambda url: not url.startswith("file:"), lambda route: route.fulfill(status=404))
        page.goto(file.as_uri())
        yield page


def list_main_texts() -> list[tuple[Markup, str]]:
    """Return the hostile texts that a browser is to see, with their markup."""
    found: list[tuple[Markup, str]] = [("html", text) for text in HTML_TEXTS]
    found += [("markdown", text) for text in (*HTML_TEXTS, *MARKDOWN_TEXTS)]
    found += [("html", place.replace("@", SCRIPT)) for place in HTML_PLACES]
    found += [("markdown", f"[x](<{address}>)") for address in ADDRESSES[::5]]
    return found


def test_a_browser_runs_no_script_of_what_leaves(bare_page: Page) -> None:
    texts = list(dict.fromkeys(render_html(body, markup) for markup, body in list_main_texts()))

    assert bare_page.evaluate(RUN_ALL, [texts, SCHEMES]) == [[], []]


def test_a_browser_would_run_them_as_they_were_written(bare_page: Page) -> None:
    texts = ["<img src=x onerror=pwn()>", f"<a href='{SCRIPT}'>x</a>", "<svg onload=pwn()>"]

    ran, unsafe = bare_page.evaluate(RUN_ALL, [texts, SCHEMES])

    assert set(ran) == set(texts)
    assert unsafe


def test_a_browser_runs_no_script_of_a_feed(bare_page: Page, hostile: Site, tmp_path: Path) -> None:
    feed = json.loads(hostile.get("/tags/yaml/feed.json").data)
    whole = "<hr>".join(item.get("content_html", "") for item in feed["items"])
    file = tmp_path / "feed.html"
    file.write_text(f"<!doctype html><meta charset=utf-8>{whole}", encoding="utf-8")
    bare_page.add_init_script("window.ran = []; window.pwn = () => window.ran.push(1)")

    bare_page.goto(file.as_uri())

    assert bare_page.evaluate("window.ran") == []
