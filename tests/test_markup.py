"""Bodies become safe HTML with absolute URLs, summaries, references and plain text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.content import sanitize
from feedsvc.content.markdown import markdown_to_html
from feedsvc.content.org import org_to_markdown
from feedsvc.content.plaintext import text_to_html
from feedsvc.content.references import extract_references, extract_search_text
from feedsvc.content.render import render_content
from feedsvc.content.sanitize import (
    ALLOWED_ATTRIBUTES,
    ALLOWED_TAGS,
    sanitize_converted,
    sanitize_html,
)
from feedsvc.content.summary import MAX_SUMMARY_CHARACTERS, extract_summary
from feedsvc.content.template_tags import replace_template_tags
from feedsvc.model import Content, Image, Markup
from feedsvc.reading import make_resolver
from feedsvc.settings import Settings, Site
from tests.support.factory import make_entry

PAGE = "https://news.example.com/2026/01/story-1/"
SETTINGS = Settings(site=Site(url="https://news.example.com/"))
RESOLVE = partial(urljoin, PAGE)
MARKUPS = get_args(Markup)


def render(body: str, markup: Markup = "markdown", **changes: Any) -> Content:
    entry = make_entry(body=body, markup=markup, url=PAGE, **changes)
    return render_content(entry, make_resolver(Path("/nowhere"), entry, SETTINGS))


def render_html(body: str, markup: Markup = "markdown", **changes: Any) -> str:
    return render(body, markup, **changes).html


HTML = {
    "emphasis": ("A *b* **c** ~~d~~", "<p>A <em>b</em> <strong>c</strong> <del>d</del></p>"),
    "relative link": ("[a](b.html)", f'<p><a href="{PAGE}b.html">a</a></p>'),
    "link from the root": ("[a](/b)", '<p><a href="https://news.example.com/b">a</a></p>'),
    "link without scheme": ("[a](//cdn.example/b)", '<p><a href="https://cdn.example/b">a</a></p>'),
    "fragment": ("[a](#b)", f'<p><a href="{PAGE}#b">a</a></p>'),
    "mail": ("[a](mailto:a@b.example)", '<p><a href="mailto:a@b.example">a</a></p>'),
    "script link": ("[a](javascript:alert(1))", "<p>a</p>"),
    "broken address": ('<a href="http://[">a</a>', "<p>a</p>"),
    "Pelican's link": (
        "[a]({static}/b.pdf)",
        '<p><a href="https://news.example.com/b.pdf">a</a></p>',
    ),
    "what is no address": (
        r"www.\a http://.x https:// www www. http://a\b http://www.a.example:port",
        r"<p>www.\a http://.x https:// www www. http://a\b http://www.a.example:port</p>",
    ),
    "bare addresses with a port and beyond ASCII": (
        "www.ä.example:8080/x http://user@b.example",
        '<p><a href="http://www.ä.example:8080/x">www.ä.example:8080/x</a>'
        ' <a href="http://user@b.example">http://user@b.example</a></p>',
    ),
    "bare addresses": (
        "See https://a.example/b?c=1&d=2, www.b.example/x_(y). `https://c.example`",
        '<p>See <a href="https://a.example/b?c=1&amp;d=2">https://a.example/b?c=1&amp;d=2</a>, '
        '<a href="http://www.b.example/x_(y)">www.b.example/x_(y)</a>. <code>https://c.example</code></p>',
    ),
    "address in a shortcode": (
        "[embed]https://a.example/b[/embed]",
        '<p>[embed]<a href="https://a.example/b">https://a.example/b</a>[/embed]</p>',
    ),
    "address as label": (
        "[https://a.example](b)",
        f'<p><a href="{PAGE}b">https://a.example</a></p>',
    ),
    "table": (
        "|a|b|\n|-|-:|\n|1|2|",
        '<table><thead><tr><th>a</th><th align="right">b</th></tr></thead><tbody>\n'
        '<tr><td>1</td><td align="right">2</td></tr>\n</tbody></table>',
    ),
    "tasks": ("- [x] a\n- [ ] b", "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>"),
    "code": ("```c++\na < b\n```", '<pre><code class="language-c++">a &lt; b\n</code></pre>'),
    "script": ("a<script>b</script>c", "<p>ac</p>"),
    "handlers and styles": (
        '<b onclick="a()" style="color:red" class="x">b</b>',
        "<p><b>b</b></p>",
    ),
    "empty": ("", ""),
    "picture set": (
        '<img src="a b.png" srcset="a.png 1x,b,c.png 2x, javascript:d 3x" alt=a onerror=b>',
        f'<img src="{PAGE}a%20b.png" srcset="{PAGE}a.png 1x, {PAGE}b,c.png 2x" alt="a">',
    ),
    "picture without source": ('a <img alt="b" src="data:image/png;base64,AA==">', "<p>a </p>"),
    "video": (
        "<video src=a.mp4 poster=b.png controls autoplay><track src=c.vtt></video>",
        f'<p><video src="{PAGE}a.mp4" poster="{PAGE}b.png" controls=""><track src="{PAGE}c.vtt"></video></p>',
    ),
    "quotation": ('<blockquote cite="javascript:a">b</blockquote>', "<blockquote>b</blockquote>"),
    "player": (
        '<iframe width=1 src="//www.youtube-nocookie.com/embed/a-b_c?x=1" title="A &lt; B"></iframe>',
        '<p><a href="https://www.youtube.com/watch?v=a-b_c">A &lt; B</a></p>',
    ),
    "foreign frame": ("a<iframe>b</iframe>", "<p>a</p>"),
    "links say nothing else": (
        '<a href="b" rel="me" target=_blank>a</a>',
        f'<p><a href="{PAGE}b">a</a></p>',
    ),
    "forbidden characters": (
        "a&#11;b&#xFFFE;c&#xD800;d&#0;",
        "<p>abc\N{REPLACEMENT CHARACTER}d\N{REPLACEMENT CHARACTER}</p>",
    ),
    "footnote": (
        "a[^1]\n\n[^1]: b",
        f'<p>a<sup class="footnote-reference"><a href="{PAGE}#1">1</a></sup></p>\n'
        '<div class="footnote-definition" id="1"><sup class="footnote-definition-label">1</sup>\n<p>b</p>\n</div>',
    ),
    "title again": ("# *Story* 1\n\na", "<p>a</p>"),
    "another heading": ("# Storey 1\n\na", "<h1>Storey 1</h1>\n<p>a</p>"),
    "teaser": ("a\n\n<!-- more -->\n\nb", "<p>a</p>\n\n<p>b</p>"),
}


@pytest.mark.parametrize(("body", "html"), HTML.values(), ids=HTML)
def test_markdown_becomes_clean_html(body: str, html: str) -> None:
    assert render_html(body) == html


TAGGED = {
    "figure": (
        '{{< figure src="a.png" alt="A" caption="b [c](d)" >}}',
        f'<figure>\n<img src="{PAGE}a.png" alt="A">\n'
        f'<figcaption>\n<p>b <a href="{PAGE}d">c</a></p>\n</figcaption>\n</figure>',
        (),
    ),
    "picture of another name": (
        '{% photo "a.jpg" %}',
        f'<figure><img src="{PAGE}a.jpg" alt=""></figure>',
        (),
    ),
    "picture without a file": ('a {{< img src="an-id" >}}', "<p>a</p>", ((1, "img"),)),
    "highlight": (
        '{{< highlight go "linenos=true" >}}\na < {{ b }}\n{{< /highlight >}}',
        '<pre><code class="language-go">a &lt; {{ b }}\n</code></pre>',
        (),
    ),
    "Liquid's highlight": (
        "{% highlight ruby %}\n```\n{% endhighlight %}",
        '<pre><code class="language-ruby">```\n</code></pre>',
        (),
    ),
    "video": (
        "{{< youtube a-b >}}",
        '<p><a href="https://www.youtube.com/watch?v=a-b">https://www.youtube.com/watch?v=a-b</a></p>',
        (),
    ),
    "Zola's video": (
        '{{ vimeo(id="12") }}',
        '<p><a href="https://vimeo.com/12">https://vimeo.com/12</a></p>',
        (),
    ),
    "post": (
        '{{< tweet user="a" id="12" >}}',
        '<p><a href="https://x.com/i/status/12">https://x.com/i/status/12</a></p>',
        (),
    ),
    "reference": ('a [b *c*]({{< ref "d.md" >}}) e', "<p>a b <em>c</em> e</p>", ()),
    "Jekyll's reference": ("[b]({% post_url 2026-01-01-a %})", "<p>b</p>", ()),
    "site's address": (
        "[b]({{ site.baseurl }}/c)",
        '<p><a href="https://news.example.com/c">b</a></p>',
        (),
    ),
    "literal": ("[b]({{ '/c' | url }})", '<p><a href="https://news.example.com/c">b</a></p>', ()),
    "pair": (
        "a\n\n{{% note %}}b *c*{{% /note %}}",
        "<p>a</p>\n<p>b <em>c</em></p>",
        ((3, "note"),),
    ),
    "logic": ("{% if a %}b{% else %}c{% endif %}", "<p>bc</p>", ((1, "if"),)),
    "variable": ("a {{ page.title }} b", "<p>a  b</p>", ((1, "page.title"),)),
    "comment": ("a{% comment %}b {{ c }}{% endcomment %}", "<p>a</p>", ()),
    "raw": ("{% raw %}{{ a }}{% endraw %}", "<p>{{ a }}</p>", ()),
    "shown": ("{{</* a */>}}", "<p>{{&lt; a &gt;}}</p>", ()),
    "code span": (
        "`{{ a }}` ``{% b %} ` ``",
        "<p><code>{{ a }}</code> <code>{% b %} ` </code></p>",
        (),
    ),
    "code block": (
        "~~~\n{{< a >}}\n~~~\n{{< b >}}",
        "<pre><code>{{&lt; a &gt;}}\n</code></pre>",
        ((4, "b"),),
    ),
    "indented code": (
        "a\n\n    {{ b }}\n\n\tc",
        "<p>a</p>\n<pre><code>{{ b }}\n\nc</code></pre>",
        (),
    ),
    "in a list": (
        "- a\n\n    b {{ c }}",
        "<ul>\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n</ul>",
        ((3, "c"),),
    ),
    "no end": ("a {{ b", "<p>a {{ b</p>", ()),
    "code that opens a fence": (
        "{{< highlight go >}}\n```\n{{< /highlight >}}\n\na {{< b >}}",
        '<pre><code class="language-go">```\n</code></pre>\n<p>a</p>',
        ((5, "b"),),
    ),
}


@pytest.mark.parametrize(("body", "html", "dropped"), TAGGED.values(), ids=TAGGED)
def test_template_tags_are_never_shown(
    body: str, html: str, dropped: tuple[tuple[int, str], ...]
) -> None:
    assert render_html(body) == html
    assert replace_template_tags(body, "markdown")[1] == dropped


TEXT = {
    "blank lines": ("a\nb\n\n\nc", "<p>a<br>b</p>\n<p>c</p>"),
    "a line each": ("One.\nTwo.\n", "<p>One.</p>\n<p>Two.</p>"),
    "Chinese indents": (
        "\u3000\u3000第一段。\n\u3000\u3000第二段。",
        "<p>第一段。</p>\n<p>第二段。</p>",
    ),
    "wrapped": (
        "This line has been broken at about forty\ncolumns, amid its only sentence, as mail\nprograms do it.",
        "<p>This line has been broken at about forty columns, amid its only sentence, as mail programs do it.</p>",
    ),
    "wrapped Chinese": (
        "一" * 30 + "\n" + "二" * 30 + "\n三。",
        f"<p>{'一' * 30}{'二' * 30}三。</p>",
    ),
    "list": ("a:\n- b\n- c", "<p>a:<br>- b<br>- c</p>"),
    "signs": ("a < b & c", "<p>a &lt; b &amp; c</p>"),
    "address": (
        "见https://a.example/b，或(https://c.example/d).",
        '<p>见<a href="https://a.example/b">https://a.example/b</a>，或(<a href="https://c.example/d">https://c.example/d</a>).</p>',
    ),
}


@pytest.mark.parametrize(("body", "html"), TEXT.values(), ids=TEXT)
def test_plain_text_becomes_paragraphs(body: str, html: str) -> None:
    assert render_html(body, "text") == html


RST = """Story 1
=======

