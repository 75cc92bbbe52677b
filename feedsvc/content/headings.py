"""The words that a heading shows, without the marks of its markup: `The **quay**` → `The quay`."""

from __future__ import annotations

import re
from collections.abc import Callable

from feedsvc.content.asciidoc import asciidoc_to_markdown
from feedsvc.content.characters import unescape
from feedsvc.content.markdown import markdown_to_html
from feedsvc.content.markdown.extensions import replace_extensions
from feedsvc.content.org import org_to_markdown
from feedsvc.model import Markup
from feedsvc.patterns import compile_lazily

TO_MARKDOWN: dict[Markup, Callable[[str], str]] = {
    "markdown": lambda words: replace_extensions(f"# {words}"),
    "asciidoc": lambda words: asciidoc_to_markdown(f"== {words}"),
    # the first word might be a keyword of Org, which one before it makes a word
    "org": lambda words: org_to_markdown(f"* TODO {words}"),
}
# Emphasis and code; also a role (:ref:`words`), a link (`words <address>`_) and an escape
RST_MARKS = re.compile(
    r"(?<![\w*])(\*\*|\*)(?=\S)([^*\n]++)(?<=\S)\1(?![\w*])|\\(\S)"
    r"|(?::[\w:+.-]{1,40}:)?(``|`)(?=\S)([^`<\n]*[^`<\s])(?:\s*<[^`<>\n]*>)?\4_{0,2}(?!\w)"
)
MARK = re.compile(r"[*_`~\\\[{<&=^$/+#|]")
SURE_MARKDOWN = compile_lazily(r"\*\*\S|\S\]\(|`[^`\n]+`")
WHOLE_EMPHASIS = re.compile(r"(\*\*|__|[*_])(?=\S)([^*_]+)(?<=\S)\1")
# What converters write; other tags are the author's, who may mean them as words
CONVERTED_TAG = re.compile(r"</?(?:h[1-6]|em|strong|code|del|mark|a|p|img)\b[^<>]*>")
# Its definition is elsewhere in the text: `[words][1]`, `[^1]`
REFERENCE = re.compile(r"\[\^[^\[\]\s]+\]|\[([^\[\]]+)\]\[[^\[\]]*\]")
ALT = re.compile(r'<img [^<>]*\balt="([^"<>]+)"')


def strip_closing_marks(words: str) -> str:
    """Return a heading of Markdown without the `#` that may close it, but those of `C#`."""
    words = words.rstrip()
    bare = words.rstrip("#")
    return words if bare and not bare[-1].isspace() else bare.rstrip()


def strip_emphasis(words: str) -> str:
    """Return a line without marks of emphasis around all of it."""
    words = words.strip()
    match = WHOLE_EMPHASIS.fullmatch(words)
    return match[2] if match else words


def summary_to_text(words: str) -> str:
    """Return a summary, which tools show as Markdown, without emphasis, code and links."""
    # most have no mark; the pattern alone takes a fiftieth of a reading
    has_mark = "**" in words or "](" in words or "`" in words
    is_markdown = has_mark and SURE_MARKDOWN.search(words) is not None
    return heading_to_text(words, "markdown") if is_markdown else words


def heading_to_text(words: str, markup: Markup) -> str:
    """Return what a heading of *markup* shows; of a picture alone, what stands for it."""
    words = words.strip()
    if markup == "text":
        return strip_emphasis(words)
    if markup == "rst":
        return RST_MARKS.sub(r"\2\3\5", words)
    convert = TO_MARKDOWN.get(markup)
    if convert is None or not MARK.search(words):
        return words
    html = markdown_to_html(convert(words))
    text = REFERENCE.sub(r"\1", CONVERTED_TAG.sub("", html))
    if not text.strip() and (alt := ALT.search(html)):
        text = alt[1]
    return " ".join(unescape(text).split())
