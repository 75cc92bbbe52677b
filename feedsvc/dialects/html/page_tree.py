"""A page of HTML as a tree, and as the blocks of text in it, in document order.

The only importer of lxml in this package. Comes in: the text of a page. Goes out: its head's
elements, and a `PageTree` that returns the amount of text in an element in constant time. Parts
to be removed are marked, so that the rest can be written as the author wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from itertools import accumulate
from typing import Any, TypeAlias

import lxml.html
from lxml import etree
from msgspec import Struct

from feedsvc.patterns import compile_lazily

Element: TypeAlias = Any  # lxml comes without types

BLOCK_TAGS = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre"
    " section table tbody td tfoot th thead tr ul".split()
)
HEADING_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
# Between whose children no text of its own stands: it would be misplaced by a wrapper
NOT_WRAPPED = HEADING_TAGS | frozenset("p table tr ul ol tbody thead tfoot dl pre".split())
NEVER_SHOWN = ("script", "style", "template", "svg", "noscript", "title")
NO_DISPLAY = compile_lazily(r"display\s*:\s*none", re.IGNORECASE)
XML_DECLARATION = compile_lazily(r"\s*<\?xml[^>]*>")
RUN_MARK = "data-feedsvc-run"
EAST_ASIAN = compile_lazily("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
WIDTH_OF_EAST_ASIAN = 2.5  # of one character, in letters
KEPT_WHEN_EMPTY = frozenset("img video audio iframe embed hr picture source br td".split())
ANCHORS = frozenset("¶#§🔗")  # the text of a heading's link to itself


class Block(Struct, frozen=True, kw_only=True):
    """The inline text of one block element, on one line, without that of blocks inside it."""

    element: Element
    position: int  # of its element in document order
    text: str
    spaced: str  # the same with a space at each inline element, where labels are glued together
    linked: int  # characters of it that are links
    width: float  # in letters

    @property
    def line(self) -> int:
        """The line of its start tag."""
        return get_line(self.element)

    @property
    def is_linked(self) -> bool:
        """Whether most of its text is links."""
        return self.linked > 0.5 * len(self.text)


def parse_page(text: str) -> Element:
    """Return the root element of *text*; accept any content."""
    # Some versions of libxml2 keep carriage returns, and lxml refuses text with a declaration
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if match := XML_DECLARATION.match(text):
        text = "\n" * match[0].count("\n") + text[match.end() :]
    # Without huge_tree all beyond 256 nested elements is lost
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        return lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing in it is an element or text
        return lxml.html.document_fromstring(b"<p></p>", parser=parser)


def get_line(element: Element) -> int:
    """Return the line of an element's start tag, counted from 1."""
    return int(element.sourceline or 1)


def get_text(element: Element) -> str:
    """Return all text in *element* on one line."""
    return " ".join("".join(element.itertext("*")).split())


def list_names(element: Element) -> list[str]:
    """Return the names that *element* bears as class and id."""
    return f"{element.get('class') or ''} {element.get('id') or ''}".split()


def measure_width(text: str) -> float:
    """Return how much *text* says, in letters."""
    if text.isascii():
        return len(text)
    return len(text) + (WIDTH_OF_EAST_ASIAN - 1) * len(EAST_ASIAN.findall(text))


