"""Marks within lines that site tools add to Markdown: comments, attributes, JSX, roles, math.

And addresses with spaces, which Python-Markdown takes and authors write.

One walk from mark to mark; code is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from feedsvc.content.code_spans import CODE_FLAGS, CODE_START, CodeSkipper
from feedsvc.file_kinds import MARKUP_BY_EXTENSION, MEDIA_TYPES, get_extension

# A listing of Jekyll, Hexo or Hugo, which `template_tags` makes code of
LISTING_START = r"|\{(?:\{[<%]|%)-?\s{0,9}(?P<listing>highlight|code|codeblock|verbatim)\b"
LISTING_END = r"(?:end|[<%]\s{{0,9}}/\s{{0,9}}){}\b"

# -- comments, which no reader is to see ----------------------------------------------

HIDDEN_MARK = re.compile(
    CODE_START
    + LISTING_START
    + r"|(?P<obsidian>(?<![\w%])%%(?!%))|(?P<kramdown>\{::comment\})|(?P<jsx>(?<!\{)\{/\*)",
    CODE_FLAGS,
)
HIDDEN_ENDS = {
    "obsidian": re.compile(r"%%"),
    "kramdown": re.compile(r"\{:/(?:comment)?\}"),
    "jsx": re.compile(r"\*/\s{0,9}\}"),
}
PARAGRAPH_END = re.compile(r"\n[ \t]*\n|\Z")
TEASER_WORDS = ("truncate", "more")


def drop_hidden(body: str) -> str:
    """Return *body* without the comments of Obsidian, kramdown and MDX; as many lines as before.

    A comment without an end extends to the end of its paragraph: rather lost than shown.
    """
    if ("%" in body and "%%" in body) or ("{" in body and ("{::comment}" in body or "{/*" in body)):
        return HiddenDropper(body).replace()
    return body


class ListingSkipper(CodeSkipper):
    """Skips code, also that of template tags."""

    def skip(self, match: re.Match[str]) -> int:
        """Return the end of the code that begins at *match*."""
        if name := match["listing"]:
            return self.search_end(LISTING_END.format(name), match.end())[1]
        return self.skip_code(match)


MAX_INDENT_CHARACTERS = 200


class HiddenDropper(ListingSkipper):
    """Walks once over a body, from comment to comment."""

    def __init__(self, body: str) -> None:
        super().__init__(body)
        self.paragraph_end = -1  # the last that was searched for

    def replace(self) -> str:
        """Return the body without comments."""
        position = 0
        while match := HIDDEN_MARK.search(self.body, position):
            kind = match.lastgroup or ""
            if kind not in HIDDEN_ENDS:
                position = self.skip(match)
                continue
            start, end = self._get_end(match, kind)
            hidden = self.body[match.end() : start]
            is_teaser = kind == "jsx" and hidden.strip().lower() in TEASER_WORDS
            lines = "\n" * self.body.count("\n", match.start(), end)
            words = "<!-- truncate -->" if is_teaser else lines
            position = self.put(match.start(), end, words)
        return self.finish()

    def _get_end(self, match: re.Match[str], kind: str) -> tuple[int, int]:
        """Return where the words of a comment end, and where the text goes on."""
        body, position = self.body, match.end()
        before = body[max(0, match.start() - MAX_INDENT_CHARACTERS) : match.start()]
        indent = before.rpartition("\n")[2]
        begins_line = not indent.strip(" \t>") and len(indent) < MAX_INDENT_CHARACTERS
        found = self.search_end(HIDDEN_ENDS[kind].pattern, position)
        limit = self._get_paragraph_end(position)
        if found[1] > position and (begins_line or kind != "obsidian" or found[0] < limit):
            return found
        line_end = body.find("\n", position)
        if begins_line and kind == "obsidian" and not body[position:line_end].strip():
            return len(body), len(body)  # Obsidian shows nothing behind it, either
        return limit, limit

    def _get_paragraph_end(self, position: int) -> int:
        if self.paragraph_end < position:
            match = PARAGRAPH_END.search(self.body, position)
            self.paragraph_end = match.start() if match else len(self.body)
        return self.paragraph_end


# -- other marks ----------------------------------------------------------------------

ATTRIBUTE = r"(?:[.#][\w:./-]+|[\w:-]+=(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s{}\"'<>]+)|-(?=[\s}]))"
ATTRIBUTES = rf"\s*{ATTRIBUTE}(?:\s+{ATTRIBUTE})*+\s*"
SPAN_MARK = re.compile(
    CODE_START
    + LISTING_START
    + r"|(?P<brace>\{)|(?P<math>\$\$)|(?P<marked>==)|(?P<tag><[A-Za-z])|(?P<target>\]\()",
    CODE_FLAGS,
)
# What stands behind the words of `[a](b c.pdf)` and `![a](b (1).jpg "d")`
SPACED_TARGET = re.compile(r"\]\((?P<words>(?:[^()<>\n]|\([^()<>\n]{0,100}\)){1,600}+)\)")
FULL_ADDRESS = re.compile(r"https?://[^\s/?#]+[/?#]|mailto:\S", re.IGNORECASE)
SIZE = r"\d{0,4}%?x?\d{0,4}%?"
# `![a](b.png =300x200)` of HackMD and Gitea, `![a|300](b.png)` of Obsidian
ADDRESS_SIZE = re.compile(rf"\s={SIZE}$")
ALT_SIZE = re.compile(r"\|\d{1,4}(?:x\d{1,4})?$")
MAX_SIZE_CHARACTERS = 10
# `{:.x}` behind a link, a picture, emphasis, code or a tag
KRAMDOWN_SPAN = re.compile(
    rf"\{{:(?<=[)\]*_`\"'>~]\{{:){ATTRIBUTES}\}}"
    r"|\{:/(?:nomarkdown)?\}|\{::(?:nomarkdown|options)\b[^{}\n]{0,300}\}"
)
KRAMDOWN_HEADING = re.compile(rf"\{{:(?:{ATTRIBUTES}|\s*\.?no_toc\s*)\}}[ \t]*$", re.MULTILINE)
# `{.lead}` behind a paragraph's words, or alone below a block
BLOCK_ATTRIBUTES = re.compile(rf"\{{(?<=[ \t\n]\{{)(?=[.#]){ATTRIBUTES}\}}[ \t]*$", re.MULTILINE)
PANDOC_SPAN = re.compile(rf"(?<=[)\]`])\{{{ATTRIBUTES}\}}")
BRACKETED_WORDS = re.compile(r"(?<![\]!\\])\[([^\[\]\n]{1,300})\]$")
ROLE = re.compile(r"\{(?P<name>[a-z][\w:+.-]{0,30})\}`(?P<words>[^`\n]{1,300})`")
CODE_ROLES = frozenset("code kbd math file program command samp py rst eval sub-ref".split())
ROLE_TARGET = re.compile(r"\s*<[^<>]*>$")
JSX_SPACE = re.compile(r"\{\s{0,9}([\"'`])\s{0,9}\1\s{0,9}\}")
MATH = re.compile(r"(?<![\\$])\$\$(?![\s$])([^$\n]{1,500})(?<!\s)\$\$(?!\$)")
MARKED = re.compile(r"(?<![\w=])==(?=[^\s=])([^=\n]{1,300}?)(?<=\S)==(?![\w=])")
MARKDOWN_SIGN = re.compile(r"([\\_*`<>\[\]{}~&|])")

BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+\}"
JSX_TAG = re.compile(
    r"<[A-Za-z][\w.:-]*+"
    rf"(?:\s+(?:[@\w:.-]++(?:=(?:\"[^\"]*+\"|'[^']*+'|{BRACED}|[^\s\"'{{}}<>=]++))?|{BRACED}))*+"
    r"\s*+/?>"
)
JSX_ATTRIBUTE = re.compile(rf"\s+(?:(?P<name>[\w:-]+)=)?(?P<value>{BRACED})")
COMPONENT = re.compile(r"<[A-Z]\w*[a-z]")
PICTURE_COMPONENT = re.compile(r"<\w*(?:Im(?:age|g)|Figure|Picture|Photo)\w*+(?=\s)")
JSX_TEXT = re.compile(
    r"\{\s*(?:(?:require|useBaseUrl|withBase)\(\s*['\"]([^'\"]+)['\"]\s*\)(?:\.default)?"
    r"|['\"`]([^'\"`$]*)['\"`]|(\d+))\s*\}"
)


def replace_spans(body: str) -> str:
    """Return *body* with marks within lines replaced."""
    return SpanReplacer(body).replace()


def drop_jsx(body: str) -> str:
    """Return *body* without what JSX has in braces in tags; as many lines as before."""
    if "{" not in body or "={{" not in body:
        return body
    return JSX_TAG.sub(
        lambda match: "\n" * match[0].count("\n") if "={{" in match[0] else match[0], body
    )


class SpanReplacer(ListingSkipper):
    """Walks once over a body, from mark to mark."""

    def replace(self) -> str:
        """Return the body with each mark replaced."""
        position = 0
        while match := SPAN_MARK.search(self.body, position):
            rule = RULES.get(match.lastgroup or "")
            position = rule(self, match.start()) if rule else self.skip(match)
            position = max(position, match.start() + 1)
        return self.finish()

    def replace_brace(self, start: int) -> int:
        body = self.body
        if (match := KRAMDOWN_SPAN.match(body, start)) or (
            (match := KRAMDOWN_HEADING.match(body, start))
            and body[body.rfind("\n", 0, start) + 1 : start].lstrip(" >").startswith("#")
        ):
            return self.put(start, match.end(), "")
        if match := BLOCK_ATTRIBUTES.match(body, start):
            return self.put(start, match.end(), "")
        if match := PANDOC_SPAN.match(body, start):
            return self._drop_pandoc(start, match.end())
        if match := ROLE.match(body, start):
            words = match["words"]
            if match["name"] in CODE_ROLES:
                words = f"`{words}`"
            return self.put(start, match.end(), ROLE_TARGET.sub("", words))
        if match := JSX_SPACE.match(body, start):
            return self.put(start, match.end(), " ")
        return start + 1

    def _drop_pandoc(self, start: int, end: int) -> int:
        """Drop attributes, and the brackets of words that have nothing else."""
        opening = self.body.rfind("[", max(self.kept, start - 300), start)
        bracketed = BRACKETED_WORDS.search(self.body, opening, start) if opening >= 0 else None
        if bracketed and bracketed.end() == start:
            return self.put(opening, end, bracketed[1])
        return self.put(start, end, "")

    def replace_math(self, start: int) -> int:
        match = MATH.match(self.body, start)
        if not match:
            return start + 2
        formula = MARKDOWN_SIGN.sub(r"\\\1", match[1])
        return self.put(start, match.end(), f"$${formula}$$")

    def replace_marked(self, start: int) -> int:
        match = MARKED.match(self.body, start)
        return self.put(start, match.end(), f"<mark>{match[1]}</mark>") if match else start + 2

    def replace_tag(self, start: int) -> int:
        """Replace the attributes of a tag that JSX has in braces."""
        match = JSX_TAG.match(self.body, start)
        if not match:
            return start + 1
        tag = JSX_ATTRIBUTE.sub(render_attribute, match[0]) if "{" in match[0] else match[0]
        if COMPONENT.match(tag) and (tag != match[0] or tag.endswith("/>")):
            is_picture = " src=" in tag and PICTURE_COMPONENT.match(tag)
            tag = PICTURE_COMPONENT.sub("<img", tag) if is_picture else ""
        return self.put(start, match.end(), tag) if tag != match[0] else match.end()

    def replace_target(self, start: int) -> int:
        """Put an address with spaces in the brackets that CommonMark asks for; drop a size."""
        position = start
        if size := ALT_SIZE.search(self.body, max(self.kept, start - MAX_SIZE_CHARACTERS), start):
            opening = self.body.rfind("[", self.kept, start)
            if opening > 0 and self.body[opening - 1] == "!":
                position = self.put(size.start(), start, "")
        match = SPACED_TARGET.match(self.body, start)
        words, title = split_title(match["words"].strip()) if match else ("", "")
        address = ADDRESS_SIZE.sub("", words)
        if not match or " " not in words or '"' in address or not is_address(address):
            return position + 2
        return self.put(start, match.end(), f"](<{address}>{title})")


def split_title(words: str) -> tuple[str, str]:
    """Return the address in *words*, and the title behind it with its quotes and a space."""
    quote = words[-1:]
    if quote in ('"', "'") and (start := words.rfind(f" {quote}", 0, -1)) > 0:
        return words[:start].rstrip(), words[start:]
    return words, ""


def is_address(words: str) -> bool:
    """Return whether *words* in parentheses are an address: a file's, or one with its scheme."""
    extension = get_extension(words.partition("#")[0].partition("?")[0])
    is_file = extension in MEDIA_TYPES or extension in MARKUP_BY_EXTENSION
    return is_file or FULL_ADDRESS.match(words) is not None


RULES: dict[str, Callable[[SpanReplacer, int], int]] = {
    "brace": SpanReplacer.replace_brace,
    "math": SpanReplacer.replace_math,
    "marked": SpanReplacer.replace_marked,
    "tag": SpanReplacer.replace_tag,
    "target": SpanReplacer.replace_target,
}


def render_attribute(match: re.Match[str]) -> str:
    """Return an attribute that JSX has in braces as HTML; "" for one that is no plain text."""
    found = JSX_TEXT.fullmatch(match["value"])
    value = next(filter(None, found.groups()), "") if found else ""
    if not value or not match["name"] or match["name"] == "style":
        return ""
    return f' {match["name"]}="{escape(value)}"'
