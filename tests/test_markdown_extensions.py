"""What site tools add to Markdown, as `markdown.toml` has it; titles; bounds of time."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path
from urllib.parse import urljoin

import pytest

from feedsvc.content.markdown.extensions import replace_extensions
from feedsvc.content.markdown.spans import drop_hidden, drop_jsx
from feedsvc.content.references import extract_references, extract_search_text
from feedsvc.content.render import render_content
from feedsvc.content.sanitize import sanitize_html
from feedsvc.content.template_tags import replace_template_tags
from feedsvc.fields.values import to_plain_text
from feedsvc.model import Content
from tests.support.factory import make_entry

TABLE = tomllib.loads((Path(__file__).parent / "markdown.toml").read_text(encoding="utf-8"))
CASES = {case["name"]: (case["markdown"], case["html"]) for case in TABLE["case"]}
TITLES = {title["written"]: title["plain"] for title in TABLE["title"]}
PAGE = "https://news.example.com/p/"


def render(body: str) -> Content:
    entry = make_entry(body=body, markup="markdown", url=PAGE)
    return render_content(entry, lambda reference: urljoin(PAGE, reference))


def squeeze(html: str) -> str:
    """Return *html* without white space between tags and at line ends, addresses relative."""
    html = re.sub(r"[ \n]*\n[ \n]*", "\n", re.sub(r"(?<=>)\s+(?=<)", "", html)).strip()
    html = re.sub(r"\s+(?=<|$)|(?<=>)\n", "", html)
    return html.replace(PAGE, "")


@pytest.mark.parametrize(("markdown", "html"), CASES.values(), ids=CASES)
def test_extensions_become_clean_html(markdown: str, html: str) -> None:
    assert squeeze(render(markdown.strip("\n")).html) == squeeze(html)


@pytest.mark.parametrize(("written", "plain"), TITLES.items(), ids=TITLES)
def test_markup_in_titles_counts_where_it_is_closed(written: str, plain: str) -> None:
    assert to_plain_text(written) == plain


SUMMARIES = {
    ":::note\nMind the gap.\n:::\n\nIt sails.": "Note Mind the gap. It sails.",
    "It sails.\n{: .lead}\n\n* TOC\n{:toc}": "It sails.",
    "import A from 'b'\n\nIt sails.\n\n{/* truncate */}\n\nMore.": "It sails.",
    "It sails %%soon%% now.": "It sails now.",
    "Where <math><mi>a</mi><annotation>b</annotation></math> <svg><text>c</text></svg>holds.": (
        "Where a holds."
    ),
}


@pytest.mark.parametrize(("body", "summary"), SUMMARIES.items(), ids=SUMMARIES)
def test_summaries_have_no_marks(body: str, summary: str) -> None:
    assert render(body).summary == summary


@pytest.mark.parametrize(
    "comment", ["%%x ![](a.png) {{< y >}}%%", "{::comment}x ![](a.png) {{< y >}}{:/}"]
)
def test_what_is_hidden_is_in_no_search_reference_or_problem(comment: str) -> None:
    body = f"Seen {comment} text."

    assert extract_references("markdown", body) == ()
    assert extract_search_text("markdown", body).split() == ["Seen", "text."]
    assert replace_template_tags(drop_hidden(body), "markdown")[1] == ()


def test_hidden_lines_stay_lines() -> None:
    assert drop_hidden("a\n%%\nb\n%%\n{/*\nc */}d") == "a\n\n\n\n\nd"


def test_styles_of_jsx_are_no_template_tags() -> None:
    body = "<div\n  style={{\n margin: 1 }}>a</div>\n\n{{< b >}}"

    assert replace_template_tags(drop_jsx(body), "markdown")[1] == ((5, "b"),)


XSS = [
    "<svg><a xlink:href='javascript:a()'><text>x</text></a></svg>",
    "<svg><animate onbegin=a() attributeName=x dur=1s></svg>",
    "<svg><set attributeName=href to=javascript:a()></svg>",
    "<svg><style>@import '//x.example'</style></svg>",
    "<svg><use href='data:image/svg+xml,<svg onload=a()>'/></svg>",
    "<svg><image href=//x.example/a.png onerror=a()></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>a()</script>'></iframe></foreignObject></svg>",
    "<svg><desc><img src=x onerror=a()></desc></svg>",
    "<svg></p><style><a title='</style><img src=x onerror=a()>'>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=a()&gt;'>",
    "<math><mi xlink:href='javascript:a()'>x</mi></math>",
    "<math><maction actiontype='statusline#//x.example'"
    " xlink:href='javascript:a()'>x</maction></math>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=a()></annotation-xml></math>",
    "<math><mi style='background:url(//x.example)'>x</mi></math>",
    "<svg><rect fill='URL(//x.example/)' filter='url(//x.example/#a)'/></svg>",
    "<svg><rect fill='image-set(\"//x.example/\" 1x)'/></svg>",
    "<svg><linearGradient href='//x.example/#a'></linearGradient></svg>",
]


@pytest.mark.parametrize("payload", XSS)
def test_pictures_and_formulas_do_nothing(payload: str) -> None:
    html = sanitize_html(payload, str, PAGE)

    assert not re.search(
        r"javascript:|\bon\w+\s*=|<script|<style|<iframe|<use|<image|url\(|x\.example|data:",
        html,
        re.I,
    )
    assert sanitize_html(html, str, PAGE) == html


HOSTILE = [
    ":::note\n",
    ":::note\n:::\n",
    "` `` ",
    "> [!note]\n",
    "!!! note\n    ",
    "[a]{.x",
    "[a](b){: .x",
    "{:",
    " %%a",
    "%%\n",
    "$$x ",
    "$$\nx\n",
    "==a",
    "{::comment}",
    "{/*",
    "<a b={",
    "<a b={{",
    '"x a={',
    "<!-- ",
    "<!-- a -->",
    "~~~\n",
    "```{note}\n",
    "import {\n",
    "export const a = {\n",
    "<Tab ",
    "<Tab a> ",
    "    a\n",
    "- a\n  ",
    "\n: a\n:b",
    '!!! a a a a "',
    "\\begin{a}\n",
    "{a}`b",
    "@[toc",
    "/// note\n",
    "<b><i>",
    "`%%",
    "[",
    "{: a=",
    "<svg>",
    "<path/>",
    "{% highlight a %}",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    start = time.process_time()
    text = replace_extensions("x ::: $$\n" + unit * 4000)
    assert len(text) < 60 * len(unit) * 4000
    to_plain_text(unit * 4000)
    assert time.process_time() - start < 2