class PageTree:
    """The body of a page: blocks, positions, and the marks of what is no part of its article."""

    def __init__(self, root: Element) -> None:
        body = root.find("body")
        self.body: Element = root if body is None else body
        self.has_hidden = self._remove_unseen()
        self._wrap_runs()
        self.elements: list[Element] = list(self.body.iter("*"))
        self.position = {element: number for number, element in enumerate(self.elements)}
        self.end = self._measure_ends()
        self.blocks = self._collect_blocks()
        self.block_of = {block.element: block for block in self.blocks}
        self._marked = bytearray(len(self.elements))
        self._texts = self.sum_positions((one.position, len(one.text)) for one in self.blocks)
        self._links = self.sum_positions((one.position, one.linked) for one in self.blocks)
        self._mass: list[float] = [0.0] * (len(self.elements) + 1)

    # -- the tree --------------------------------------------------------------------

    def _remove_unseen(self) -> bool:
        """Remove what browsers do not show; return whether the author has hidden any of it."""
        has_hidden = False
        etree.strip_elements(self.body, *NEVER_SHOWN, with_tail=False)
        for element in list(self.body.iterdescendants("*")):
            hidden = element.get("hidden") is not None or NO_DISPLAY.search(
                element.get("style") or ""
            )
            if hidden and element.getparent() is not None:
                element.drop_tree()
                has_hidden = True
        return has_hidden

    def _wrap_runs(self) -> None:
        """Make each run of text beside blocks a block, so that order tells what is over what."""
        for element in list(self.body.iter(*BLOCK_TAGS)):
            children = list(element)
            if element.tag in NOT_WRAPPED or not any(one.tag in BLOCK_TAGS for one in children):
                continue
            run = None
            if (element.text or "").strip():
                run = _make_run(element.text)
                element.text = None
                element.insert(0, run)
            for child in children:
                run = _wrap_child(child, run)

    def _measure_ends(self) -> list[int]:
        """Return for each position that of the last element inside."""
        ends = list(range(len(self.elements)))
        for number in range(len(ends) - 1, 0, -1):
            parent = self.position[self.elements[number].getparent()]
            ends[parent] = max(ends[parent], ends[number])
        return ends

    def _collect_blocks(self) -> list[Block]:
        own: dict[Element, list[tuple[str, bool]]] = {}
        holders: list[list[tuple[str, bool]]] = [own.setdefault(self.body, [])]
        links = 0
        for event, element in etree.iterwalk(self.body, events=("start", "end", "comment", "pi")):
            is_block = event in ("start", "end") and element.tag in BLOCK_TAGS
            is_link = event in ("start", "end") and element.tag == "a"
            if event == "start":
                if is_block and element is not self.body:
                    holders.append(own.setdefault(element, []))
                links += is_link
                holders[-1].append((" " if element.tag == "br" else element.text or "", links > 0))
                continue
            if event == "end":
                links -= is_link
                if is_block and element is not self.body:
                    holders.pop()
            if element is not self.body:
                holders[-1].append((element.tail or "", links > 0))
        return [
            block
            for element, parts in own.items()
            if (block := _build_block(element, self.position[element], parts))
        ]

    def list_ancestors(self, element: Element) -> Iterator[Element]:
        """Yield the elements around *element*, the nearest first, the body last.

        The body itself, which can be a heading, has no ancestors with a position.
        """
        while element is not self.body and (element := element.getparent()) is not None:
            yield element

    # -- what an element holds -------------------------------------------------------

    def sum_positions(self, values: Iterable[tuple[int, float]]) -> list[float]:
        """Return the sums of *values*, by position, of all before each position."""
        sums = [0.0] * (len(self.elements) + 1)
        for position, value in values:
            sums[position + 1] += value
        return list(accumulate(sums))

    def get_sum(self, sums: list[float], element: Element, after: int = 0) -> float:
        """Return what *sums* have for *element* and all in it, from the position *after* on."""
        start = self.position[element]
        return max(0.0, sums[self.end[start] + 1] - sums[max(start, after)])

    def set_mass(self, masses: Iterable[tuple[int, float]]) -> None:
        """Set the amount of article text at each position, in letters."""
        self._mass = self.sum_positions(masses)

    def get_mass(self, element: Element, after: int = 0) -> float:
        """Return the mass of *element* from the position *after* on."""
        return self.get_sum(self._mass, element, after)

    def get_length(self, element: Element) -> float:
        """Return the characters of all text in *element*."""
        return self.get_sum(self._texts, element)

    def get_linked(self, element: Element) -> float:
        """Return the characters of all links in *element*."""
        return self.get_sum(self._links, element)

    def holds(self, outer: Element, inner: Element) -> bool:
        """Return whether *inner* is *outer* or stands in it."""
        start = self.position[outer]
        return start <= self.position[inner] <= self.end[start]

    # -- what is no part of the article ----------------------------------------------

    def mark(self, element: Element) -> None:
        """Mark *element*, with all in it, as no part of the article."""
        start = self.position[element]
        count = self.end[start] - start + 1
        self._marked[start : start + count] = b"\1" * count

    def unmark_all(self) -> None:
        """Take all marks away."""
        self._marked = bytearray(len(self.elements))

    def is_marked(self, element: Element) -> bool:
        """Return whether *element* is marked."""
        position = self.position.get(element)  # None for what is above the body
        return position is not None and bool(self._marked[position])

    def list_free_blocks(self) -> list[Block]:
        """Return the blocks that are not marked."""
        return [block for block in self.blocks if not self._marked[block.position]]

    # -- writing ---------------------------------------------------------------------

    def render(self, container: Element, ahead: list[Element]) -> str:
        """Return the inside of *container* without what is marked; *ahead* goes before it.

        Destroys the tree.
        """
        moved = [_serialize_picture(one) for one in ahead]  # before the tree changes
        for element in [one for one in self.elements if self.is_marked(one)]:
            parent = element.getparent()
            if parent is not None and element is not container and self.holds(container, element):
                element.drop_tree()
        for run in list(container.iter("div")):
            if run.get(RUN_MARK) and run is not container:
                run.drop_tag()
        _remove_empty(container)
        return "".join((*moved, render_inside(container))).strip()