A *b* ``c d`` `e <f.html>`_ :doc:`g`.

.. TEASER_END

.. image:: h.png
   :alt: i

.. code-block:: python

   j = 1

.. include:: /etc/passwd

.. raw:: html

   <b>k</b>

.. date::
"""


def test_labels_of_restructured_text_are_bold() -> None:
    html = render_html("- a\n\n.. code-block:: python\n\n  b\n\n.. note:: c", "rst")

    assert html == (
        '<ul>\n<li><p>a</p></li>\n</ul>\n<pre><code class="language-python">b</code></pre>\n'
        "<aside>\n<p><strong>Note</strong></p>\n<p>c</p>\n</aside>"
    )


def test_restructured_text_is_rendered_without_files_raw_html_and_clocks() -> None:
    content = render(RST, "rst")

    assert content.html == (
        f'<section id="story-1">\n<p>A <em>b</em> <code>c d</code> <a href="{PAGE}f.html">e</a> g.</p>\n\n'
        f'<img alt="i" src="{PAGE}h.png">\n<pre><code class="language-python">j = 1</code></pre>\n</section>'
    )
    assert content.summary == "A b c d e g."


@pytest.mark.parametrize(
    "definition", [".. role:: a(strong)", ".. default-role:: strong"], ids=["role", "default role"]
)
def test_a_role_of_one_text_does_not_change_the_next(definition: str) -> None:
    body = "`b` :a:`c`"
    before = render_html(body, "rst")

    assert render_html(f"{definition}\n\n{body}", "rst") == before
    assert render_html(body, "rst") == before


@pytest.mark.parametrize(
    "body", ["a " * 5_000, "a\n\n" * 70_000], ids=["a long paragraph", "a long text"]
)
def test_restructured_text_too_long_for_docutils_is_shown_as_paragraphs(body: str) -> None:
    assert render_html(f"*b*\n\n{body}", "rst").startswith("<p>*b*</p>\n<p>a")


ASCIIDOC = """= Story 1
:version: 3

