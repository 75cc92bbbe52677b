"""reStructuredText becomes HTML by docutils if it is installed, else by way of Markdown.

The only importer of docutils. A text may come from anywhere: it includes no
file, passes no raw HTML, and its faults are no part of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from feedsvc.reading.light import rst_to_markdown

try:
    from docutils.core import publish_parts
except ImportError:  # the extra "rst" is not installed
    publish_parts = None

LONGEST = 300_000  # characters: docutils needs about a second for them
SETTINGS = {
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
    "line_length_limit": LONGEST,
    "embed_stylesheet": False,
    "stylesheet_path": "",
}
PROBLEMATIC = re.compile(r'(?:<a [^<>]*>)?<span class="problematic"[^<>]*>([^<>]{0,1000})</span>(?:</a>)?')
LITERAL = re.compile(r'<span class="docutils literal">((?:[^<]|<span class="pre">[^<]*</span>)*)</span>')
CODE = re.compile(r'<pre class="code ([\w+#.-]+) literal-block"><code>')
ROLE = re.compile(r":[\w:.+-]{1,80}:`([^`]{1,500}?)(?:\s*&lt;[^`]*&gt;)?`")


def rst_to_html(body: str, markdown_to_html: Callable[[str], str]) -> str:
    """*body* as HTML; without docutils, or where it gives up, through *markdown_to_html*."""
    if publish_parts is None or len(body) > LONGEST:
        return markdown_to_html(rst_to_markdown(body))
    try:
        html: str = publish_parts(body, writer="html5", settings_overrides=SETTINGS)["body"]
    except Exception:  # docutils raises whatever a text leads it to, RecursionError among them
        return markdown_to_html(rst_to_markdown(body))
    html = CODE.sub(r'<pre><code class="language-\1">', LITERAL.sub(r"<code>\1</code>", html))
    return PROBLEMATIC.sub(lambda match: ROLE.sub(r"\1", match[1]), html)
