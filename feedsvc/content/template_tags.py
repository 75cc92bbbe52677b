"""Template tags in a body: what the author's old tool would have made of them, or nothing.

Hugo `{{< … >}}` and `{{% … %}}`, Liquid, Nunjucks and Zola `{% … %}` and
`{{ … }}`; in Markdown also wiki links. Comes in: a Markdown or HTML body. Goes out: the same
without tags, and the tags that could only be left out. Code that shows such tags keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from msgspec import Struct

from feedsvc.content.code_spans import CODE_FLAGS, CODE_START, CodeSkipper
from feedsvc.content.links import (
    TAG_PREFIX,
    UNKNOWN_PREFIX,
    WIKI_LINK,
    make_tag_reference,
    render_wiki_link,
)
from feedsvc.content.output_limit import get_max_characters

MAX_TAG_CHARACTERS = 4000  # without an end by then it is no tag

# What can begin here: a code block or span (to be skipped), or a tag
TOKEN = re.compile(
    CODE_START + r"|(?P<tag>\{\{[<%]?|\{%|\{\#(?=-?\s|[^{}\n]{1,300}\#\}))"
    r"|(?<![\w\[\]\\])(?P<wiki>!?\[\[)",
    CODE_FLAGS,
)
CLOSERS = {"{{<": ">}}", "{{%": "%}}", "{%": "%}", "{{": "}}", "{#": "#}"}
COMMENT_SIGNS = {"{{": ("!", "/*"), "{%": ("#",), "{#": ("",)}  # what begins a comment
WIKI_MARK = re.compile(r"\[(?=\[)")
TAG_NAME = re.compile(r"[\w./-]+")
ARGUMENT = re.compile(
    r"""(?:([\w-]+)\s*[=:]\s*)?(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|([^\s,"'()`|]+))"""
)
STRING_LITERAL = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*(?:\|.*)?$""", re.DOTALL)
FUNCTION_CALL = re.compile(r"\s*(?:\w+::)?([a-z_]\w*)\s*\(", re.IGNORECASE)
IMAGE_TAG_NAME = re.compile(r"fig|im(?:g|age)|photo|picture|illus", re.IGNORECASE)
IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)(?:[?#]|$)|^https?://", re.IGNORECASE)
CODE_TAGS = frozenset({"highlight", "code", "codeblock"})
VERBATIM_TAGS = frozenset({"raw", "verbatim", "comment"})
# Tags without a text of their own: logic, and the site's address, which `resolve` adds
SILENT_TAGS = frozenset(
    "else elif elsif elseif when case set assign break continue"
    " site.baseurl site.url site.base_url config.base_url page.url base_path".split()
)
# Tags that stand for the address of an entry, and those that are whole links
REFERENCE_TAGS = frozenset({"ref", "relref", "link", "post_url", "doc", "post_path", "get_url"})
LINK_TAGS = frozenset({"post_link"})
WHOLE_ARGUMENT_TAGS = frozenset({"link", "post_url"})  # Jekyll's, whose names may have spaces
MAX_TARGET_CHARACTERS = 300
# Text that ends within a link's target: Markdown's, a definition's, an attribute's
IN_TARGET = re.compile(
    r"(?:\]\(\s{0,9}<?|\]:[ \t]{0,9}<?|\b(?:href|src)\s{0,9}=\s{0,9}[\"']?)([^\s()<>\"']*)$",
    re.IGNORECASE,
)
FIELD_EXPRESSION = re.compile(r"\$?\.?[a-z_][\w-]*(?:\.[\w-]+)*", re.IGNORECASE)
# Filters that leave plain words as they are
SAME_WORDS_FILTERS = frozenset(
    "escape e xml_escape escape_once safe safehtml strip trim strip_html striptags strip_newlines"
    " markdownify markdown smartify plainify htmlunescape default".split()
)
CASE_FILTERS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("upcase", "upper"), str.upper),
    **dict.fromkeys(("downcase", "lower"), str.lower),
}
# Hugo's `{{< /name >}}`, Liquid's `{% endname %}`
END_TAG = (
    r"\{{\{{[<%]-?\s{{0,9}}/\s{{0,9}}{0}\s{{0,9}}-?[>%]\}}\}}|\{{%-?\s{{0,9}}end{0}\s{{0,9}}-?%\}}"
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


class TemplateTag(Struct, frozen=True, kw_only=True):
    """One tag as written: `{{< figure src="a.png" >}}` has the name "figure"."""

    start: int  # offset of its first character
    end: int  # offset behind it
    mark: str  # "{{<", "{{%", "{%", "{{", or "{#" of a comment
    inner: str  # between the marks, without white space and dashes
    name: str
    arguments: str

    @property
    def is_silent(self) -> bool:
        """Whether the tag has no text of its own: a comment, logic, or an end."""
        if self.inner.startswith(COMMENT_SIGNS.get(self.mark, ())):
            return True
        is_end = self.inner.startswith("/") and not self.inner.startswith("/*")
        return is_end or self.name in SILENT_TAGS or self.name.startswith("end")

    def parse_arguments(self) -> tuple[list[str], dict[str, str]]:
        """Return the values without names, and those with one by it."""
        positional, named = list[str](), dict[str, str]()
        for match in ARGUMENT.finditer(self.arguments):
            value = next(part for part in (*match.groups()[1:], "") if part is not None)
            if match[1]:
                named[match[1].lower()] = value
            elif value != "/":
                positional.append(value)
        return positional, named


GetField = Callable[[str], str | None]


def get_no_field(_: str) -> None:
    """Return that no field is known."""


def has_template_tags(body: str, markup: str) -> bool:
    """Return whether *body* may have template tags or wiki links."""
    # one letter is quicker to look for than two, also for a pattern that begins with it
    return ("{" in body and ("{{" in body or "{%" in body or "{#" in body)) or (
        markup == "markdown" and "[" in body and WIKI_MARK.search(body) is not None
    )


def replace_template_tags(
    body: str, markup: str, get_field: GetField = get_no_field
) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Return *body* without template tags, and line and name of those that were left out.

    *get_field* returns the words of a field that a tag names as "page.title", None for none.
    """
    if not has_template_tags(body, markup):
        return body, ()
    replacer = TagReplacer(body, markup, get_field)
    return replacer.replace(), tuple(replacer.dropped)


def has_code(body: str) -> bool:
    """Return whether there may be code in *body*, which is of Markdown or becomes it."""
    marks = ("`", "~~~", "<code", "\n    ", "\n\t", "----", "....", "#+")
    return any(mark in body for mark in marks)


def remove_code(body: str) -> str:
    """Return a Markdown *body* without its code, which refers to nothing."""
    walker = TagReplacer(body, "markdown", get_no_field)
    position = 0
    while match := TOKEN.search(body, position):
        position = match.end()
        if match.lastgroup in ("tag", "wiki"):
            continue
        end = walker.skip_code(match)
        if end > position or (match["indented"] and end == position):
            position = walker.put(match.start(), end, "")
    return walker.finish()


class TagReplacer(CodeSkipper):
    """Walks once over a body."""

    def __init__(self, body: str, markup: str, get_field: GetField) -> None:
        super().__init__(body)
        self.markup, self.get_field = markup, get_field
        self.dropped: list[tuple[int, str]] = []  # line and name
        self.allowance = get_max_characters(body)  # of words of fields
        self.line, self.line_offset = 1, 0  # the line in which that offset lies

    def replace(self) -> str:
        """Return the body with each tag replaced by its text; fill *dropped*."""
        position = 0
        while match := TOKEN.search(self.body, position):
            if match.lastgroup == "wiki":
                position = match.end()
                if self.markup == "markdown" and (
                    link := WIKI_LINK.match(self.body, match.start())
                ):
                    position = self.put(link.start(), link.end(), render_wiki_link(link))
            elif match.lastgroup != "tag":
                position = self.skip_code(match)
            elif tag := self._parse_tag(match):
                self.parts.append(self.body[self.kept : tag.start])
                target = get_open_target(self.parts)
                text, position = self._render(tag, target is not None)
                if target and text.startswith(TAG_PREFIX):
                    cut_end(self.parts, len(target))  # the old site's address
                self.parts.append(text)
                self.kept = position
            else:
                position = match.end()
        return self.finish()

    def _parse_tag(self, match: re.Match[str]) -> TemplateTag | None:
        mark, start = match["tag"], match.end()
        end = self.body.find(CLOSERS[mark], start, start + MAX_TAG_CHARACTERS)
        inner = self.body[start : max(end, start)]
        if end == -1 or (mark == "{{" and (not inner.strip() or "\n" in inner or "{" in inner)):
            return None
        found = TAG_NAME.search(inner)
        call = FUNCTION_CALL.match(inner) if mark == "{{" else None
        name = found[0] if found else ""
        return TemplateTag(
            start=match.start(),
            end=end + len(CLOSERS[mark]),
            mark=mark,
            inner=inner.strip().strip("-").strip(),
            name=call[1] if call else name,
            arguments=inner[found.end() if found else 0 :],
        )

    def _drop(self, tag: TemplateTag) -> None:
        self.line += self.body.count("\n", self.line_offset, tag.start)
        self.line_offset = tag.start
        self.dropped.append((self.line, tag.name))

    def _render(self, tag: TemplateTag, in_target: bool) -> tuple[str, int]:
        """Return what stands for *tag*, perhaps *in_target* of a link, and where text goes on."""
        inner, name = tag.inner, tag.name
        if tag.is_silent:
            return "", tag.end
        if inner.startswith("/*"):  # Hugo's way to show a tag
            shown = f"{tag.mark} {inner.strip('/*').strip()} {CLOSERS[tag.mark]}"
            return escape(shown, quote=False), tag.end
        if tag.mark == "{{" and (literal := STRING_LITERAL.match(inner)):
            return literal[1] or literal[2] or "", tag.end
        if (words := self._get_field_words(tag)) is not None:
            return words, tag.end
        if name in VERBATIM_TAGS or name in CODE_TAGS:
            start, end = self.search_end(END_TAG.format(re.escape(name)), tag.end)
            text = self.body[tag.end : start]
            if name in VERBATIM_TAGS:
                return "" if name == "comment" else text, end
            if end == tag.end:
                self._drop(tag)
            return render_code(text, tag, self.markup), end
        text = "" if in_target else render_media(tag, self.markup)
        if (in_target and name in REFERENCE_TAGS) or name in LINK_TAGS:
            text = render_reference(tag, self.markup)
        if not text:
            self._drop(tag)
        return text or (UNKNOWN_PREFIX if in_target else ""), tag.end

    def _get_field_words(self, tag: TemplateTag) -> str | None:
        """Return the words of the field that *tag* shows; None where it shows none."""
        if tag.name == "param" and tag.mark in ("{{<", "{{%"):
            positional, _ = tag.parse_arguments()
            return self._spend(self.get_field(positional[0])) if positional else None
        expression, *filters = tag.inner.split("|") if tag.mark == "{{" else [""]
        if not FIELD_EXPRESSION.fullmatch(expression.strip()):
            return None
        words = self.get_field(expression.strip())
        for text in filters:
            found = TAG_NAME.search(text)
            name = found[0].lower() if found else ""
            if words is None or (name not in SAME_WORDS_FILTERS and name not in CASE_FILTERS):
                return None
            words = CASE_FILTERS.get(name, str)(words)
        return self._spend(words)

    def _spend(self, words: str | None) -> str | None:
        """Return *words*, or None if the words of fields exceed the limit."""
        self.allowance -= len(words or "")
        return words if self.allowance > 0 else None


def get_open_target(parts: list[str]) -> str | None:
    """Return the target of a link within which the text of *parts* ends, None where in none."""
    last = "".join(part[-MAX_TARGET_CHARACTERS:] for part in parts[-5:])
    match = IN_TARGET.search(last[-MAX_TARGET_CHARACTERS:].rpartition("\n")[2])
    return match[1] if match else None


def cut_end(parts: list[str], count: int) -> None:
    """Remove the last *count* characters of the text of *parts*."""
    while count:
        part = parts.pop()
        if len(part) > count:
            parts.append(part[:-count])
        count -= min(count, len(part))


def render_reference(tag: TemplateTag, markup: str) -> str:
    """Return the reference that *tag* stands for, or its whole link; "" where it names nothing."""
    positional, named = tag.parse_arguments()
    target = named.get("path", "")
    if not target and positional:
        target = tag.arguments.strip() if tag.name in WHOLE_ARGUMENT_TAGS else positional[0]
    if not target.strip():
        return ""
    reference = make_tag_reference(target.strip("\"'"))
    if tag.name not in LINK_TAGS:
        return reference
    words = [word for word in positional[1:] if word not in ("true", "false")]
    label = " ".join(words) or " ".join(re.split(r"[-_]+", target.rpartition("/")[2]))
    if markup == "html":
        return f'<a href="{escape(reference)}">{escape(label)}</a>'
    return f"[{label}](<{reference}>)"


def render_code(text: str, tag: TemplateTag, markup: str) -> str:
    """Return *text* as a code block in the language that *tag* names first."""
    positional, _ = tag.parse_arguments()
    language = re.sub(r"[^\w+#.-]", "", positional[0]) if positional else ""
    text = text.strip("\n")
    if markup == "html":
        return f'<pre><code class="language-{language}">{escape(text)}</code></pre>'
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"\n\n{fence}{language}\n{text}\n{fence}\n\n"


def render_media(tag: TemplateTag, markup: str) -> str:
    """Return HTML of a picture, a link in place of a player; "" for tags that are neither."""
    positional, named = tag.parse_arguments()
    embed_url = EMBED_URLS.get(tag.name.lower())
    if embed_url and (link := _render_embed(embed_url, positional, named)):
        return link
    return _render_image(positional, named, markup) if IMAGE_TAG_NAME.search(tag.name) else ""


def _render_embed(url: str, positional: list[str], named: dict[str, str]) -> str:
    """Return a link to what *url* and the player's id make; feeds show no foreign frames."""
    value = named.get("id") or named.get("url") or (positional[-1] if positional else "")
    if IDENTIFIER.fullmatch(value):
        value = url.format(value)
    elif not value.startswith(("https://", "http://")):
        return ""
    return f'\n\n<p><a href="{escape(value)}">{escape(named.get("title") or value)}</a></p>\n\n'


def _render_image(positional: list[str], named: dict[str, str], markup: str) -> str:
    files = filter(IMAGE_FILE.search, positional)
    source = named.get("src") or named.get("url") or next(files, "")
    if not IMAGE_FILE.search(source):
        return ""
    picture = f'<img src="{escape(source)}" alt="{escape(named.get("alt", ""))}">'
    if "link" in named:
        picture = f'<a href="{escape(named["link"])}">{picture}</a>'
    texts = (named.get(name, "").strip() for name in ("title", "caption"))
    caption = " ".join(filter(None, texts))
    if not caption:
        return f"\n\n<figure>{picture}</figure>\n\n"
    # Between blank lines Markdown is read again: captions may carry links
    caption = caption if markup == "html" else f"\n\n{' '.join(caption.split())}\n\n"
    return f"\n\n<figure>\n{picture}\n<figcaption>{caption}</figcaption>\n</figure>\n\n"