A *b* `c` link:d.html[E] https://f.example[F] {version}

== G
* h
** i
. j

// nothing
[source,rust]
----
fn *k*
----
image::l.png[M]

|===
|n |o
|p |q
|===
"""
ORG = """#+TITLE: Story 1
* G
A *b* =c= [[d.html][E]] [[file:l.png]] a/b/c
:PROPERTIES:
:X: y
:END:
- h
#+BEGIN_SRC rust
fn *k*
#+END_SRC
| n | o |
|---+---|
| p | q |
"""
TABLE = "<table><thead><tr><th>n</th><th>o</th></tr></thead><tbody>\n<tr><td>p</td><td>q</td></tr>\n</tbody></table>"
CODE = '<pre><code class="language-rust">fn *k*\n</code></pre>\n'


def test_asciidoc_is_readable() -> None:
    assert render_html(ASCIIDOC, "asciidoc") == (
        f'<p>A <strong>b</strong> <code>c</code> <a href="{PAGE}d.html">E</a> <a href="https://f.example">F</a> 3</p>\n'
        "<h2>G</h2>\n<ul>\n<li>h\n<ul>\n<li>i</li>\n</ul>\n</li>\n</ul>\n<ol>\n<li>j</li>\n</ol>\n"
        f'{CODE}<p><img src="{PAGE}l.png" alt="M"></p>\n{TABLE}'
    )


def test_org_is_readable() -> None:
    assert render_html(ORG, "org") == (
        f'<h1>G</h1>\n<p>A <strong>b</strong> <code>c</code> <a href="{PAGE}d.html">E</a> '
        f'<img src="{PAGE}l.png" alt=""> a/b/c</p>\n<ul>\n<li>h</li>\n</ul>\n{CODE}{TABLE}'
    )


ORG_SPANS = {
    "notes": (
        "Quay[fn:1] and ship[fn:: a /big/ one].\n\n[fn:1] Open.",
        "Quay[^1] and ship (a /big/ one).\n\n[^1]: Open.\n",
    ),
    "over the end of a line": ("A /quay\nthat opens/ now.", "A *quay\nthat opens* now.\n"),
    "not over list items": ("- a /b\n- c/ d", "- a /b\n- c/ d\n"),
    "paragraph in a quote": (
        "#+begin_quote\nA /b\nc/.\n\nD.\n#+end_quote\nE.",
        "\n\n> A *b\n> c*.\n>\n> D.\n\nE.\n",
    ),
}


@pytest.mark.parametrize(("body", "markdown"), ORG_SPANS.values(), ids=ORG_SPANS)
def test_org_becomes_markdown(body: str, markdown: str) -> None:
    assert org_to_markdown(body) == markdown


def test_wml_is_html_without_its_own_tags() -> None:
    body = '#use wml::a\n<define-tag pagetitle>B</define-tag>\n<p>c <a href="$(HOME)/d">e</a> <toc>f</toc>\n<:= 1 :>'

    assert render_html(body, "wml") == '<p>c <a href="https://news.example.com/d">e</a> f\n</p>'


SENTENCES = "This sentence has exactly fifty characters in all. "
SUMMARIES = {
    "prose only": (
        "# a\n\n|b|\n|-|\n|c|\n\n```\nd\n```\n\n<figure><figcaption>e</figcaption></figure>\n\nf[^1]\n\ng\n\n[^1]: h",
        "f g",
    ),
    "entities": ("a &lt; b &amp; c", "a < b & c"),
    "sentences": (SENTENCES * 9, (SENTENCES * 5) + "…"),
    "words": ("word " * 100, "word " * 55 + "word…"),
    "Chinese": ("中文" * 200, "中文" * 140 + "…"),
    "Chinese sentences": ("中文新闻。" * 100, "中文新闻。" * 56 + "…"),
    "a flag is not torn": ("中" * 279 + "\U0001f1e8\U0001f1f3" + "中" * 9, "中" * 279 + "…"),
    "an accent stays": ("中" * 279 + "e\u0301" * 9, "中" * 279 + "…"),
    "teaser whole": (f"{SENTENCES * 9}\n\n<!--more-->\n\nb", (SENTENCES * 9).strip()),
    "teaser without words": ("![a](b.png)\n\n<!--more-->\n\nc", "c"),
}


@pytest.mark.parametrize(("body", "summary"), SUMMARIES.values(), ids=SUMMARIES)
def test_the_opening_is_the_summary(body: str, summary: str) -> None:
    assert render(body).summary == summary


def test_the_teaser_of_plain_text_ends_at_its_mark() -> None:
    content = render("a\n\n<!-- more -->\n\nb", "text")

    assert (content.summary, content.html) == ("a", "<p>a</p>\n\n<p>b</p>")


def test_the_authors_summary_is_plain_text() -> None:
    assert render("a", summary="b & c\n 1 < 2\x0b").summary == "b & c 1 < 2"


def test_the_first_picture_is_the_image() -> None:
    body = (
        '<img src="count.gif" width=1 height=1>\n\n![a "b"](c.png)\n\n<img src="d.png" width="640">'
    )

    assert render(body).image == Image(url=f"{PAGE}c.png", alt='a "b"')
    assert render("a").image is None


REFERENCES = {
    "markdown": (
        '![a](b.png "c") [d](<e f.pdf>) [g]: h.jpg\n<img srcset="i.png 1x, j.png 2x" src=\'k.png\'> [l](#m) [n](https://o)'
        "\n![b](b.png)",
        ("b.png", "e f.pdf", "h.jpg", "i.png", "j.png", "k.png"),
    ),
    "html": ('<A HREF="a&amp;b.pdf">c</A> <video poster=d.png>', ("a&b.pdf", "d.png")),
    "rst": (
        ".. image:: a.png\n.. |b| image:: c.png\n`d <e.pdf>`_\n.. _f: g.html",
        ("a.png", "c.png", "e.pdf", "g.html"),
    ),
    "asciidoc": ("image::a.png[] link:b.pdf[c] https://d[e]", ("a.png", "b.pdf")),
    "org": ("[[file:a.png]] [[b.pdf][c]] [[https://d]]", ("a.png", "b.pdf")),
    "text": ("a.png", ()),
}


@pytest.mark.parametrize("markup", REFERENCES)
def test_references_are_found_as_written(markup: Markup) -> None:
    body, references = REFERENCES[markup]

    assert set(extract_references(markup, body)) == set(references)


@pytest.mark.parametrize(
    ("markup", "body", "text"),
    [
        (
            "markdown",
            "# A\n\n**b** [c](d.html) ![e](f) &eacute;<br>g {{< h >}}",
            "# A\n\nb [c] ![e] é g",
        ),
        ("html", "<p>a</p><p>b<!-- c --><script>d</script> 1 < 2", "a b 1 < 2"),
        ("text", " a <b> &amp; ", "a <b> &amp;"),
        ("rst", "a ``b``\n\n.. c::\n", "a b"),
    ],
)
def test_words_are_extracted_for_search(markup: Markup, body: str, text: str) -> None:
    assert re.sub(" +", " ", extract_search_text(markup, body)) == text


class Reader(HTMLParser):
    """Collects what a browser would see: elements with attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


