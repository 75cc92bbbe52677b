"""AsciiDoc: headers, their attributes in the text, conditions, and bounds of what they add."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import pytest

from feedsvc.content.asciidoc import MAX_EXPANDED_CHARACTERS, asciidoc_to_markdown
from feedsvc.content.render import render_content
from feedsvc.reading import read_file
from feedsvc.settings import Settings
from feedsvc.settings import Site as SiteSettings
from tests.support.factory import make_entry

PAGE = "https://news.example.com/p/"


def render_html(body: str) -> str:
    entry = make_entry(body=body, markup="asciidoc", url=PAGE)
    return render_content(entry, lambda reference: urljoin(PAGE, reference)).html


HTML = {
    "a URL": (
        ":uri-q: https://q.example/\n\n{uri-q}[Quay] and {uri-q}map[its map].",
        '<p><a href="https://q.example/">Quay</a> and '
        '<a href="https://q.example/map">its map</a>.</p>',
    ),
    "words in words": (
        ":ship: *Nordlicht*\n:both: {ship} & co\n\n{both}",
        "<p><strong>Nordlicht</strong> &amp; co</p>",
    ),
    "continued value": (
        "= T\n:slogan: Sail \\\n  today\n\n{slogan}.",
        "<p>Sail today.</p>",
    ),
    "unset in the header": ("= T\n:!toc:\n:ship: A\n:ship!:\n\nOn {ship}.", "<p>On {ship}.</p>"),
    "set in the text": ("One.\n\n:ship: A\n\nOn {ship}.", "<p>One.</p>\n<p>On A.</p>"),
    "soft value": (":ship: A@\n\n{ship}", "<p>A</p>"),
    "unknown, escaped": ("{unknown} \\{lt}", "<p>{unknown} {lt}</p>"),
    "characters": ("a {lt} b{nbsp}c {plus} {cpp}", "<p>a &lt; b&nbsp;c + C++</p>"),
    "in code it stays": (":a: b\n\n----\n{a}\n----", "<pre><code>{a}\n</code></pre>"),
    "in a table": (
        ":a: b\n\n|===\n|x |{a}\n|===",
        "<table><thead><tr><th>x</th><th>b</th></tr></thead><tbody>\n</tbody></table>",
    ),
    "folder of pictures": (
        ":imagesdir: /img/\n\nimage::a.png[A] image:/b.png[B] image:https://c.example/c.png[C]",
        '<p><img src="https://news.example.com/img/a.png" alt="A"> '
        '<img src="https://news.example.com/b.png" alt="B"> '
        '<img src="https://c.example/c.png" alt="C"></p>',
    ),
    "pictures with spaces in their names": (
        "image::Team photo (1).png[A] image:my b.png[B,300] image: c [d]",
        '<p><img src="https://news.example.com/p/Team%20photo%20(1).png" alt="A"> '
        '<img src="https://news.example.com/p/my%20b.png" alt="B"> image: c [d]</p>',
    ),
    "folder of pictures on another site": (
        ":imagesdir: https://c.example/i\n\nimage::a.png[]",
        '<p><img src="https://c.example/i/a.png" alt=""></p>',
    ),
    "header": (
        "= T\nAda Quay <https://q.example/ >\nv1.0, 2026-03-02\n// a comment\n:a: b\n\nText {a}.",
        "<p>Text b.</p>",
    ),
    "author of the header": ("= T\nAda Quay\n\nBy {author}: {doctitle}.", "<p>By Ada Quay: T.</p>"),
    "prose below a title is no author": (
        "= T\n\nAda Quay sails.",
        "<p>Ada Quay sails.</p>",
    ),
    "condition": (
        ":a: b\n\nifdef::a[]\nOne.\nendif::[]\nifndef::a[]\nifdef::a[]\nTwo.\nendif::[]\nThree.\n"
        "endif::[]\nifdef::c[Four.]\nifdef::c,a[Five.]\nifdef::c+a[Six.]",
        "<p>One.\nFive.</p>",
    ),
    "language of listings": (
        ":source-language: java\n\n[source]\n----\na\n----",
        '<pre><code class="language-java">a\n</code></pre>',
    ),
    "labelled": (
        "NOTE: Wet.\n\n[WARNING]\n====\nDeep.\n====",
        "<p><strong>Note:</strong> Wet.</p>\n<p><strong>Warning:</strong></p>\n<p>Deep.</p>",
    ),
}


@pytest.mark.parametrize(("body", "html"), HTML.values(), ids=HTML)
def test_attributes_are_filled_in(body: str, html: str) -> None:
    assert render_html(body) == html


FRONT = "---\ntitle: Quay\ndate: 2026-03-02\n---\n"
AUTHORS = {
    "a line": (FRONT + "= Quay\nAda Quay <https://quay.example/>\n\nText.", ["Ada Quay"]),
    "an address with a space": (
        FRONT + "= Quay\nAda Quay <https://q.example/a >\n\nText.",
        ["Ada Quay"],
    ),
    "two": (FRONT + "= Quay\nAda Quay <a@q.example>; Bo Lee\n\nText.", ["Ada Quay", "Bo Lee"]),
    "an attribute": (FRONT + ":author: Ada Quay\n\nText.", ["Ada Quay"]),
    "the front matter's": (
        FRONT.replace("title", "author: Cy\ntitle") + "= Quay\nAda Quay\n\nText.",
        ["Cy"],
    ),
    "no title, no author": (FRONT + "Ada Quay\n\nText.", []),
    "no front matter": ("= Quay\nAda Quay\n2026-03-02\n:language: java\n\nText.", ["Ada Quay"]),
    "decomposed": ("= Quay\nZoe\u0308 Lee\nv1, 2026-03-02\n\nText.", ["Zoe\u0308 Lee"]),
    "unset": ("= Quay\nAda Quay\n2026-03-02\n:!toc:\n:page-tags: a\n\nText.", ["Ada Quay"]),
}


@pytest.mark.parametrize(("text", "names"), AUTHORS.values(), ids=AUTHORS)
def test_the_line_below_the_title_is_the_author(
    text: str, names: list[str], tmp_path: Path
) -> None:
    (tmp_path / "quay.adoc").write_text(text, encoding="utf-8")
    settings = Settings(site=SiteSettings(url="https://news.example.com/", id_authority="a"))

    reading = read_file(tmp_path, "quay.adoc", settings)

    assert reading.entry is not None
    assert [author.name for author in reading.entry.authors] == names
    assert reading.problems == ()
    assert reading.entry.language == "en"
    assert render_html(reading.entry.body).count("<p>") == 1 + (names == [])


@pytest.mark.parametrize(
    "body",
    [
        f":a: {'x' * 20_000}\n\n" + "{a}\n" * 10_000,
        f":imagesdir: {'x' * 20_000}\n\n" + "image::a.png[]\n" * 10_000,
        "".join(f":a{n}: {{a{n - 1}}}{{a{n - 1}}}\n" for n in range(1, 60)).replace("{a0}", "ha")
        + "\n{a59}\n" * 50,
    ],
    ids=["used often", "folder", "doubled"],
)
def test_attributes_add_a_bounded_number_of_characters(body: str) -> None:
    assert len(asciidoc_to_markdown(body)) < len(body) + 2 * MAX_EXPANDED_CHARACTERS
