"""reStructuredText becomes HTML. The only importer of docutils.

A text may come from anywhere: it includes no file, passes no raw HTML, changes
nothing for the next text, and its faults are no part of the page.
"""

from __future__ import annotations

import re
import threading
from html import escape
from typing import Any

from docutils.core import publish_parts
from docutils.nodes import Element, Node, Text
from docutils.parsers.rst import Directive, directives
from docutils.writers.html5_polyglot import HTMLTranslator, Writer

from feedsvc.content.characters import unescape
from feedsvc.content.links import make_tag_reference
from feedsvc.content.output_limit import Allowance, OutputLimitError
from feedsvc.content.plaintext import text_to_html

MAX_CHARACTERS = 200_000  # of a text that docutils gets
MAX_BLOCK_CHARACTERS = 8_000  # between blank lines: docutils is quadratic, 0.4 s for the worst
MAX_LINES = 5_000  # docutils copies all that are left at some: 0.2 s, and 7 s for 50,000
MAX_CELLS = 50_000  # of a table, all rows as wide as the widest: docutils takes 20 µs for each
NODE_CHARACTERS = 8  # for which a node counts: the least of tags around it, `<p></p>`
SIMPLE_TABLE = re.compile(r"^ *=+(?: +=+)++ *$", re.MULTILINE)
_docutils_lock = threading.Lock()
DOCUTILS_SETTINGS = {
    "_disable_config": True,  # a docutils.conf of the machine must not reach the output
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 6,
    "warning_stream": False,
    "traceback": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "sectsubtitle_xform": False,
    "initial_header_level": 1,
    "syntax_highlight": "none",
    "math_output": "LaTeX",
    "smart_quotes": False,
    "line_length_limit": MAX_BLOCK_CHARACTERS + 1,
    "embed_stylesheet": False,
    "stylesheet_path": "",
}
LITERAL_SPAN = re.compile(
    r'<span class="docutils literal">((?:[^<]|<span class="pre">[^<]*</span>)*)</span>'
)
ADMONITION_TITLE = re.compile(r'<p class="admonition-title">(.*?)</p>', re.DOTALL)
CODE_BLOCK = re.compile(r'<pre class="code ([\w+#.-]+) literal-block"><code>')
# A role that docutils does not know (Sphinx's) comes out as it was written; code is to be skipped
UNKNOWN_ROLE = re.compile(
    r"<(pre|code)\b.*?</\1>|:[\w:.+-]{1,80}:`([^`<]{1,500}?)(?:\s*&lt;([^`<]{0,500})&gt;)?`",
    re.DOTALL,
)


class IgnoredDirective(Directive):  # type: ignore[misc]  # docutils has no types
    """A directive without output, whatever its content."""

    has_content = True

    def run(self) -> list[Node]:
        return []


# docutils keeps roles for the whole process: one text's would change the next one's output. And
# the date of today is no content.
for _name in ("role", "default-role", "date"):
    directives.register_directive(_name, IgnoredDirective)


class BoundedTranslator(HTMLTranslator):  # type: ignore[misc]  # docutils has no types
    """Counts the tags that it writes: a short name may stand for a long address."""

    def starttag(self, *arguments: Any, **attributes: Any) -> str:
        tag: str = super().starttag(*arguments, **attributes)
        _run.writable.spend(len(tag))
        return tag


class Run:
    """What the text that docutils converts now may still use; guarded by the lock."""

    def __init__(self) -> None:
        self.start("")

    def start(self, body: str) -> None:
        """Begin to count for *body*."""
        self.nodes = Allowance(body)
        self.writable = Allowance(body)


_run = Run()
_setup_child = Element.setup_child


def setup_child(parent: Element, child: Node) -> None:
    """Count what docutils puts into a document: substitutions and tables are copies of copies."""
    _run.nodes.spend(NODE_CHARACTERS + (len(child) if isinstance(child, Text) else 0))
    _setup_child(parent, child)


# Every node comes this way; docutils has no limit, and no place for one
Element.setup_child = setup_child


def rst_to_html(body: str) -> str:
    """Return *body* as HTML; as paragraphs of plain text where docutils gives up.

    Raise `OutputLimitError` where it would take too long or write too much.
    """
    if is_too_large(body):
        raise OutputLimitError("docutils would take too long")
    writer = Writer()
    writer.translator_class = BoundedTranslator
    try:
        with _docutils_lock:
            _run.start(body)
            parts = publish_parts(body, writer=writer, settings_overrides=DOCUTILS_SETTINGS)
    except OutputLimitError:
        raise
    except Exception:  # docutils raises whatever a text leads it to, RecursionError among them
        return text_to_html(body)
    html = LITERAL_SPAN.sub(r"<code>\1</code>", parts["body"])
    html = ADMONITION_TITLE.sub(r"<p><strong>\1</strong></p>", html)
    html = CODE_BLOCK.sub(r'<pre><code class="language-\1">', html)
    return UNKNOWN_ROLE.sub(_render_role, html)


def is_too_large(body: str) -> bool:
    """Return whether docutils would take more than a second for *body*."""
    lines = body.count("\n") + 1
    if (
        len(body) > MAX_CHARACTERS
        or lines > MAX_LINES
        or max(map(len, body.split("\n\n"))) > MAX_BLOCK_CHARACTERS
    ):
        return True
    columns = max((len(line.split()) for line in SIMPLE_TABLE.findall(body)), default=0)
    if "csv-table" in body:
        columns = max(columns, max(line.count(",") for line in body.split("\n")))
    return columns * lines > MAX_CELLS


def _render_role(match: re.Match[str]) -> str:
    """Return the words of a role, as a link where it names a document; code as it is."""
    if not match[2]:
        return match[0]
    words, target = match[2], match[3] or match[2]
    if match[0][:1] != ":" or not match[0].startswith((":doc:", ":std:doc:")):
        return words
    return f'<a href="{escape(make_tag_reference(unescape(target)))}">{words}</a>'