WRITTEN = """
<p> </p> <b> </b> <table> <tr> <td> </table> <a|href=" "> <img|src=" srcset="a|1x,|b" <svg> <math> <style> </style>
<script> <!-- --> <iframe|src="https://a.example"> &lt; &#11; &#xFFFF; &amp; {{< >}} {% %} {{ }} ref figure src="a.png"
[a](b) ![a](b.png) ](javascript:a) [^1] [^1]: ``` ` * ** _ # > - |a| |-| :: .. image:: |b| http:// https://a.example/b
www.a.b #+BEGIN_SRC #+END_SRC ---- |=== = * [[a]] <!--more--> ' " \\ onclick=a javascript: data:a style=a 中 é
"""
PIECES = st.sampled_from(
    ["\n", "\n\n", " ", "    ", "\t", "\u3000"]
    + [piece.replace("|", " ") if piece[0] == "<" else piece for piece in WRITTEN.split()]
)
ALLOWED = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        exclude_characters="\ufffe\uffff",
        include_characters="\n\t",
    )
)
BODIES = st.one_of(ALLOWED, st.lists(st.one_of(PIECES, ALLOWED), max_size=30).map("".join))


@settings(max_examples=300, deadline=None)
@given(body=BODIES, markup=st.sampled_from(MARKUPS))
def test_any_text_becomes_safe_html(body: str, markup: Markup) -> None:
    content = render(body, markup)

    assert render(body, markup) == content
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]", content.html + content.summary
    )
    assert "\n" not in content.summary
    for tag, attributes in Reader(content.html).found:
        assert tag in {name.lower() for name in ALLOWED_TAGS}
        assert set(attributes) <= ALLOWED_ATTRIBUTES["*"] | ALLOWED_ATTRIBUTES.get(tag, set())
        for name in {"href", "src", "poster", "cite"} & set(attributes):
            assert re.match(r"https?:|mailto:", attributes[name] or "")
    extract_search_text(markup, body)
    extract_references(markup, body)
    replace_template_tags(body, "markdown")


