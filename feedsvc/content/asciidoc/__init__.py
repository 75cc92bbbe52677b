"""AsciiDoc becomes Markdown: readable, not complete, in one walk over the lines.

Unknown syntax stays as written; the sanitizer drops tags.
"""

from __future__ import annotations

import re

from feedsvc.content.asciidoc.header import parse_attribute, parse_header
from feedsvc.patterns import compile_lazily

INLINE = compile_lazily(
    r"`\+?(?P<code>[^`\n]{1,500}?)\+?`"
    r"|(?:link:|(?=https?://|mailto:))(?P<url>[^\s\[\]]{1,500})\[(?P<label>[^\[\]\n]{0,500})\]"
    r"|image::?(?P<image>[^\s\[\]:](?:[^\[\]\n]{0,500}[^\s\[\]])?)\[(?P<alt>[^\[\]\n]{0,500})\]"
    r"|(?:xref:(?P<file>[^\s\[\]]{1,200})\[|<<(?P<anchor>[^,<>\n]{1,200}),)"
    r"(?P<cross>[^\[\]<>\n]{0,500})(?:\]|>>)"
    r"|(?P<place>\[\[[\w:.-]{1,100}(?:,[^\[\]\n]{0,200})?\]\])"
    r"|\[[^\[\]\n]{1,60}\](?P<signs>#{1,2})(?P<role>[^#\n]{1,500})(?P=signs)"
    r"|footnote:\w{0,50}\[(?P<note>[^\[\]\n]{0,1000})\]"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]{0,500}[^\s*])?)\*(?!\w)"
)
DOCUMENT_FILE = compile_lazily(r"\.(?:adoc|asciidoc|asc|md)$", re.IGNORECASE)
CODE_DELIMITER = compile_lazily(r"(-{4,}|\.{4,}|\+{4,})|(`{3,})(\w*)")
COMMENT_DELIMITER = compile_lazily(r"/{4,}")
BLOCK_DELIMITER = compile_lazily(r"/{4,}|={4,}|\*{4,}|_{4,}|-{4,}|\.{4,}|\+{4,}|--")
QUOTE_DELIMITER = compile_lazily(r"_{4,}")
# Other blocks, list continuations, page breaks, anchors
BLANKED_LINE = compile_lazily(r"={4,}|\*{4,}|--|\+|<<<|\[\[.*\]\]")
BLOCK_ATTRIBUTES = compile_lazily(r"\[(.*)\]")
DROPPED_LINE = compile_lazily(r"//|(?:include|ifeval|endif|toc)::")
CONDITION = compile_lazily(r"(ifdef|ifndef)::([\w,+-]{1,200})\[(.*)\]")
ATTRIBUTE_REFERENCE = compile_lazily(
    r"(\\?)\{(?:(?:set|counter2?):[^{}\n]{1,200}|(\w[\w-]{0,60}))\}", re.ASCII
)
# Attributes that every document has, as Markdown
CHARACTERS = {
    "empty": "", "sp": " ", "nbsp": "&nbsp;", "zwsp": "&#8203;", "wj": "&#8288;", "apos": "&#39;",
    "quot": "&quot;", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "deg": "°",
    "plus": "&#43;", "brvbar": "¦", "vbar": "&#124;", "amp": "&amp;", "lt": "&lt;", "gt": "&gt;",
    "startsb": "&#91;", "endsb": "&#93;", "caret": "^", "asterisk": "&#42;", "tilde": "&#126;",
    "backslash": "&#92;", "backtick": "&#96;", "two-colons": "::", "two-semicolons": ";;",
    "cpp": "C&#43;&#43;",
}  # fmt: skip
MAX_EXPANDED_CHARACTERS = 200_000  # that attributes add to a document
ADMONITIONS = frozenset({"NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"})
ABSOLUTE_TARGET = compile_lazily(r"/|[a-z][a-z0-9+.-]*:", re.ASCII | re.IGNORECASE)
LANGUAGE_SIGNS = compile_lazily(r"[^\w+#.-]")
BLOCK_START = compile_lazily(
    r"^(?:(?P<heading>={1,6})\s+(?=\S)"
    r"|\s*(?:(?P<bullet>\*{1,5}|-)|(?P<number>\.{1,5}))\s+(?=\S)"
    r"|\.(?P<title>\w.*)$"
    r"|(?P<admonition>NOTE|TIP|IMPORTANT|WARNING|CAUTION): "
    r"|(?P<term>\S.{0,200}?)::(?:\s+|$)"
    r"|\s*(?P<rule>''')\s*$)"
)


