"""reStructuredText becomes HTML. The only importer of docutils.

A text may come from anywhere: it includes no file, passes no raw HTML, changes
nothing for the next text, and its faults are no part of the page.
"""

from __future__ import annotations

import re
import threading
from html import escape, unescape

from docutils.core import publish_parts
from docutils.nodes import Node
from docutils.parsers.rst import Directive, directives

from feedsvc.content.links import make_tag_reference
from feedsvc.content.plaintext import text_to_html

MAX_CHARACTERS = 200_000  # of a text that docutils gets
MAX_BLOCK_CHARACTERS = 8_000  # between blank lines: docutils is quadratic, 0.4 s for the worst
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
    """A directive that leaves nothing, whatever is in it."""

    has_content = True

    def run(self) -> list[Node]:
        return []


# docutils keeps roles for the whole process: one text's would change the next one's output. And
# the date of today is no content.
for _name in ("role", "default-role", "date"):
    directives.register_directive(_name, IgnoredDirective)


def rst_to_html(body: str) -> str:
    """Return *body* as HTML; as paragraphs of plain text where docutils gives up or is too slow."""
    if len(body) > MAX_CHARACTERS or max(map(len, body.split("\n\n"))) > MAX_BLOCK_CHARACTERS:
        return text_to_html(body)
    try:
        with _docutils_lock:
            parts = publish_parts(body, writer="html5", settings_overrides=DOCUTILS_SETTINGS)
    except Exception:  # docutils raises whatever a text leads it to, RecursionError among them
        return text_to_html(body)
    html = LITERAL_SPAN.sub(r"<code>\1</code>", parts["body"])
    html = ADMONITION_TITLE.sub(r"<p><strong>\1</strong></p>", html)
    html = CODE_BLOCK.sub(r'<pre><code class="language-\1">', html)
    return UNKNOWN_ROLE.sub(_render_role, html)


def _render_role(match: re.Match[str]) -> str:
    """Return the words of a role, as a link where it names a document; code as it is."""
    if not match[2]:
        return match[0]
    words, target = match[2], match[3] or match[2]
    if match[0][:1] != ":" or not match[0].startswith((":doc:", ":std:doc:")):
        return words
    return f'<a href="{escape(make_tag_reference(unescape(target)))}">{words}</a>'