MARKS = """
a word * ** _ ` ``` ~~~ # ## > - 1. 7. | |---|:-:|--:| [x](http://a.example/b) [x](https://A.example/q?a=1&b=2) ~~ \\
--- & [x](https://a.example) [x](/rel) [x](https://1.2.3.400/) [x](https://a--b.example/) ![i](https://a.example/i.png)
&nbsp; &amp; &#60;b&#62; " ' [^1] [^1]: :|def ```c++ -|[|] {#id} http://x.example/ 中 é
"""
TAGLESS = st.lists(
    st.sampled_from(
        [
            "\n",
            "\n\n",
            "  \n",
            " ",
            "    ",
            "\t",
            "\xa0",
            *(mark.replace("|", " ") for mark in MARKS.split()),
        ]
    )
)


@settings(max_examples=500, deadline=None)
@given(parts=TAGLESS, convert=st.sampled_from([markdown_to_html, text_to_html]))
def test_what_converters_write_is_sanitized_alike_without_a_parser(
    parts: list[str], convert: Callable[[str], str]
) -> None:
    html = convert("".join(parts))

    assert sanitize_converted(html, RESOLVE, PAGE) == sanitize_html(html, RESOLVE, PAGE)


def test_plain_markdown_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    body = '# A\n\n"a" & *b*  \n[c](https://d.example/)\n\n```py\n1\n```\n\n3. e\n\n---\n\n|f|\n|--:|\n|g|\n'
    monkeypatch.delattr(sanitize, "SANITIZER")

    assert "<em>b</em>" in sanitize_converted(markdown_to_html(body), RESOLVE, PAGE)


