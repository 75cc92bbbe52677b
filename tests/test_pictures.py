"""Pictures of copied pages: their addresses, which two are one, and whom to name for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from feedsvc.content.pictures import make_picture_key, restore_pictures
from feedsvc.content.render import render_content
from feedsvc.feeds.parts import build_html
from feedsvc.feeds.rss_atom import render_rss
from feedsvc.model import Content, Image, Item
from feedsvc.pages.metadata import render_json_ld
from feedsvc.reading import read_file
from feedsvc.settings import Settings, Site, resolve_addresses
from tests.support.factory import make_channel, make_feed, make_item

STUB = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
SETTINGS = resolve_addresses(
    Settings(site=Site(url="https://harbour.example/", id_authority="harbour.example,2024"))
)
LATE = {
    "data-src beside data": (f'<img src="{STUB}" data-src="/q.jpg">', "/q.jpg"),
    "data-src alone": ('<img data-src="/q.jpg">', "/q.jpg"),
    "data-original beside a placeholder": (
        '<img src="/img/placeholder.gif" data-original="/q.jpg">',
        "/q.jpg",
    ),
    "data-lazy-src and a set": (
        '<img data-lazy-src="/q.jpg" data-lazy-srcset="/q-300x200.jpg 300w">',
        "/q.jpg",
    ),
    "a set alone": ('<img data-srcset="/q-300.jpg 300w, /q-900.jpg 900w">', "/q-900.jpg"),
    "srcset without src": ('<img srcset="/q-1.jpg 1x, /q-2.jpg 2x">', "/q-2.jpg"),
    "a small copy under a class": (
        '<img class="lazyload" src="/q-20x13.jpg" data-src="/q.jpg">',
        "/q.jpg",
    ),
    "data-url": ('<img src="" data-url="/q.jpg">', "/q.jpg"),
    "data-original-src": (f'<img src="{STUB}" data-original-src="/q.jpg">', "/q.jpg"),
    "Discuz": ('<img src="static/image/none.gif" zoomfile="/q.jpg" file="/q.jpg">', "/q.jpg"),
    "noscript behind": ('<img src="/blank.gif"><noscript><img src="/q.jpg"></noscript>', "/q.jpg"),
    "noscript before": (
        '<noscript><img src="/q.jpg"></noscript><img class="lazy" src="/blank.gif">',
        "/q.jpg",
    ),
    "noscript behind a link": (
        f'<a href="/q"><img src="{STUB}"></a><noscript><img src="/q.jpg"></noscript>',
        "/q.jpg",
    ),
    "noscript with the same": (
        '<img data-src="/q.jpg"><noscript><img src="/q-900x600.jpg"></noscript>',
        "/q.jpg",
    ),
    "noscript alone": ('<p>x<noscript><img src="/q.jpg"></noscript></p>', "/q.jpg"),
    "an SVG with tags in its address": (
        "<img src='data:image/svg+xml;utf8,<svg xmlns=\"x\"></svg>' data-src='/q.jpg'>",
        "/q.jpg",
    ),
    "a plain picture": ('<img src="/q.jpg">', "/q.jpg"),
    "a plain picture with a larger one to open": (
        '<img src="/q.jpg" data-src="/other.jpg">',
        "/q.jpg",
    ),
    "a mark that is no address": ('<img src="/q.jpg" file="1">', "/q.jpg"),
}


def render(html: str) -> Content:
    """Return the content of an entry whose body is *html*."""
    entry = replace(make_item(1).entry, body=html, markup="html")
    return render_content(entry, lambda url: f"https://harbour.example{url}")


@pytest.mark.parametrize(("html", "address"), LATE.values(), ids=LATE)
def test_a_late_picture_is_shown_once_by_its_own_address(html: str, address: str) -> None:
    content = render(html)

    assert content.html.count("<img") == 1
    assert f'src="https://harbour.example{address}"' in content.html


def test_two_pictures_side_by_side_stay_two() -> None:
    html = restore_pictures('<img src="/a.jpg"><noscript><img src="/b.jpg"></noscript>')

    assert html == '<img src="/a.jpg"><img src="/b.jpg">'


def test_an_icon_is_not_the_picture_of_an_entry() -> None:
    content = render('<p><img src="/icon_pdf.png"><img src="/qrcode.png"><img src="/q.jpg"></p>')

    assert content.image is not None
    assert content.image.url == "https://harbour.example/q.jpg"


SAME = [
    ("https://a.example/2024/q.jpg", "http://a.example/2024/q.jpg"),
    ("https://a.example/2024/q.jpg", "https://cdn.example/2024/q-1024x683.jpg"),
    ("https://a.example/q.jpg?w=600", "https://a.example/q.jpg"),
    ("https://a.example/q-scaled.jpg", "https://a.example/q-300x200.jpg"),
    ("https://a.example/q@2x.png", "https://a.example/q.png"),
]
OTHERS = [
    ("https://a.example/q.jpg", "https://a.example/r.jpg"),
    ("https://a.example/2024/q.jpg", "https://a.example/2023/q.jpg"),
    ("https://a.example/image.php?id=1", "https://a.example/image.php?id=2"),
    ("https://a.example/q-1.jpg", "https://a.example/q-2.jpg"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_sizes_of_a_picture_are_one_picture(one: str, other: str) -> None:
    assert make_picture_key(one) == make_picture_key(other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_pictures_are_others(one: str, other: str) -> None:
    assert make_picture_key(one) != make_picture_key(other)


def test_a_picture_that_the_text_has_is_not_put_before_it(tmp_path: Path) -> None:
    head = '<meta name="date" content="2024-05-06"><meta property="og:image" content="/q.png">'
    page = '<img src="/q-300x200.png" srcset="/q-300x200.png 300w, /q.png 900w">'
    (tmp_path / "q.html").write_text(f"<title>T</title>{head}<p>{page}</p>", encoding="utf-8")
    entry = read_file(tmp_path, "q.html", SETTINGS).entry
    assert entry is not None

    content = render_content(entry, lambda url: f"https://harbour.example{url}")

    assert build_html(Item(entry=entry, content=content), make_channel()).count("<img") == 1


def test_a_picture_keeps_its_caption_and_credit(tmp_path: Path) -> None:
    json_ld = (
        '{"@type": "NewsArticle", "headline": "T", "datePublished": "2024-05-06", "image": '
        '{"@type": "ImageObject", "url": "https://a.example/q.jpg", "caption": "The quay", '
        '"creditText": "Photo: Ida Moe"}}'
    )
    texts = {
        "page.html": f'<title>T</title><script type="application/ld+json">{json_ld}</script>x',
        "table.md": "---\ntitle: T\ndate: 2024-05-06\nimage: {src: https://a.example/q.jpg,"
        " caption: The quay, credit: 'Photo: Ida Moe'}\n---\nText.\n",
        "flat.md": "---\ntitle: T\ndate: 2024-05-06\nimage: https://a.example/q.jpg\n"
        "image_caption: The quay\nimage_credit: 'Photo: Ida Moe'\n---\nText.\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    images = [read_file(tmp_path, name, SETTINGS).entry for name in texts]

    assert [one and one.image and (one.image.caption, one.image.credit) for one in images] == [
        ("The quay", "Photo: Ida Moe")
    ] * 3


def test_feeds_and_pages_name_whoever_made_a_picture() -> None:
    image = Image(url="https://a.example/q.jpg", caption="The quay", credit="Photo: Ida Moe")
    item = make_item(1, image=image)

    assert "<figcaption>The quay Photo: Ida Moe</figcaption>" in build_html(item, make_channel())
    assert '"creditText": "Photo: Ida Moe"' in render_json_ld(item, make_channel())
    assert b"<media:credit>Photo: Ida Moe</media:credit>" in render_rss(make_feed(item))


def test_a_picture_without_an_address_is_a_problem(tmp_path: Path) -> None:
    code = "`<img alt>`\n\n```html\n<img :src>\n```\n"
    head = "---\ntitle: T\ndate: 2024-05-06\n---\n"
    text = f'{head}{code}\n<img src="{STUB}" alt="quay">\n'
    (tmp_path / "q.md").write_text(text, encoding="utf-8")

    problems = read_file(tmp_path, "q.md", SETTINGS).problems

    assert [(one.code, one.line) for one in problems] == [("picture-lost", 11)]


LOST = {
    "![quay](file:///home/ida/quay.png)": True,
    r"![quay](C:\Users\ida\quay.png)": True,
    "![quay](C:/Users/ida/quay.png)": True,
    f"![quay]({STUB})": True,
    "![quay](blob:https://a.example/1)": True,
    "![quay](cid:image001.png@01D)": True,
    "![quay]()": True,
    "![quay](<>)": True,
    "![quay](<file:///home/ida/my quay.png>)": True,
    '<img src="file:///home/ida/quay.png">': True,
    r'<img src="C:\quay.png">': True,
    "`![quay](file:///home/ida/quay.png)`": False,
    "![quay](<img/quay.png>)": False,
    "![quay](https://a.example/quay.png)": False,
    "[files](file:///home/ida/quay.png)": False,
}


@pytest.mark.parametrize(("text", "is_lost"), LOST.items())
def test_a_picture_on_one_machine_is_a_problem(tmp_path: Path, text: str, is_lost: bool) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img/quay.png").write_bytes(b"PNG")
    head = "---\ntitle: T\ndate: 2024-05-06\n---\n"
    (tmp_path / "q.md").write_text(f"{head}A quay.\n\n{text}\n", encoding="utf-8")

    problems = read_file(tmp_path, "q.md", SETTINGS).problems

    assert [(one.code, one.line) for one in problems] == ([("picture-lost", 7)] if is_lost else [])
