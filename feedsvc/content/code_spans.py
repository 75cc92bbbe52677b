"""Where code is in Markdown, so that what looks like a mark in it stays as it is."""

from __future__ import annotations

import re

MAX_CODE_SPAN_CHARACTERS = MAX_LIST_CHARACTERS = 2000

# The beginnings of code as alternatives of a pattern with `CODE_FLAGS`; what else is looked for
# is a group of its own behind them
CODE_START = (
    r"^[ >]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})?(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})"
    r"|(?P<ticks>`+)"
    r"|(?<=\n\n)(?P<indented>(?: {4}|\t)[^\n]*(?:\n(?: {4}|\t)[^\n]*|\n[ \t]*(?=\n(?: {4}|\t)))*)"
    r"|<(?P<element>pre|code|script|style)\b"
)
CODE_FLAGS = re.MULTILINE | re.IGNORECASE
LIST_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])\s")


class CodeSkipper:
    """Walks once over *body*, skips code, and replaces other places.

    A missing end is searched for only once, to stay linear.
    """

    def __init__(self, body: str) -> None:
        self.body = body
        self.parts: list[str] = []  # of what goes out, so far
        self.kept = 0  # offset behind what is in *parts*
        self.missing: set[str] = set()

    def put(self, start: int, end: int, words: str) -> int:
        """Replace the text from *start* to *end* by *words*, and return *end*."""
        self.parts += (self.body[self.kept : start], words)
        self.kept = end
        return end

    def finish(self) -> str:
        """Return the body with all that was put into it."""
        return "".join((*self.parts, self.body[self.kept :]))

    def skip_code(self, match: re.Match[str]) -> int:
        """Return the end of the code that begins at *match* of `CODE_START`."""
        body, position = self.body, match.end()
        if match["element"]:
            return self.search_end(re.escape(f"</{match['element'].lower()}"), position)[0]
        if ticks := match["ticks"]:
            end = re.compile(rf"(?<!`)`{{{len(ticks)}}}(?!`)|\n[ \t]*\n")
            span = end.search(body, position, position + MAX_CODE_SPAN_CHARACTERS)
            return span.end() if span and span[0][0] == "`" else position
        if fence := match["fence"]:
            closing = rf"^[ >]*{fence[0]}{{{len(fence)},}}[ \t]*$"
            block = re.compile(closing, re.MULTILINE).search(body, position)
            return block.end() if block else len(body)
        return match.start() + 1 if self._is_in_list(match.start()) else position

    def search_end(self, pattern: str, position: int) -> tuple[int, int]:
        """Return where the next match starts and ends; *position* for both if there is none."""
        if pattern not in self.missing:
            if match := re.compile(pattern).search(self.body, position):
                return match.span()
            self.missing.add(pattern)
        return position, position

    def _is_in_list(self, position: int) -> bool:
        """Return whether an indented line belongs to a list item above it, and so is no code."""
        above = self.body[max(0, position - MAX_LIST_CHARACTERS) : position]
        for line in reversed(above.split("\n")):
            if line.strip() and not line.startswith(("    ", "\t")):
                return LIST_ITEM.match(line) is not None
        return False