@settings(max_examples=100, deadline=None)
@given(
    text=st.text(
        st.characters(exclude_categories=["Cs", "Cc"]),
        min_size=MAX_SUMMARY_CHARACTERS,
        max_size=400,
    )
)
def test_a_summary_is_the_beginning_of_the_text(text: str) -> None:
    words = " ".join(text.split())
    summary = extract_summary(f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>")

    assert len(summary) <= MAX_SUMMARY_CHARACTERS + 5
    assert words.startswith(summary.removesuffix("…").rstrip())


NASTY = {
    "quotes": ">" * 100_000,
    "brackets": "[" * 300_000,
    "elements": "<div>" * 100_000,
    "formatting": "".join(f"<b id={number}><p>" for number in range(30_000)),
    "tags": "{{< a " * 60_000,
    "raw": "{% raw %}" * 30_000,
    "code": "<pre>{{ a }}" * 30_000,
    "frames": "<iframe " * 40_000,
    "comments": "<!--" * 80_000,
    "one line": "a" * 1_000_000,
    "emphasis": "*a **b " * 40_000,
    "rows": "|a\n" * 50_000,
}


@pytest.mark.timeout(30)  # it takes some 0.3 s; what is quadratic here takes minutes
@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("body", NASTY.values(), ids=NASTY)
def test_nasty_text_takes_bounded_time_and_space(body: str, markup: Markup) -> None:
    content = render(body, markup)
    extract_search_text(markup, body)
    extract_references(markup, body)

    assert len(content.html) < 20 * len(body)


def test_reading_back_decodes_what_was_written() -> None:
    assert unescape(render_html("a <b> & c", "text")) == "<p>a <b> & c</p>"
