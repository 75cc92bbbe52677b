"""Template tags in a body: what the author's old tool would have made of them, or nothing.

Hugo `{{< … >}}` and `{{% … %}}`, Liquid, Nunjucks and Zola `{% … %}` and
`{{ … }}`. Comes in: a Markdown or HTML body. Goes out: the same without tags,
and the tags that could only be left out. Code that shows such tags keeps them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

MAX_TAG_CHARS = 4000  # characters of one tag: what has no end by then is no tag

# What can begin here: a code block or span (to be passed over), or a tag
TOKEN = re.compile(
    r"^[ >]*(?P<fence>`{3,}|~{3,})"
    r"|(?P<ticks>`+)"
    r"|(?<=\n\n)(?P<indented>(?: {4}|\t)[^\n]*(?:\n(?: {4}|\t)[^\n]*|\n[ \t]*(?=\n(?: {4}|\t)))*)"
    r"|<(?P<element>pre|code|script|style)\b"
    r"|(?P<tag>\{\{[<%]?|\{%)",
    re.MULTILINE | re.IGNORECASE,
)
CLOSERS = {"{{<": ">}}", "{{%": "%}}", "{%": "%}", "{{": "}}"}
LIST_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])\s")
TAG_NAME = re.compile(r"[\w./-]+")
ARGUMENT = re.compile(
    r"""(?:([\w-]+)\s*[=:]\s*)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|([^\s,"'()`|]+))"""
)
STRING_LITERAL = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*(?:\|.*)?$""", re.DOTALL)
FUNCTION_CALL = re.compile(r"\s*(?:\w+::)?([a-z_]\w*)\s*\(", re.IGNORECASE)
IMAGE_TAG_NAME = re.compile(r"fig|im(?:g|age)|photo|picture|illus", re.IGNORECASE)
IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)|^https?://", re.IGNORECASE)
CONTROL_TAGS = (
    "else",
    "elif",
    "elsif",
    "elseif",
    "when",
    "case",
    "set",
    "assign",
    "break",
    "continue",
)
BASE_URL_VARIABLES = frozenset(
    {"site.baseurl", "site.url", "site.base_url", "config.base_url", "page.url", "base_path"}
)
REFERENCE_TAGS = frozenset({"ref", "relref", "link", "post_url", "doc"})
UNRESOLVED = "\ue000"  # stands for a target that only the old tool knew, until its link is undone
UNRESOLVED_LINK = re.compile(
    rf'!?\[([^\[\]]{{0,500}})\]\(\s*<?{UNRESOLVED}[^()\n]{{0,300}}\)|\s(?:href|src)=["\']?{UNRESOLVED}[^"\'\s>]{{0,300}}["\']?'
)
EMBED_URLS = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "youtubeembed": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "tweet": "https://x.com/i/status/{}",
    "twitter": "https://x.com/i/status/{}",
    "x": "https://x.com/i/status/{}",
    "instagram": "https://www.instagram.com/p/{}/",
}
IDENTIFIER = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class TemplateTag:
    """One tag as written: `{{< figure src="a.png" >}}` has the name "figure"."""

    start: int
    end: int
    mark: str  # "{{<", "{{%", "{%" or "{{"
    inner: str

    @property
    def name(self) -> str:
        if self.mark == "{{" and (call := FUNCTION_CALL.match(self.inner)):
            return call[1]
        found = TAG_NAME.search(self.inner)
        return found[0] if found else ""

    @property
    def arguments(self) -> tuple[list[str], dict[str, str]]:
        found = TAG_NAME.search(self.inner)
        positional, named = list[str](), dict[str, str]()
        for match in ARGUMENT.finditer(self.inner, found.end() if found else 0):
            value = next(part for part in (*match.groups()[1:], "") if part is not None)
            if match[1]:
                named[match[1].lower()] = value
            elif value != "/":
                positional.append(value)
        return positional, named


def list_dropped_tags(body: str) -> tuple[tuple[int, str], ...]:
    """Line and name of each tag that readers will not get, in order."""
    return replace_template_tags(body, "markdown")[1]


def replace_template_tags(body: str, markup: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """*body* without template tags, and line and name of those that were left out."""
    if "{" not in body or (
        "{{" not in body and "{%" not in body
    ):  # one letter is found ten times faster than two
        return body, ()
    lines = [match.end() for match in re.finditer("\n", body)]
    parts, dropped, position, missing = list[str](), list[tuple[int, str]](), 0, set[str]()
    for tag in _parse_tags(body, missing):
        if tag.start < position:
            continue
        text, end, known = _render_tag(tag, body, markup, missing)
        parts += (body[position : tag.start], text)
        position = end
        if not known:
            dropped.append((bisect_right(lines, tag.start) + 1, tag.name))
    parts.append(body[position:])
    text = "".join(parts)
    if UNRESOLVED in text:
        text = UNRESOLVED_LINK.sub(lambda match: match[1] or "", text).replace(UNRESOLVED, "")
    return text, tuple(dropped)


def _parse_tags(body: str, missing: set[str]) -> Iterator[TemplateTag]:
    """Tags outside code, in order; *missing* collects ends that are not there, so that each is looked for once."""
    position = 0
    while match := TOKEN.search(body, position):
        kind, position = match.lastgroup, match.end()
        if kind == "tag":
            closer = CLOSERS[match["tag"]]
            end = body.find(closer, position, position + MAX_TAG_CHARS)
            if end == -1:
                continue
            inner = body[position:end]
            if match["tag"] == "{{" and (not inner.strip() or "\n" in inner or "{" in inner):
                continue
            position = end + len(closer)
            yield TemplateTag(match.start(), position, match["tag"], inner)
            name = TAG_NAME.search(inner)
            if match["tag"] == "{%" and name and name[0] in ("raw", "verbatim", "comment"):
                position = _match_end_tag(body, position, name[0], missing)[1]
        elif kind == "element":
            position = _skip_to(body, position, f"</{match['element'].lower()}", missing)
        elif kind == "ticks":
            span = re.compile(rf"(?<!`)`{{{len(match['ticks'])}}}(?!`)|\n[ \t]*\n").search(
                body, position, position + 2000
            )
            position = span.end() if span and span[0][0] == "`" else position
        elif kind == "fence":
            fence = match["fence"]
            close = re.compile(rf"^[ >]*{fence[0]}{{{len(fence)},}}[ \t]*$", re.MULTILINE).search(
                body, position
            )
            position = close.end() if close else len(body)
        elif _is_in_list(body, match.start()):
            position = match.start() + 1


def _skip_to(body: str, position: int, closer: str, missing: set[str]) -> int:
    if closer in missing:
        return position
    end = body.find(closer, position)
    if end == -1:
        missing.add(closer)
        return position
    return end


def _match_end_tag(body: str, position: int, name: str, missing: set[str]) -> tuple[int, int]:
    """Where the closing tag of *name* starts and ends; (*position*, *position*) when there is none."""
    if name in missing:
        return position, position
    word = re.escape(name)
    pattern = rf"\{{\{{[<%]-?\s{{0,9}}/\s{{0,9}}{word}\s{{0,9}}-?[>%]\}}\}}|\{{%-?\s{{0,9}}end{word}\s{{0,9}}-?%\}}"
    if match := re.compile(pattern).search(body, position):
        return match.start(), match.end()
    missing.add(name)
    return position, position


def _is_in_list(body: str, position: int) -> bool:
    """Whether an indented line belongs to a list item above it, and so is no code."""
    for line in reversed(body[max(0, position - 2000) : position].split("\n")):
        if line.strip() and not line.startswith(("    ", "\t")):
            return LIST_ITEM.match(line) is not None
    return False


def _render_tag(
    tag: TemplateTag, body: str, markup: str, missing: set[str]
) -> tuple[str, int, bool]:
    """What stands for *tag*, where the text goes on, and whether its meaning was kept."""
    inner = tag.inner.strip().strip("-").strip()
    if inner.startswith("/*"):  # Hugo's way to show a tag, or a comment in it
        if tag.mark == "{{":
            return "", tag.end, True
        shown = f"{tag.mark} {inner.strip('/*').strip()} {CLOSERS[tag.mark]}"
        return escape(shown, quote=False), tag.end, True
    name = tag.name
    if inner.startswith("/") or name.startswith("end") or name in CONTROL_TAGS:
        return "", tag.end, True
    if tag.mark == "{{" and (literal := STRING_LITERAL.match(inner)):
        return literal[1] or literal[2] or "", tag.end, True
    if name in BASE_URL_VARIABLES:
        return "", tag.end, True
    if name in ("raw", "verbatim", "comment"):
        start, end = _match_end_tag(body, tag.end, name, missing)
        return ("" if name == "comment" else body[tag.end : start]), end, True
    if name in ("highlight", "code", "codeblock"):
        start, end = _match_end_tag(body, tag.end, name, missing)
        return _render_code(body[tag.end : start], tag.arguments[0], markup), end, end > tag.end
    if name in REFERENCE_TAGS:
        return UNRESOLVED, tag.end, False
    made = _render_embed(name.lower(), tag) or (
        IMAGE_TAG_NAME.search(name) and _render_image(tag, markup)
    )
    return made or "", tag.end, bool(made)


def _render_code(text: str, arguments: list[str], markup: str) -> str:
    language = re.sub(r"[^\w+#.-]", "", arguments[0]) if arguments else ""
    if markup == "html":
        return f'<pre><code class="language-{language}">{escape(text.strip(chr(10)))}</code></pre>'
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"\n\n{fence}{language}\n{text.strip(chr(10))}\n{fence}\n\n"


def _render_embed(name: str, tag: TemplateTag) -> str:
    """A link in place of a player; feeds show no foreign frames."""
    if name not in EMBED_URLS:
        return ""
    positional, named = tag.arguments
    value = named.get("id") or named.get("url") or (positional[-1] if positional else "")
    if not value.startswith(("https://", "http://")):
        if not IDENTIFIER.fullmatch(value):
            return ""
        value = EMBED_URLS[name].format(value)
    label = named.get("title") or value
    return f'\n\n<p><a href="{escape(value)}">{escape(label)}</a></p>\n\n'


def _render_image(tag: TemplateTag, markup: str) -> str:
    positional, named = tag.arguments
    files = [value for value in positional if IMAGE_FILE.search(value)]
    source = named.get("src") or named.get("url") or (files[0] if files else "")
    if not IMAGE_FILE.search(source):
        return ""
    alt = named.get("alt", "")
    picture = f'<img src="{escape(source)}" alt="{escape(alt)}">'
    if "link" in named:
        picture = f'<a href="{escape(named["link"])}">{picture}</a>'
    caption = " ".join(
        text.strip() for text in (named.get("title", ""), named.get("caption", "")) if text.strip()
    )
    if not caption:
        return f"\n\n<figure>{picture}</figure>\n\n"
    # Between blank lines Markdown is read again: captions may carry links
    caption = caption if markup == "html" else f"\n\n{' '.join(caption.split())}\n\n"
    return f"\n\n<figure>\n{picture}\n<figcaption>{caption}</figcaption>\n</figure>\n\n"
