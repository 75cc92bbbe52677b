"""AsciiDoc becomes Markdown: readable, not complete, in one walk over the lines.

What is not known stays as the author's words; the sanitizer drops tags.
"""

from __future__ import annotations

import re

INLINE = re.compile(
    r"`\+?(?P<code>[^`\n]{1,500}?)\+?`"
    r"|(?:link:|(?=https?://|mailto:))(?P<url>[^\s\[\]]{1,500})\[(?P<label>[^\[\]\n]{0,500})\]"
    r"|image::?(?P<image>[^\s\[\]:][^\s\[\]]{0,500})\[(?P<alt>[^\[\]\n]{0,500})\]"
    r"|(?:xref:(?P<file>[^\s\[\]]{1,200})\[|<<(?P<anchor>[^,<>\n]{1,200}),)"
    r"(?P<cross>[^\[\]<>\n]{0,500})(?:\]|>>)"
    r"|footnote:\w{0,50}\[(?P<note>[^\[\]\n]{0,1000})\]"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]{0,500}[^\s*])?)\*(?!\w)"
    r"|\{(?P<attribute>[\w-]{1,60})\}"
)
DOCUMENT_FILE = re.compile(r"\.(?:adoc|asciidoc|asc|md)$", re.IGNORECASE)
CODE_DELIMITER = re.compile(r"(-{4,}|\.{4,}|\+{4,})|(`{3,})(\w*)")
COMMENT_DELIMITER = "////"
QUOTE_DELIMITER = re.compile(r"_{4,}")
# Other blocks, list continuations, page breaks, anchors
BLANKED_LINE = re.compile(r"={4,}|\*{4,}|--|\+|<<<|\[\[.*\]\]")
BLOCK_ATTRIBUTES = re.compile(r"\[(.*)\]")
DOCUMENT_ATTRIBUTE = re.compile(r":([\w-]+):\s*(.*)")
DROPPED_LINE = re.compile(r"//|(?:include|ifdef|ifndef|ifeval|endif|toc)::")
BLOCK_START = re.compile(
    r"^(?:(?P<heading>={1,6})\s+(?=\S)"
    r"|\s*(?:(?P<bullet>\*{1,5}|-)|(?P<number>\.{1,5}))\s+(?=\S)"
    r"|\.(?P<title>\w.*)$"
    r"|(?P<admonition>NOTE|TIP|IMPORTANT|WARNING|CAUTION): "
    r"|(?P<term>\S.{0,200}?)::(?:\s+|$)"
    r"|\s*(?P<rule>''')\s*$)"
)


def asciidoc_to_markdown(body: str) -> str:
    """Return headings, lists, emphasis, links, images, code and tables as Markdown."""
    converter = AsciiDocConverter()
    for line in body.split("\n"):
        converter.add_line(line, line.strip())
    return "\n".join((*converter.lines, "```" if converter.is_in_code else ""))


class AsciiDocConverter:
    """Takes lines of AsciiDoc; *lines* is the Markdown so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.attributes: dict[str, str] = {}
        self.fence = ""  # what ends the code or comment; "" outside of both
        self.language = ""  # of the next code block
        self.table_rows: int | None = None  # None outside of a table
        self.is_in_quote = False

    @property
    def is_in_code(self) -> bool:
        return self.fence not in ("", COMMENT_DELIMITER)

    def add_line(self, line: str, bare: str) -> None:
        """Add *line*, which is *bare* without the white space around it."""
        if self.fence:
            self._add_fenced_line(line, bare)
        elif bare == COMMENT_DELIMITER:
            self.fence = bare
        elif code := CODE_DELIMITER.fullmatch(bare):
            self.fence = code[1] or code[2]
            self.lines += ("", f"```{self.language or code[3] or ''}")
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
            line = "```"
        self.lines.append(line if self.is_in_code else "")
        if bare == self.fence:
            self.fence = ""

    def _add_row(self, bare: str) -> None:
        cells = [INLINE.sub(self._render_inline, cell.strip()) for cell in bare[1:].split("|")]
        self.lines.append(f"| {' | '.join(cells)} |")
        if not self.table_rows:
            self.lines.append("|---" * len(cells) + "|")
        self.table_rows = 1

    def _add_text(self, line: str, bare: str) -> None:
        if block := BLOCK_ATTRIBUTES.fullmatch(bare):
            style, _, language = block[1].partition(",")
            if not style.strip().startswith("source"):
                language = ""
            self.language = re.sub(r"[^\w+#.-]", "", language.partition(",")[0])
        elif setting := DOCUMENT_ATTRIBUTE.fullmatch(bare):
            self.attributes[setting[1]] = setting[2]
        elif not DROPPED_LINE.match(bare):
            text = INLINE.sub(self._render_inline, BLOCK_START.sub(_render_block_start, line))
            self.lines.append(f"> {text}" if self.is_in_quote else text)

    def _render_inline(self, match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "label":
            label = match["label"].rstrip("^").split(",")[0] or match["url"]
            return f"[{label}]({match['url']})"
        if kind == "alt":
            return f"![{match['alt'].split(',')[0]}]({match['image']})"
        if kind == "cross":
            return _render_cross_reference(match["file"] or match["anchor"], match["cross"])
        if kind == "attribute":
            return self.attributes.get(match["attribute"], match[0])
        before, after = INLINE_MARKS[kind or ""]
        return f"{before}{match[kind or 0]}{after}"


INLINE_MARKS = {"code": ("`", "`"), "note": (" (", ")"), "bold": ("**", "**")}


def _render_cross_reference(target: str, label: str) -> str:
    """Return a link to another document, only the words of one to a place in this."""
    file = target.partition("#")[0]
    words = label.strip().rstrip("^")
    if not DOCUMENT_FILE.search(file):
        return words or target
    return f"[{words or DOCUMENT_FILE.sub('', file)}](<{target.rstrip('#')}>)"


def _render_block_start(match: re.Match[str]) -> str:
    """Return what begins a line in Markdown for what begins one in AsciiDoc."""
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
