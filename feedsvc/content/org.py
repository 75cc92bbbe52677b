"""Org becomes Markdown: readable, not complete, in one walk over the lines.

What is not known stays as the author's words; the sanitizer drops tags.
"""

from __future__ import annotations

import re

INLINE = re.compile(
    r"\[\[(?:file:)?(?P<target>[^\[\]\n]{1,500}?)(?:::[^\[\]\n]{0,300})?\](?:\[(?P<label>[^\[\]\n]{1,500})\])?\]"
    r"|(?<![\w*/=~+])(?P<mark>[*/=~+])"
    r"(?P<text>[^\s*/=~+](?:[^*/=~+\n]{0,500}[^\s*/=~+])?)(?P=mark)(?![\w*/=~+])"
)
MARKDOWN_MARKS = {"*": "**", "/": "*", "=": "`", "~": "`", "+": "~~"}
IMAGE_SUFFIX = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)$", re.IGNORECASE)
BEGIN_BLOCK = re.compile(r"#\+begin_(\w+)\s*([\w+#.-]*)", re.IGNORECASE)
END_BLOCK = re.compile(r"#\+end_(\w+)", re.IGNORECASE)
CODE_BLOCKS = ("src", "example")
KEYWORD_OR_COMMENT = re.compile(r"#(?:\+|\s|$)")
DRAWER = re.compile(r":[\w-]+:")
PROPERTY = re.compile(r":[\w-]+:\s")
TABLE_RULE = re.compile(r"\|[-+|]+")
HEADING = re.compile(r"(\*{1,6})\s+(?:TODO |DONE )?")
HEADING_TAGS = re.compile(r"\s+:[\w:@]+:\s*$")


def org_to_markdown(body: str) -> str:
    """Return headings, lists, emphasis, links, images, code, quotes and tables as Markdown."""
    converter = OrgConverter()
    for line in body.split("\n"):
        converter.add_line(line, line.strip())
    return "\n".join((*converter.lines, "```" if converter.block in CODE_BLOCKS else ""))


class OrgConverter:
    """Takes lines of Org; *lines* is the Markdown so far."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.block = ""  # "src" within `#+begin_src`; "" outside of blocks
        self.is_in_drawer = False
        self.row = 0  # of a table, counted from 1; 0 outside of tables

    def add_line(self, line: str, bare: str) -> None:
        """Add *line*, which is *bare* without the white space around it."""
        self.row = self.row + 1 if bare.startswith("|") and not self.block else 0
        end = END_BLOCK.match(bare)
        if not self.block and (begin := BEGIN_BLOCK.match(bare)):
            self.block = begin[1].lower()
            self.lines += ("", f"```{begin[2]}" if self.block in CODE_BLOCKS else "")
        elif end and end[1].lower() == self.block:
            self.lines.append("```" if self.block in CODE_BLOCKS else "")
            self.block = ""
        elif self.block in CODE_BLOCKS:
            self.lines.append(line)
        elif self.block == "comment" or KEYWORD_OR_COMMENT.match(bare):
            self.lines += ("", "<!-- more -->", "") if bare == "# more" else ()
        elif DRAWER.fullmatch(bare):
            self.is_in_drawer = bare.upper() != ":END:"
        elif not (self.is_in_drawer or PROPERTY.match(bare)):
            self._add_text(line, bare)

    def _add_text(self, line: str, bare: str) -> None:
        if self.row and TABLE_RULE.fullmatch(bare):
            return
        if heading := HEADING.match(line):
            text = HEADING_TAGS.sub("", line[heading.end() :])
            self.lines += ("", f"{'#' * len(heading[1])} {convert_inline(text)}", "")
        else:
            text = convert_inline(bare if self.row else line)
            self.lines.append(f"> {text}" if self.block == "quote" else text)
        if self.row == 1:
            self.lines.append("|---" * (bare.count("|") - 1) + "|")


def convert_inline(text: str) -> str:
    """Return *text* with Markdown's emphasis, links and images."""
    return INLINE.sub(_convert_inline, text)


def _convert_inline(match: re.Match[str]) -> str:
    if match["mark"]:
        mark = MARKDOWN_MARKS[match["mark"]]
        return f"{mark}{match['text']}{mark}"
    target, label = match["target"], match["label"]
    if IMAGE_SUFFIX.search(target) and not label:
        return f"![](<{target}>)"
    return f"[{label or target}](<{target}>)"
