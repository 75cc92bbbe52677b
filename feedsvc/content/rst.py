"""reStructuredText becomes HTML by docutils if it is installed, else by way of Markdown.

The only importer of docutils. A text may come from anywhere: it includes no
file, passes no raw HTML, and its faults are no part of the page.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from functools import lru_cache

from feedsvc.content.converters import rst_to_markdown

MAX_CHARS = 200_000  # characters of a text that docutils gets
MAX_BLOCK_CHARS = 8_000  # characters between blank lines: docutils is quadratic there, 0.4 s for 8,000 of the worst
DATE_DIRECTIVE = re.compile(
    r"^[ \t]*\.\. (?:\|[^|\n]{1,100}\| )?date::.*$", re.MULTILINE
)  # today's date is no content
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
    "line_length_limit": MAX_BLOCK_CHARS + 1,
    "embed_stylesheet": False,
    "stylesheet_path": "",
}
LITERAL_SPAN = re.compile(
    r'<span class="docutils literal">((?:[^<]|<span class="pre">[^<]*</span>)*)</span>'
)
CODE_BLOCK = re.compile(r'<pre class="code ([\w+#.-]+) literal-block"><code>')
# A role that docutils does not know (Sphinx's) comes out as it was written; code is matched to be passed over
UNKNOWN_ROLE = re.compile(
    r"<(pre|code)\b.*?</\1>|:[\w:.+-]{1,80}:`([^`<]{1,500}?)(?:\s*&lt;[^`<]{0,500}&gt;)?`",
    re.DOTALL,
)


@lru_cache(maxsize=1)
def load_docutils() -> Callable[[str], str] | None:
    """docutils' way from a text to HTML, loaded at the first text in need of it; None where it is not installed."""
    try:
        from docutils.core import publish_parts
        from docutils.parsers.rst import roles
    except ImportError:  # the extra "rst" is not installed
        return None

    def publish(body: str) -> str:
        roles._roles.clear()  # roles that an earlier text defined would change this one's output
        html: str = publish_parts(body, writer="html5", settings_overrides=DOCUTILS_SETTINGS)[
            "body"
        ]
        return html

    return publish


def rst_to_html(body: str, markdown_to_html: Callable[[str], str]) -> str:
    """*body* as HTML; without docutils, or where it gives up, through *markdown_to_html*."""
    body = DATE_DIRECTIVE.sub("", body)
    too_long = len(body) > MAX_CHARS or max(map(len, body.split("\n\n"))) > MAX_BLOCK_CHARS
    publish = None if too_long else load_docutils()
    if publish is None:
        return markdown_to_html(rst_to_markdown(body))
    try:
        with _docutils_lock:
            html = publish(body)
    except Exception:  # docutils raises whatever a text leads it to, RecursionError among them
        return markdown_to_html(rst_to_markdown(body))
    html = CODE_BLOCK.sub(
        r'<pre><code class="language-\1">', LITERAL_SPAN.sub(r"<code>\1</code>", html)
    )
    return UNKNOWN_ROLE.sub(lambda match: match[2] or match[0], html)
