"""Shapes of text that are repeated to see how long a converter takes: beginnings without an end.

`SHAPES` has them by the markup in whose converter each may cost something; `FUNCTIONS` what
an author's body goes through, each a function of a text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import urljoin

from feedsvc.content.asciidoc import asciidoc_to_markdown
from feedsvc.content.code_spans import CodeSkipper
from feedsvc.content.markdown import link_bare_urls, markdown_to_html
from feedsvc.content.markdown.extensions import replace_extensions
from feedsvc.content.org import org_to_markdown
from feedsvc.content.output_limit import OutputLimitError
from feedsvc.content.pictures import list_lost_pictures, restore_pictures, shows_picture
from feedsvc.content.plaintext import text_to_html
from feedsvc.content.references import extract_search_text, extract_shown_references
from feedsvc.content.render import CONVERTERS, render_content
from feedsvc.content.rst import rst_to_html
from feedsvc.content.sanitize import sanitize_html
from feedsvc.content.summary import extract_summary, html_to_text
from feedsvc.content.template_tags import remove_code, replace_template_tags
from feedsvc.content.wml import wml_to_html
from feedsvc.model import Markup
from tests.support.factory import make_entry

PAGE = "https://news.example.com/p/"

HTML_SHAPES = (
    *("&", "&amp;", "a&", "\xa0", "a\xa0", "&nbsp;", "<", "< ", ">", "&#", "&#x"),
    *("&lt;a&gt; ", "\0", "<!--", "<!", "<?", "<![CDATA[", "<a ", "<a>", "<a href=x>", "<b>"),
    *("<b id=1><p>", "<div>", "<p>", "</p>", "</b>", "<br>", "<svg>", "<svg "),
    *("<svg aria-hidden=true>", "<math><mi>", "<span aria-hidden=true class=katex>"),
    *("<iframe ", "<iframe>", "<embed ", "<input ", "<img ", "<img src='", "<img data-src=x "),
    *("<noscript>", "<noscript><img src=a></noscript>", "<td>", "<table><tr><td>", "<table>"),
    *("<tr>", "<ul><li>", "<li>", "<blockquote>", "<dl><dt>", "<pre>", "<code>", "<script>"),
    *("<style>", "<center>", "<select>", "<font size=1>", "<a title='", '<a b="'),
    *("<p title=\"", "=\"", " a=b", "<img srcset='a,", "<source src=", "<a href='{ref}"),
    *("<p>a<b>", "<ruby><rt>", "<details><summary>", "<audio><source>", "<h1>a</h1>"),
    *("<p class=MsoList>·&nbsp;", "<p class=MsoList>1.<span>", "<o:p>&nbsp;"),
    *("<td align=a>", "{{", "{{ a }}", "{{< a ", "{%", "{% a %}", "{% raw %}"),
    *("{% highlight a %}", "<pre>{{ a }}"),
)  # fmt: skip
MARKDOWN_SHAPES = (
    *("`", "``", "` `` ", "```\n", "~~~\n", "*", "**", "*a **b ", "_a __b ", "~", "[", "!["),
    *("[[", "[[a|", "[[a]]", "[a](", "[a](b ", "](b c(d) ", "](b.md 'c ", "[a](<", "[a](b)"),
    *("[a]: ", "[a]: b\n"),
    *("[a][b] ", "[^1] ", "[^1]: a\n", "[^a]", "(", ")", "](", "]: ", "> ", ">", "- ", "* "),
    *("1. ", "    a\n", "\t", "- a\n", "# ", "#", "#### a\n", "===\n", "---\n", "\n", "\n\n"),
    *(" \n", "\\", "|", "|a", "|a\n", "|-|", "a|b\n|-|-\n", "\\[", "$$", "$$a ", "$$\na\n"),
    *("\\begin{a}\n", "==", "==a ", "{", "{:", "{: .a}", "[a]{.x", "[a](b){: .x", "{a=b "),
    *("{::comment}", "{/*", "%%", "%%a ", "%%\n", "x %%a\n\n", ":::", ":::note\n"),
    *(":::note\n:::\n", "!!! a\n    b\n", "??? a\n", '=== "a"\n', "/// a\n", "> [!note]\n"),
    *("!> a\n", "import a\n", "export {\n", "<A>", "<A b={", "<a b={{", "<div markdown=1>\n"),
    *("[TOC]\n", "* TOC\n{:toc}\n", "*[a]: b\n", "{abbr}`", "a\n: b\n", ":a\n", "\n: a"),
    *("http://", "http://a.b ", "www.", "www.a.b,", "http://a[", "a@b.c ", "- [ ] a\n"),
    *("<Tab label=\"a\">\n", "```{note}\n"),
)  # fmt: skip
SHAPES: dict[Markup, tuple[str, ...]] = {
    "html": HTML_SHAPES,
    "markdown": HTML_SHAPES + MARKDOWN_SHAPES,
    "asciidoc": (
        *("____\n", "----\n", "....\n", "--\n", "////\n", "NOTE: a\n", "[source,a]\n"),
        *("a:: b\n", ".a\n", "{a}", "{lt}", ":a: {b}{b}\n", ":a: b\n", ":a:\n"),
        *("ifdef::a[]\n", "ifdef::a[b]\n", "image::a[", "image::a[b]", "link:a[", "link:a"),
        *("<<a,", "<<a,b>>", "xref:a[", "footnote:[", "[.a]#", "[.a]#b# ", "*a", "*a* "),
        *("|===\n", "|===\n|a\n", "|a ", "[[a]]", "`+a", "a \\\n", "= a\n", "::\n"),
        *("include::a[]\n", "ifdef::a[ifdef::b[", "+\n", "'''\n", "&", "\xa0", "`", "["),
    ),
    "org": (
        *("#+a\n", "#+begin_src\n", "#+begin_quote\n", "[[a][", "[[a]]", "[fn:", "[fn:a]"),
        *("[fn::b", "/a ", "/a", "=a ", "*a/b=c~", ":a:\n", ":a: b\n", "* a :b:\n", "* TODO "),
        *("|a", "|a\n", "|-+-|\n", "~", "[[", "*", "#+end_src\n", "\n\n", "&", "\xa0", "`"),
        *("[", "#+begin_export\n", ": a\n"),
    ),
    "rst": (
        *("::", "::\n\n", "a::\n\n  b\n\n", ".. ", ".. a\n", ".. image:: a\n"),
        *(".. |b| image:: a\n", ".. [1] a\n", ".. _a: b\n", "`a`_ ", "`a <b>`_ ", "a_ "),
        *("a__ ", ":doc:`a` ", ":a:`b ", "|a| ", "a b\n===\n\n", "*a\n", "- a\n\n  "),
        *("=  =\na  b\n", "+--+\n| a|\n", "+-+-+\n", "`", "*", "|", "a\n    b\n", ":a: b\n\n"),
        *("[1]_ ", "_`a` ", "* a\n\n", "\\", "\t", "&", "\xa0", "``", ">>> a\n"),
    ),
    "wml": (
        *("$(", "$(a", "#a\n", "<define-tag", "<set-var", "<:", "{#", "<protect>", "&"),
        *("\xa0", "<a ", "<define-tag a></define-tag>", "<:a:>", "#"),
    ),
    "text": (
        *("a", "a ", "a\n", "a\n\n", "\n", "\n\n", " \n", "\u3000\n", "中", "中。\n", "http://"),
        *("http://a ", "- a\n", "1. a\n", "(1) ", "<!--more-->\n", "<", "&", "\xa0", ")"),
        *("http://(", "a.\n"),
    ),
}  # fmt: skip


def resolve(reference: str) -> str:
    return urljoin(PAGE, reference)


def make_render(markup: Markup) -> Callable[[str], object]:
    """Return a function that renders a body, as for a feed."""
    return lambda body: render_content(make_entry(body=body, markup=markup, url=PAGE), resolve)


def run_rst(text: str) -> object:
    try:
        return rst_to_html(text)
    except OutputLimitError:
        return None


def run_sanitizer(text: str) -> object:
    try:
        return sanitize_html(text, resolve, PAGE)
    except OutputLimitError:
        return None


def get_variable(_: str) -> str:
    return "words of a field"


def skip_code(text: str) -> object:
    return CodeSkipper(text).search_end("x", 0), remove_code(text)


# What is done with a body, by what it is, and the markup whose shapes it is tried with
FUNCTIONS: dict[str, tuple[Callable[[str], object], Markup]] = {
    **{f"render {markup}": (make_render(markup), markup) for markup in CONVERTERS},
    "extensions": (replace_extensions, "markdown"),
    "markdown": (markdown_to_html, "markdown"),
    "asciidoc": (asciidoc_to_markdown, "asciidoc"),
    "org": (org_to_markdown, "org"),
    "docutils": (run_rst, "rst"),
    "wml": (wml_to_html, "wml"),
    "plain text": (text_to_html, "text"),
    "sanitizer": (run_sanitizer, "html"),
    "pictures": (lambda text: (restore_pictures(text), list(list_lost_pictures(text))), "html"),
    "same picture": (lambda text: shows_picture(f"<img {text}", "a.png"), "html"),
    "template tags": (
        lambda text: replace_template_tags(text, "markdown", get_variable),
        "markdown",
    ),
    "dropped tags": (lambda text: replace_template_tags(text, "markdown"), "markdown"),
    "code": (skip_code, "markdown"),
    "bare addresses": (link_bare_urls, "markdown"),
    "summary": (extract_summary, "html"),
    "words": (html_to_text, "html"),
    **{
        f"references of {markup}": (partial(extract_shown_references, markup), markup)
        for markup in CONVERTERS
    },
    **{
        f"search in {markup}": (partial(extract_search_text, markup), markup)
        for markup in CONVERTERS
    },
}


def make_text(shape: str, size: int) -> str:
    """Return *shape* repeated to *size* characters."""
    return shape * max(1, size // len(shape))