def _make_run(text: str | None) -> Element:
    run = lxml.html.Element("div")
    run.set(RUN_MARK, "1")
    run.text = text
    return run


def _wrap_child(child: Element, run: Element | None) -> Element | None:
    """Put *child* and the text behind it into *run*; return the run that goes on behind it."""
    tail = child.tail or ""
    if child.tag in BLOCK_TAGS:
        if not tail.strip():
            return None
        return _wrap_tail(child, tail)
    if run is None and not isinstance(child.tag, str):
        return None if not tail.strip() else _wrap_tail(child, tail)
    child.tail = None
    if run is None:
        run = _make_run(None)
        child.addprevious(run)
        run.sourceline = child.sourceline
    run.append(child)
    child.tail = tail
    return run


def _wrap_tail(child: Element, tail: str) -> Element:
    """Put the text behind *child* into a run of its own."""
    child.tail = None
    run = _make_run(tail)
    child.addnext(run)
    return run


def _build_block(element: Element, position: int, parts: list[tuple[str, bool]]) -> Block | None:
    parts = [
        (words, is_link) for words, is_link in parts if words.strip() not in ANCHORS or not is_link
    ]
    text = " ".join("".join(words for words, _ in parts).split())
    if not text:
        return None
    linked = len(" ".join("".join(words for words, is_link in parts if is_link).split()))
    return Block(
        element=element,
        position=position,
        text=text,
        spaced=" ".join(" ".join(words for words, _ in parts).split()),
        linked=linked,
        width=measure_width(text),
    )


def _remove_empty(container: Element) -> None:
    """Remove the elements that hold nothing, from the innermost outwards."""
    for element in reversed(list(container.iterdescendants("*"))):
        if element.tag in KEPT_WHEN_EMPTY or len(element) or element.tag == "a":
            continue
        if not (element.text or "").strip(" \t\n\u3000\xa0") and element.tag in BLOCK_TAGS | {
            "span"
        }:
            element.drop_tree()


def render_inside(element: Element) -> str:
    """Return the HTML of what *element* holds."""
    inner = [lxml.html.tostring(child, encoding="unicode") for child in element]
    return escape(element.text or "", quote=False) + "".join(inner)


def _serialize_picture(picture: Element) -> str:
    return f"<p>{lxml.html.tostring(picture, encoding='unicode', with_tail=False)}</p>"