def asciidoc_to_markdown(body: str) -> str:
    """Return headings, lists, emphasis, links, images, code and tables as Markdown.

    A header is left out; its attributes are filled in where the text names them.
    """
    lines = body.split("\n")
    header = parse_header(lines)
    converter = AsciiDocConverter()
    for field in header.fields:
        if field.is_attribute:
            converter.set_attribute(lines[field.number], field.value)
        elif field.name != "revdate":
            name = "doctitle" if field.name == "title" else field.name
            converter.attributes[name] = field.value.partition(" <")[0]
    for line in lines[header.count :]:
        converter.add_line(line, line.strip())
    return "\n".join((*converter.lines, "```" if converter.fence else ""))


class AsciiDocConverter:
    """Takes lines of AsciiDoc; *lines* is the Markdown so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.attributes = dict(CHARACTERS)
        self.expandable = MAX_EXPANDED_CHARACTERS  # what attributes may add yet
        self.hidden_depth = 0  # of conditions that do not hold, and of those in them
        self.fence = ""  # what ends the code; "" outside
        self.starts_comment = False  # `[comment]`: the next block is one
        self.comment_end: str | None = None  # the line that ends it; "" for a blank one
        self.language = ""  # of the next code block; "source" for the document's
        self.table_rows: int | None = None  # None outside of a table
        self.is_in_quote = False

    def add_line(self, line: str, bare: str) -> None:
        """Add *line*, which is *bare* without the white space around it."""
        if self.fence:
            self._add_fenced_line(line, bare)
        elif self._is_hidden(bare) or self._is_in_comment(bare):
            return
        elif code := CODE_DELIMITER.fullmatch(bare):
            self.fence = code[1] or code[2]
            listing = self.attributes.get("source-language", self.attributes.get("language", ""))
            language = (self.language if self.language != "source" else listing) or code[3] or ""
            self.lines += ("", f"```{LANGUAGE_SIGNS.sub('', language)}")
            self.language = ""
        elif bare == "|===":
            self.table_rows = 0 if self.table_rows is None else None
            self.lines.append("")
        elif self.table_rows is not None and bare.startswith("|"):
            self._add_row(bare)
        elif QUOTE_DELIMITER.fullmatch(bare):
            self.is_in_quote = not self.is_in_quote
            self.lines.append("")
        elif BLANKED_LINE.fullmatch(bare):
            self.lines.append("")
        else:
            self._add_text(line, bare)

    def _add_fenced_line(self, line: str, bare: str) -> None:
        if bare == self.fence:
            line, self.fence = "```", ""
        self.lines.append(line)

    def _add_row(self, bare: str) -> None:
        row = self._fill_in(bare[1:])
        cells = [INLINE.sub(self._render_inline, cell.strip()) for cell in row.split("|")]
        self.lines.append(f"| {' | '.join(cells)} |")
        if not self.table_rows:
            self.lines.append("|---" * len(cells) + "|")
        self.table_rows = 1

    def set_attribute(self, line: str, value: str) -> None:
        """Set or unset the attribute that *line* names; *value* may be continued below it."""
        if found := parse_attribute(line):
            name, written = found
            if written is None:
                self.attributes.pop(name, None)
            else:
                self.attributes[name] = self._fill_in(value)

    def _fill_in(self, text: str) -> str:
        """Return *text* with the values of attributes, as long as there are not too many."""
        return ATTRIBUTE_REFERENCE.sub(self._get_value, text) if "{" in text else text

    def _get_value(self, match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        value = self.attributes.get(match[2], match[0]) if match[2] else ""
        if len(value) > self.expandable:
            return match[0]
        self.expandable -= len(value)
        return value

    def _is_hidden(self, bare: str) -> bool:
        """Return whether a condition that does not hold hides the line; follow conditions."""
        if bare.startswith("endif::"):
            self.hidden_depth = max(0, self.hidden_depth - 1)
        elif condition := CONDITION.match(bare):
            is_shown = self._holds(condition)
            if self.hidden_depth or not (is_shown or condition[3]):
                self.hidden_depth += not condition[3]
            elif is_shown and condition[3]:
                self.add_line(condition[3], condition[3].strip())
            return True
        return self.hidden_depth > 0

    def _is_in_comment(self, bare: str) -> bool:
        """Return whether the line is of a comment block or paragraph; follow both."""
        if self.comment_end is not None:
            if bare == self.comment_end:
                self.comment_end = None
                self.lines.append("")
        elif bare and (self.starts_comment or COMMENT_DELIMITER.fullmatch(bare)):
            self.comment_end = bare if BLOCK_DELIMITER.fullmatch(bare) else ""
            self.starts_comment = False
        else:
            return False
        return True

    def _holds(self, condition: re.Match[str]) -> bool:
        names = re.split("[,+]", condition[2])
        is_set = (all if "+" in condition[2] else any)(name in self.attributes for name in names)
        return is_set == (condition[1] == "ifdef")

    def _add_text(self, line: str, bare: str) -> None:
        if block := BLOCK_ATTRIBUTES.fullmatch(bare):
            self._start_block(block[1])
        elif found := parse_attribute(bare):
            self.set_attribute(bare, found[1] or "")
        elif not DROPPED_LINE.match(bare):
            start = BLOCK_START.match(line)
            text = INLINE.sub(
                self._render_inline, self._fill_in(line[start.end() :] if start else line)
            )
            text = (_render_block_start(start) if start else "") + text
            self.lines.append(f"> {text}" if self.is_in_quote else text)

    def _start_block(self, written: str) -> None:
        """Note the language of the code below, or add the label of the block below."""
        style, _, rest = written.partition(",")
        style = style.strip()
        language = rest.partition(",")[0]
        self.starts_comment = style == "comment"
        self.language = (language.strip() or "source") if style.startswith("source") else ""
        if style in ADMONITIONS:
            self.lines += ("", f"**{style.capitalize()}:**", "")

    def _render_inline(self, match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "label":
            label = match["label"].rstrip("^").split(",")[0] or match["url"]
            return f"[{label}]({match['url']})"
        if kind == "alt":
            target = self._get_image_target(match["image"])
            # an address with spaces needs brackets
            target = f"<{target}>" if " " in target else target
            return f"![{match['alt'].split(',')[0]}]({target})"
        if kind == "cross":
            return _render_cross_reference(match["file"] or match["anchor"], match["cross"])
        if kind == "place":
            return ""
        before, after = INLINE_MARKS[kind or ""]
        return f"{before}{match[kind or 0]}{after}"

    def _get_image_target(self, target: str) -> str:
        folder = self.attributes.get("imagesdir", "")
        if not folder or ABSOLUTE_TARGET.match(target) or len(folder) > self.expandable:
            return target
        self.expandable -= len(folder)
        return f"{folder.rstrip('/')}/{target}"


INLINE_MARKS = {"role": ("", ""), "code": ("`", "`"), "note": (" (", ")"), "bold": ("**", "**")}


def _render_cross_reference(target: str, label: str) -> str:
    """Return a link to another document; only the label for a place in this one."""
    file = target.partition("#")[0]
    words = label.strip().rstrip("^")
    if not DOCUMENT_FILE.search(file):
        return words or target
    return f"[{words or DOCUMENT_FILE.sub('', file)}](<{target.rstrip('#')}>)"


def _render_block_start(match: re.Match[str]) -> str:
    """Return the Markdown for an AsciiDoc mark at the beginning of a line."""
    kind = match.lastgroup or ""
    words = match[kind]
    if kind == "heading":
        return f"\n{'#' * len(words)} "
    if kind in ("bullet", "number"):
        return f"{' ' * 3 * (len(words) - 1)}{'-' if kind == 'bullet' else '1.'} "
    return BLOCK_STARTS[kind].format(words.capitalize() if kind == "admonition" else words)


BLOCK_STARTS = {
    "title": "\n*{}*\n",
    "admonition": "**{}:** ",
    "term": "- **{}** ",
    "rule": "\n---\n",
}
