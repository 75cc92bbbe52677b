"""Org becomes Markdown: readable, not complete, in one walk over the lines.

Unknown syntax stays as written; the sanitizer drops tags.
"""

from __future__ import annotations

import re

from feedsvc.patterns import compile_lazily

INLINE = compile_lazily(
    r"\[\[(?:file:)?(?P<target>[^\[\]\n]{1,500}?)(?:::[^\[\]\n]{0,300})?\](?:\[(?P<label>[^\[\]\n]{1,500})\])?\]"
    r"|(?<![\w*/=~+])(?P<mark>[*/=~+])"
    # over the end of a line, but not into a list item, a table or a heading
    r"(?P<text>[^\s*/=~+](?:(?:[^*/=~+\n]|\n(?=[^\s\-+*|#\d])){0,500}[^\s*/=~+])?)(?P=mark)"
    r"(?![\w*/=~+])"
    r"|\[fn:(?P<note>[\w-]{0,60})(?::(?P<words>[^\[\]]{0,1000}))?\]"
)
MARKDOWN_MARKS = {"*": "**", "/": "*", "=": "`", "~": "`", "+": "~~"}
IMAGE_SUFFIX = compile_lazily(r"\.(?:jpe?g|png|gif|webp|avif|svg)$", re.IGNORECASE)
BEGIN_BLOCK = compile_lazily(r"#\+begin_(\w+)\s*([\w+#.-]*)", re.IGNORECASE)
END_BLOCK = compile_lazily(r"#\+end_(\w+)", re.IGNORECASE)
CODE_BLOCKS = ("src", "example")
KEYWORD_OR_COMMENT = compile_lazily(r"#(?:\+|\s|$)")
DRAWER = compile_lazily(r":[\w-]+:")
PROPERTY = compile_lazily(r":[\w-]+:\s")
TABLE_RULE = compile_lazily(r"\|[-+|]+")
FOOTNOTE_DEFINITION = compile_lazily(r"^\[fn:([\w-]{1,60})\]")
HEADING = compile_lazily(r"(\*{1,6})\s+(?:TODO |DONE )?(?:\[#\w\]\s+)?")
HEADING_TAGS = compile_lazily(r"\s+(:[\w:@]+:)\s*$")
# What Org itself leaves out of an export: sections, blocks for other formats, times of tasks
HIDDEN_SECTION = compile_lazily(r"COMMENT(?:\s|$)")
HIDDEN_TAG = ":noexport:"
HIDDEN_LINE = compile_lazily(r"(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):\s")
HIDDEN_SNIPPET = compile_lazily(r"@@(?!html:)[\w-]{1,30}:[^@\n]{0,500}@@")


def org_to_markdown(body: str) -> str:
    """Return headings, lists, emphasis, links, images, code, quotes and tables as Markdown."""
    converter = OrgConverter()
    for line in body.split("\n"):
        converter.add_line(line, line.strip())
    converter.put("```" if converter.block in CODE_BLOCKS else "")
    return "\n".join(converter.lines)


class OrgConverter:
    """Takes lines of Org; *lines* is the Markdown so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.paragraph: list[str] = []  # lines of Org that are yet to be converted
        self.block = ""  # "src" within `#+begin_src`; "" outside of blocks
        self.is_block_hidden = False  # a comment, or what is for LaTeX
        self.is_in_drawer = False
        self.row = 0  # of a table, counted from 1; 0 outside of tables
        self.hidden_level = 0  # of the heading of a section that is left out; 0 for none

    def put(self, *lines: str) -> None:
        """Add *lines* of Markdown behind the paragraph that is open."""
        if self.paragraph:
            text = convert_inline("\n".join(self.paragraph))
            quote = "> " if self.block == "quote" else ""
            self.lines += [quote + line for line in text.split("\n")]
            self.paragraph.clear()
        self.lines += lines

    def add_line(self, line: str, bare: str) -> None:
        """Add *line*, which is *bare* without the white space around it."""
        if self._is_hidden(line):
            return
        self.row = self.row + 1 if bare.startswith("|") and not self.block else 0
        end = END_BLOCK.match(bare)
        if not self.block and (begin := BEGIN_BLOCK.match(bare)):
            self.put("")
            self.block = begin[1].lower()
            is_foreign = self.block == "export" and begin[2].lower() != "html"
            self.is_block_hidden = is_foreign or self.block == "comment"
            self.put(f"```{begin[2]}" if self.block in CODE_BLOCKS else "")
        elif end and end[1].lower() == self.block:
            self.put("```" if self.block in CODE_BLOCKS else "")
            self.block, self.is_block_hidden = "", False
        elif self.block in CODE_BLOCKS:
            self.put(line)
        elif self.is_block_hidden or KEYWORD_OR_COMMENT.match(bare):
            self.put(*(("", "<!-- more -->", "") if bare == "# more" else ()))
        elif DRAWER.fullmatch(bare):
            self.is_in_drawer = bare.upper() != ":END:"
        elif not (self.is_in_drawer or PROPERTY.match(bare) or HIDDEN_LINE.match(bare)):
            self._add_text(line, bare)

    def _is_hidden(self, line: str) -> bool:
        """Return whether *line* is in a section that its author excludes from exports."""
        if self.block in CODE_BLOCKS or not (heading := HEADING.match(line)):
            return self.hidden_level > 0
        level = len(heading[1])
        if not self.hidden_level or level <= self.hidden_level:
            tags = HEADING_TAGS.search(line)
            is_hidden = HIDDEN_SECTION.match(line, heading.end()) or (
                tags and HIDDEN_TAG in tags[1]
            )
            self.hidden_level = level if is_hidden else 0
        return self.hidden_level > 0

    def _add_text(self, line: str, bare: str) -> None:
        if self.row and TABLE_RULE.fullmatch(bare):
            return
        if heading := HEADING.match(line):
            text = HEADING_TAGS.sub("", line[heading.end() :])
            self.put("", f"{'#' * len(heading[1])} {convert_inline(text)}", "")
        elif self.row:
            self.put(convert_inline(bare))
        elif bare:
            self.paragraph.append(FOOTNOTE_DEFINITION.sub(r"[^\1]:", line))
        else:
            self.put(">" if self.block == "quote" else "")
        if self.row == 1:
            self.put("|---" * (bare.count("|") - 1) + "|")


def convert_inline(text: str) -> str:
    """Return *text* with Markdown's emphasis, links and images."""
    if "@@" in text:
        text = HIDDEN_SNIPPET.sub("", text)
    return INLINE.sub(_convert_inline, text)


def _convert_inline(match: re.Match[str]) -> str:
    if match["mark"]:
        mark = MARKDOWN_MARKS[match["mark"]]
        return f"{mark}{match['text']}{mark}"
    if match["note"] is not None:
        return f" ({match['words'].strip()})" if match["words"] else f"[^{match['note']}]"
    target, label = match["target"], match["label"]
    if IMAGE_SUFFIX.search(target) and not label:
        return f"![](<{target}>)"
    return f"[{label or target}](<{target}>)"
