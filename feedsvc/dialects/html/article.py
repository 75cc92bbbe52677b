"""The article in a page: its heading, the dates near it, and the element with its text.

Comes in: a `PageTree`, and the facts of the page's head. Goes out: an `Article`, or the reason why
the page has none. There are no rules for single sites: what counts is the amount of running text,
links, the order of blocks, and the names and first words in `page_words`.

All sums over elements are computed once, so the time is linear in the size of the page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from feedsvc.content.pictures import (
    is_named_as_no_picture,
    is_placeholder,
    make_picture_key,
)
from feedsvc.dates import is_date_like
from feedsvc.dialects.field_names import build_field_name_table, normalize_field_name
from feedsvc.dialects.html import page_words
from feedsvc.dialects.html.date_words import DATE, UPDATING, PrintedDate, list_dates
from feedsvc.dialects.html.page_tree import (
    HEADING_TAGS,
    Block,
    Element,
    PageTree,
    get_line,
    get_text,
    list_names,
)
from feedsvc.dialects.labelled.labels import (
    PLAIN_DATE_NAMES,
    VENUE_LABEL,
    WRITING_LABELS,
    get_label_field,
    match_kind_line,
    parse_label_line,
)
from feedsvc.patterns import compile_lazily

MIN_PARAGRAPH_WIDTH = 70  # in letters; a shorter one counts if it ends as a sentence does
MIN_SENTENCE_WIDTH = 22
MAX_LINE_WIDTH = 330  # of a line with labels
MAX_BARE_LINE_WIDTH = 160
PICTURE_MASS = 60
MIN_SHARE_OF_BOX, MIN_SHARE_OF_CHILD = 0.6, 0.9  # of the article's mass, to be its container
SENTENCE_END = compile_lazily(r"[。！？.!?؟…][”»」』\"')）]*$")
SHORT_DAY = compile_lazily(r"\b\d\d-\d\d\b")
CONTAINER_TAGS = frozenset(
    "div section article main td tr tbody table center font body form".split()
)
ITEM_TAGS = ("li", "tr", "article", "div", "dl", "p")
BARE_LINE = compile_lazily(
    r"(?:[\W_]|(?:written |posted |submitted )?by [^\d]{2,40}|\d{1,3}[\s-]min\w*|\d\d?\.\d\d\b|on\b|posted\b|published\b|le\b|am\b|el\b|[^\d,。.]{0,24})*+",
    re.IGNORECASE,
)
TABLE = build_field_name_table()
DATE_KINDS = frozenset({"published", "release", ""})  # "": a label that stands for "date"
FACTS = frozenset({"authors", "origin", "clicks"})
FACT_END = compile_lazily(
    r"\s*(?:[|｜]|字[体號号體]|打印|分享|浏览|点击|阅读|访问|關閉|关闭|\[|【|次$)"
)
MAX_FACT_CHARACTERS = 60
UNKNOWN_LABEL = compile_lazily(r"[^\W\d_]\s?[:：]\s*$")  # one that is in no table, before a date
LINE_MARK = compile_lazily(r"[|｜·•/–—]")
IS_LIST = "it is a list of pages"
HOME_LINKS = frozenset({"", ".", "index.html", "/index.html"})


class PageFacts(Struct, frozen=True, kw_only=True):
    """The facts in the head of a page that help to detect its article."""

    titles: tuple[str, ...]  # that name the article alone: og:title, headline, …
    page_title: str  # of <title>
    site_name: str
    addresses: frozenset[str]  # its own
    language: str
    is_dated: bool  # the head names a date of publication
    is_redirect: bool


class Evidence(Struct, frozen=True, kw_only=True):
    """A date, or another fact, that stands on the page: its label, its words and their line."""

    name: str
    words: str
    line: int


class Article(Struct, frozen=True, kw_only=True):
    """The result for a page; *html* is None if nothing has to be removed from it."""

    title: str
    title_line: int
    evidence: tuple[Evidence, ...]  # dates and facts by their labels, in order
    html: str | None
    line: int  # of the container
    images: tuple[str, ...]  # the article's own pictures, as written
    frame_images: frozenset[str]  # keys of those around it
    reason: str = ""  # why this is no article; "" if it is one


class Heading(Struct, frozen=True, kw_only=True):
    """The block with the title, and the title in the words of the head or the block."""

    block: Block
    title: str
    is_explicit: bool  # the head names it as the article's


class ArticleParser:
    """Finds the article of one page, step by step."""

    def __init__(self, tree: PageTree, facts: PageFacts, base: Element | None) -> None:
        self.tree, self.facts, self.base = tree, facts, base
        self.dates: dict[int, list[PrintedDate]] = {}
        for block in tree.blocks:
            if block.width <= MAX_LINE_WIDTH and DATE.search(block.spaced):
                self.dates[block.position] = list_dates(block.spaced, facts.language)
        self.date_counts = tree.sum_positions(
            (position, len(found)) for position, found in self.dates.items()
        )
        self.link_counts = tree.sum_positions(
            (tree.position[one], 1) for one in tree.body.iter("a")
        )
        self.masses = {block.position: self._weigh(block) for block in tree.blocks}
        for picture in tree.body.iter("img"):
            if self._is_free_picture(picture):
                self.masses[tree.position[picture]] = PICTURE_MASS
        self.has_several_days = False  # of elements that are marked as published
        self.linked_titles: dict[Element, bool] = {}
        self.siblings: dict[tuple[Element, str, str | None], int] = {}
        self.evidence_positions: set[int] = set()  # of blocks that are no more than a date
        self._set_masses()

    def parse(self) -> Article:
        """Return the article, or why there is none. Modifies the tree."""
        tree = self.tree
        heading = self._detect_heading()
        self._mark_frame(heading)
        if heading is not None and tree.is_marked(heading.block.element):
            heading = self._detect_heading()
        lines = self._list_dated_lines(heading)
        if lines and (better := self._detect_heading_above(lines[0], heading)):
            heading = better
            tree.unmark_all()
            self._mark_frame(heading)
            lines = self._list_dated_lines(heading)
        marked = self._list_marked_times()
        is_marked = any(one.name != "updated" for one in marked)
        evidence = [*marked, *self._list_evidence(lines, heading, is_dated=is_marked)]
        is_dated = self.facts.is_dated or any(
            get_label_field(one.name, TABLE) in DATE_KINDS for one in evidence
        )
        title, line = self._choose_title(heading)
        reason = "" if is_dated else self._explain_no_article(heading)
        frame = frozenset(
            make_picture_key(one.get("src") or "")
            for one in tree.body.iter("img")
            if tree.is_marked(one)
        )
        container = self._select_container(heading)
        ahead = self._list_pictures_ahead(heading, container)
        is_cut = self._mark_within(container, heading) or bool(ahead) or tree.has_hidden
        pictures = [*ahead, *(one for one in container.iter("img") if not tree.is_marked(one))]
        images = tuple(one.get("src") for one in pictures if is_good_picture(one))
        line_of_container = get_line(container)
        return Article(
            title=title,
            title_line=line,
            evidence=() if reason else tuple(evidence),
            # Of a list of links that is an entry after all, nothing would be left
            html=tree.render(container, ahead) if is_cut and reason != IS_LIST else None,
            line=line_of_container,
            images=images,
            frame_images=frame,
            reason=reason,
        )

    # -- mass ------------------------------------------------------------------------

    def _weigh(self, block: Block) -> float:
        """Return the amount of running text in *block*, in letters; 0 for other blocks."""
        text, width = block.text, block.width
        if block.is_linked or block.element.tag in HEADING_TAGS:
            return 0.0
        if width < MAX_BARE_LINE_WIDTH and page_words.IMPRINT.search(text):
            return 0.0
        if block.position in self.dates and self._is_label_line(block):
            return 0.0
        is_column = len(SHORT_DAY.findall(text)) > 1 and block.element.tag not in ("p", "li")
        if is_column and block.linked:
            return 0.0
        if width >= MIN_PARAGRAPH_WIDTH or (
            width >= MIN_SENTENCE_WIDTH and SENTENCE_END.search(text)
        ):
            return width - block.linked
        return 0.0

    def _is_label_line(self, block: Block) -> bool:
        """Return whether a short block with a date is about the article, and no text of it."""
        dates = self._get_dates(block)
        if not dates or block.width > 250:
            return False
        return (
            any(one.kind == "published" for one in dates)
            or page_words.OTHER_LABEL.search(block.text) is not None
            or (UPDATING.search(block.text) is not None and block.width < 120)
            or next(block.element.iter("time"), None) is not None
        )

    def _is_free_picture(self, picture: Element) -> bool:
        """Return whether a picture is part of the text: large, unlinked, in no list."""
        if not is_good_picture(picture):
            return False
        for element in self.tree.list_ancestors(picture):
            if element.tag == "a" or element.tag in ("li", "dt", "dd"):
                return False
            if element in self.tree.block_of or element.tag in CONTAINER_TAGS:
                return not self.tree.get_sum(self.link_counts, element)
        return False

    def _set_masses(self) -> None:
        masses = {position: self.masses[position] for position in self._list_texts()}
        self.tree.set_mass(masses.items())
        self.last_text = max(masses, default=-1)

    def _list_texts(self) -> Iterator[int]:
        """Yield the positions of unmarked blocks with running text."""
        tree = self.tree
        for position, mass in self.masses.items():
            if mass and not tree.is_marked(tree.elements[position]):
                yield position

    # -- heading ---------------------------------------------------------------------

    def _detect_heading(self) -> Heading | None:
        """Return the block that shows the title which the head names, else the only h1."""
        blocks = [block for block in self.tree.list_free_blocks() if self._may_be_heading(block)]
        for title in (*self.facts.titles, self.facts.page_title):
            is_explicit = title in self.facts.titles
            if title and (found := self._match_title(blocks, title)):
                return Heading(block=found[0], title=found[1], is_explicit=is_explicit)
        first = [one for one in blocks if one.element.tag == "h1" and not one.linked]
        if len(first) == 1:
            return Heading(block=first[0], title=first[0].text, is_explicit=False)
        return None

    def _may_be_heading(self, block: Block) -> bool:
        if not 2 <= len(block.text) <= 200 or block.text == self.facts.site_name:
            return False
        if not block.linked:
            return True
        links = [*block.element.iter("a"), *block.element.iterancestors("a")]
        own = [
            link
            for link in links
            if link.get("rel") == "bookmark" or link.get("href") in self.facts.addresses
        ]
        if own:
            return True
        return (
            not block.is_linked
            and block.element.tag not in ("li", "a")
            and not any((link.get("href") or "").rstrip("/") in HOME_LINKS for link in links)
        )

    def _match_title(self, blocks: list[Block], title: str) -> tuple[Block, str] | None:
        """Return the block that shows *title*, whole or without a site's name, and its words."""
        whole = squeeze(title)
        best: tuple[tuple[bool, int, bool, int], Block, str] | None = None
        for block in blocks:
            shown = squeeze(block.text)
            if shown == whole:
                words = title
            elif is_part_of_title(block.text, title, block.element.tag in HEADING_TAGS):
                words = block.text
            else:
                continue
            rank = (
                whole.startswith(shown),
                len(shown),
                block.element.tag in HEADING_TAGS,
                -block.position,
            )
            if best is None or rank > best[0]:
                best = rank, block, words
        return (best[1], best[2]) if best else self._match_lines(blocks, title)

    def _match_lines(self, blocks: list[Block], title: str) -> tuple[Block, str] | None:
        """Return the first of at most four blocks that together show *title*."""
        whole = squeeze(title)
        for number, block in enumerate(blocks):
            shown = squeeze(block.text)
            if not whole.startswith(shown) or shown == whole:
                continue
            words = block.text
            for other in blocks[number + 1 : number + 4]:
                if other.element.getparent() is not block.element.getparent():
                    break
                shown += squeeze(other.text)
                words += f" {other.text}"
                if not whole.startswith(shown):
                    break
                if shown == whole or page_words.TITLE_SEPARATOR.match(whole, len(shown)):
                    return block, title if shown == whole else words
        return None

    def _detect_heading_above(self, line: Block, heading: Heading | None) -> Heading | None:
        """Return the block above the labels that looks like a title, if it is a better one."""
        if heading is not None and heading.is_explicit:
            return None
        tree = self.tree
        above = [one for one in tree.list_free_blocks() if one.position < line.position][-4:]
        for block in reversed(above):
            if heading is not None and block.position == heading.block.position:
                return None
            if not self._looks_like_title(block):
                continue
            if heading is not None and not self._is_in_own_box(block, line, heading):
                return None
            return Heading(block=block, title=block.text, is_explicit=False)
        return None

    def _looks_like_title(self, block: Block) -> bool:
        if block.linked or not 2 < len(block.text) < 120 or block.position in self.dates:
            return False
        if page_words.OTHER_LABEL.search(block.text) or block.text.endswith((":", "：")):
            return False
        element = block.element
        return (
            element.tag in HEADING_TAGS
            or any(page_words.TITLE_NAME.search(one.casefold()) for one in list_names(element))
            or next(element.iter("b", "strong", "big"), None) is not None
        )

    def _is_in_own_box(self, block: Block, line: Block, heading: Heading) -> bool:
        """Return whether a box without *heading* has *block*, *line*, and half of the text."""
        tree = self.tree
        for box in tree.list_ancestors(block.element):
            if tree.holds(box, line.element):
                return not tree.holds(box, heading.block.element) and (
                    tree.get_mass(box) >= 0.5 * tree.get_mass(tree.body)
                )
        return False

    def _choose_title(self, heading: Heading | None) -> tuple[str, int]:
        if heading is not None:
            return heading.title, heading.block.line
        if self.facts.titles:
            return self.facts.titles[0], 0
        title, site_name = self.facts.page_title, self.facts.site_name
        ahead = title.removesuffix(site_name).rstrip() if site_name else ""
        if ahead and ahead != title and page_words.TITLE_SEPARATOR.fullmatch(ahead[-1]):
            title = ahead.rstrip(f"{ahead[-1]} ")
        return title, 0

    # -- frame -----------------------------------------------------------------------

    def _mark_frame(self, heading: Heading | None) -> None:
        """Mark what is not the article: menus, footers, steps to other pages, related stories."""
        self._set_masses()
        kept = set[Element]()
        if heading is not None:
            kept = {heading.block.element, *heading.block.element.iterancestors()}
        self._mark_by_name(kept, has_heading=heading is not None)
        for block in self.tree.blocks:
            if not self.tree.is_marked(block.element) and block.element not in kept:
                self._mark_by_words(block, kept)
        self._mark_link_lists(kept)
        self._set_masses()

    def _mark_by_name(self, kept: set[Element], *, has_heading: bool) -> None:
        tree = self.tree
        total = tree.get_mass(tree.body) or 1.0
        for element in tree.elements[1:]:
            if element in kept or tree.is_marked(element) or element is self.base:
                continue
            share = tree.get_mass(element) / total
            names = list_names(element)
            is_frame = (
                (element.tag in page_words.FRAME_TAGS and not self._is_byline_footer(element))
                or (element.get("role") or "").lower() in page_words.FRAME_ROLES
                or not page_words.FRAME_NAMES.isdisjoint(page_words.list_name_parts(names))
                or (element.tag in ("aside", "header") and share < 0.3)
            )
            if (is_frame and (share < 0.6 or has_heading)) or (
                share < 0.4 and page_words.is_likely_frame(names)
            ):
                tree.mark(element)

    def _is_byline_footer(self, element: Element) -> bool:
        """Return whether *element* is a footer of names and dates with the article behind it."""
        return (
            element.tag == "footer"
            and self._is_named_as_byline(element)
            and any(map(self.tree.get_mass, element.itersiblings("*")))
        )

    def _is_named_as_byline(self, element: Element) -> bool:
        parts = page_words.list_name_parts(list_names(element))
        return not parts.isdisjoint(page_words.BYLINE_NAMES)

    def _mark_by_words(self, block: Block, kept: set[Element]) -> None:
        tree = self.tree
        text, width = block.text, block.width
        is_step = width < MAX_BARE_LINE_WIDTH and (
            page_words.STEP.search(text) is not None or is_breadcrumb(block)
        )
        is_imprint = (
            width < 300
            and block.position > self.last_text
            and page_words.IMPRINT.search(text) is not None
        )
        if is_step or is_imprint:
            tree.mark(block.element)
        elif width < 60 and page_words.RELATED_HEADING.search(text):
            behind = list(self._list_related(block, kept))
            is_alone = next(block.element.itersiblings("*"), None) is None
            if behind or is_alone:
                for element in (block.element, *behind):
                    tree.mark(element)

    def _list_related(self, block: Block, kept: set[Element]) -> Iterator[Element]:
        """Yield the elements behind the heading *block* that hold mostly links, or one contact."""
        tree = self.tree
        total = tree.get_mass(tree.body) or 1.0
        is_contact = page_words.CONTACT_HEADING.search(block.text) is not None
        for element in block.element.itersiblings("*"):
            if element in kept or element.tag in HEADING_TAGS:
                return
            length = tree.get_length(element)
            is_links = tree.get_linked(element) > 0.4 * length
            is_note = is_contact and length < 200 and tree.get_mass(element) / total < 0.2
            if not (is_links or is_note):
                return
            yield element

    def _mark_link_lists(self, kept: set[Element]) -> None:
        """Mark lists of nothing but short links, unless paragraphs are their siblings."""
        tree = self.tree
        paragraphs: defaultdict[Element, int] = defaultdict(int)
        for block in tree.blocks:
            if block.element.tag == "p" and self.masses[block.position]:
                paragraphs[block.element.getparent()] += 1
        for element in tree.body.iterdescendants("ul", "ol", "dl", "table", "div"):
            if element in kept or tree.is_marked(element) or element is self.base:
                continue
            length, linked = tree.get_length(element), tree.get_linked(element)
            if not linked or linked <= 0.75 * length or paragraphs[element.getparent()] >= 2:
                continue
            links = sum(1 for _ in element.iter("a"))
            if links >= 2 and length / links < 16 and next(element.iter("img"), None) is None:
                tree.mark(element)

    # -- dates -----------------------------------------------------------------------

    def _list_above_text(self, heading: Heading | None) -> range:
        """Return the positions between *heading*, or the top, and the first paragraph behind it."""
        start = heading.block.position if heading is not None else -1
        elements = self.tree.elements
        texts = (one for one in self._list_texts() if one > start and elements[one].tag != "img")
        return range(start + 1, min(texts, default=len(elements)))

    def _get_dates(self, block: Block) -> list[PrintedDate]:
        return self.dates.get(block.position, [])

    def _list_marked_times(self) -> list[Evidence]:
        """Return the time that is marked as the publication, if all of them name one day.

        Times in the article's own footer count only if there are none elsewhere.
        """
        found: list[tuple[bool, str, Evidence]] = []
        for element in self.tree.body.iter("time", "abbr", "span", "meta", "p", "div"):
            if (kind := get_time_kind(element)) and (words := get_time_words(element)):
                is_framed = self.tree.is_marked(element)
                if is_framed and not self._is_in_own_footer(element):
                    continue
                name = f"{element.tag} {kind}" if kind == "published" else kind
                evidence = Evidence(name=name, words=words, line=get_line(element))
                found.append((is_framed, kind, evidence))
        updated = [one for is_framed, kind, one in found if kind == "updated" and not is_framed]
        for framed in (False, True):
            own = [one for at, kind, one in found if at == framed and kind != "updated"]
            days = {one.words[:10] for one in own}
            self.has_several_days |= len(days) > 1
            if own:
                return [*(own[:1] if len(days) == 1 else ()), *updated[:1]]
        return updated[:1]

    def _is_in_own_footer(self, element: Element) -> bool:
        """Return whether *element* stands in a footer or header of `<article>` or `<main>`."""
        if self.base is None or not self.tree.holds(self.base, element):
            return False
        return any(
            one.tag in ("footer", "header") and self.tree.is_marked(one)
            for one in element.iterancestors()
        )

    def _list_dated_lines(self, heading: Heading | None) -> list[Block]:
        """Return the lines with a label of publication that belong to the article."""
        above = self._list_above_text(heading)
        free = self.tree.list_free_blocks()
        lines = []
        for number, block in enumerate(free):
            if block.is_linked or block.width > MAX_LINE_WIDTH:
                continue
            dates = self._get_dates(block)
            if not any(one.kind == "published" for one in dates) and not self._is_cell_of_label(
                free, number
            ):
                continue
            near = [one.spaced for one in free[number : number + 3] if one.width < 120]
            is_plain = any(normalize_field_name(one.label) in PLAIN_DATE_NAMES for one in dates)
            venue = VENUE_LABEL if is_plain else page_words.EVENT
            if any(venue.search(text) for text in (block.spaced, *near)):
                continue
            around = " ".join(
                one.text for one in free[max(0, number - 2) : number + 3] if one.width < 200
            )
            if block.position >= above.stop and not page_words.OTHER_LABEL.search(around):
                continue
            if not self._is_in_list(block.element, heading):
                lines.append(block)
        return sorted(lines, key=self._rank_line)

    def _rank_line(self, block: Block) -> int:
        """Return 0 for a line that names the publication, 1 for any date, 2 for the writing."""
        dates = [one for one in self.dates[block.position] if one.kind == "published"]
        return min(map(rank_label, dates))

    def _is_cell_of_label(self, free: list[Block], number: int) -> bool:
        """Return whether a block is nothing but a date, and the one before it its label."""
        block = free[number]
        dates = self._get_dates(block)
        if len(dates) != 1 or number == 0 or len(block.text) - len(dates[0].words) > 12:
            return False
        label = free[number - 1].text
        if len(label) > 30:
            return False
        joined = list_dates(f"{label.rstrip(':： ')}: {dates[0].words}", self.facts.language)
        if joined and joined[0].kind == "published":
            self.dates[block.position] = [joined[0]]
            return True
        return False

    def _is_in_list(self, element: Element, heading: Heading | None) -> bool:
        """Return whether *element* stands in an item of a list: a link to another page, and a date.

        Of items without a linked title, only three or more alike make a list.
        """
        tree = self.tree
        for item in (element, *element.iterancestors()):
            parent = item.getparent()
            is_item = item.tag in ("li", "tr", "article") or (
                item.tag == "div" and item.get("class")
            )
            if not is_item or parent is None or parent not in tree.position:
                continue
            if heading is not None and tree.holds(item, heading.block.element):
                return False
            if item.tag in ("li", "article") and self._has_linked_title(item):
                return True
            if self._count_alike(item) >= 3:
                return True
        return False

    def _has_linked_title(self, item: Element) -> bool:
        """Return whether an item of a list has a link that may be the title of another page."""
        if item not in self.linked_titles:
            blocks = (self.tree.block_of.get(one) for one in item.iter("*"))
            self.linked_titles[item] = self.tree.get_linked(item) >= 4 and any(
                block is not None
                and (block.is_linked or (block.linked > 8 and block.position in self.dates))
                for block in blocks
            )
        return self.linked_titles[item]

    def _count_alike(self, item: Element) -> int:
        """Return how many siblings of the name and class of *item* have a link and a date."""
        tree = self.tree
        parent = item.getparent()
        key = (parent, item.tag, item.get("class"))
        if key not in self.siblings:
            self.siblings[key] = sum(
                1
                for one in parent.iterchildren(item.tag)
                if one.get("class") == key[2]
                and tree.get_linked(one)
                and tree.get_sum(self.date_counts, one)
            )
        return self.siblings[key]

    def _list_evidence(
        self, lines: list[Block], heading: Heading | None, *, is_dated: bool
    ) -> list[Evidence]:
        """Return the dates of the labelled line, else a bare date, and the dates of change."""
        found: list[Evidence] = []
        for block in lines[:1]:
            found += self._list_block_evidence(block)
            found += self._list_facts(block)
            self.evidence_positions.add(block.position)
        if not lines and not is_dated and (bare := self._detect_bare_date(heading)):
            found.append(bare)
        if not any(one.name == "updated" for one in found):
            found += self._list_updates(heading)[:1]
        return found

    def _list_block_evidence(self, block: Block) -> list[Evidence]:
        names = {"published": "", "updated": "updated"}
        first: dict[str, Evidence] = {}
        for date in sorted(self.dates[block.position], key=rank_label):
            if date.kind:
                name = names[date.kind] or date.label
                evidence = Evidence(name=name, words=date.words, line=block.line)
                first.setdefault(date.kind, evidence)
        return list(first.values())

    def _list_facts(self, line: Block) -> list[Evidence]:
        """Return author, source and clicks of the blocks about *line*, each once."""
        free = self.tree.list_free_blocks()
        at = next(number for number, one in enumerate(free) if one.position == line.position)
        facts: dict[str, Evidence] = {}
        for block in free[max(0, at - 2) : at + 3]:
            if block.width > MAX_LINE_WIDTH or self.masses[block.position]:
                continue
            behind = next((one.end for one in self._get_dates(block)), 0)
            for words in (block.spaced, block.spaced[behind:]):
                for field in parse_label_line(words, block.line, TABLE):
                    kind = get_label_field(field.name, TABLE)
                    value = FACT_END.split(str(field.value), maxsplit=1)[0].strip()
                    if kind in FACTS and 0 < len(value) <= MAX_FACT_CHARACTERS:
                        fact = Evidence(name=field.name, words=value, line=block.line)
                        facts.setdefault(kind, fact)
        return list(facts.values())

    def _list_updates(self, heading: Heading | None) -> list[Evidence]:
        """Return the dates of change that stand between the heading and the text."""
        if heading is None:
            return []
        above = self._list_above_text(heading)
        return [
            Evidence(name="updated", words=date.words, line=block.line)
            for block in self.tree.list_free_blocks()
            if block.position in above
            for date in self._get_dates(block)
            if date.kind == "updated"
        ]

    def _detect_bare_date(self, heading: Heading | None) -> Evidence | None:
        """Return the only bare date near the heading, unless a word marks it as an update."""
        if heading is None:
            return None
        tree = self.tree
        start = heading.block.position
        above = self._list_above_text(heading)
        box = self._select_box(heading)
        free = tree.list_free_blocks()
        before = [one.position for one in free if one.position < start][-2:]
        found: list[tuple[str, Evidence, bool]] = []
        for block in free:
            if block.position > above.stop:
                break
            is_near = block.position in above or (
                block.position < start
                and (
                    tree.holds(box, block.element)
                    or (block.position in before and has_date_name(block.element))
                )
            )
            if is_near and (date := self._parse_bare_line(block, heading)):
                found.append(date)
                self.evidence_positions.add(block.position)
        pure = [one for one in found if one[2]]
        if len({one[0] for one in found}) > 1:
            found = pure
        return found[0][1] if len({one[0] for one in found}) == 1 else None

    def _parse_bare_line(self, block: Block, heading: Heading) -> tuple[str, Evidence, bool] | None:
        """Return the day of a line that holds little else, and whether it holds nothing else."""
        text = block.spaced
        if block.width > MAX_BARE_LINE_WIDTH or self._is_in_list(block.element, heading):
            return None
        dates = self._get_dates(block)
        time = next(block.element.iter("time"), None)
        if updating := UPDATING.search(text):  # 2 March 2026, updated 5 March 2026
            text = text[: updating.start()]
            ahead = [one for one in dates if one.end <= updating.start()]
            is_ahead = len(ahead) < len(dates) if time is None else self._is_before_update(block)
            dates = ahead if is_ahead else []
        if page_words.TODAY.search(text) or (updating and not dates):
            return None
        if time is not None and get_time_kind(time) == "updated":
            return None
        if time is not None and (words := time.get("datetime")):
            evidence = Evidence(name="time", words=words, line=int(time.sourceline or block.line))
            return words[:10], evidence, True
        if len({one.day for one in dates}) != 1 or dates[0].kind:  # a line with a label was refused
            return None
        date = dates[0]
        before = LINE_MARK.split(text[: date.start])[-1]
        if UNKNOWN_LABEL.search(before) or is_other_date(before, date.words):
            return None
        if page_words.OTHER_DATE_BEHIND.match(text, date.end) or self._is_behind_label(block):
            return None
        rest = f"{text[: date.start]} {text[date.end :]}"
        if len(rest) > 60 or not BARE_LINE.fullmatch(rest):
            return None
        evidence = Evidence(name="date", words=date.words, line=block.line)
        return date.day, evidence, len(rest.strip()) < 3

    def _is_before_update(self, block: Block) -> bool:
        """Return whether the last of several times in a block is marked as that of a change."""
        first, *others = block.element.iter("time")
        kinds = [get_time_kind(one) for one in others]
        return kinds[-1:] == ["updated"] and get_time_kind(first) != "updated"

    def _is_behind_label(self, block: Block) -> bool:
        """Return whether the block before, in the same row or list, labels something else."""
        before = block.element.getprevious()
        if before is None or block.element.tag not in ("td", "dd", "th", "div", "span"):
            return False
        return get_text(before).endswith((":", "："))

    # -- container -------------------------------------------------------------------

    def _select_box(self, heading: Heading | None) -> Element:
        """Return the smallest ancestor of the heading that holds most of the text behind it."""
        tree = self.tree
        if heading is None:
            return tree.body
        start = heading.block.position
        whole = tree.get_mass(tree.body, start)
        for element in tree.list_ancestors(heading.block.element):
            if element is tree.body or not whole:
                break
            if tree.get_mass(element, start) >= MIN_SHARE_OF_BOX * whole:
                return element
        return tree.body

    def _select_container(self, heading: Heading | None) -> Element:
        """Return the element with the article's text: `<article>` or `<main>` if it has most."""
        tree = self.tree
        start = heading.block.position if heading is not None else 0
        base, whole = self.base, tree.get_mass(tree.body, start)
        if base is not None and tree.get_mass(base, start) >= MIN_SHARE_OF_BOX * whole:
            return base
        box = self._select_box(heading)
        if not any(tree.is_marked(element) for element in tree.elements):
            return box
        while (child := self._select_child(box, start)) is not None:
            box = child
        return box

    def _select_child(self, box: Element, start: int) -> Element | None:
        tree = self.tree
        whole = tree.get_mass(box, start)
        if not whole:
            return None
        return next(
            (
                child
                for child in box.iterchildren(*CONTAINER_TAGS)
                if not tree.is_marked(child)
                and tree.get_mass(child, start) >= MIN_SHARE_OF_CHILD * whole
            ),
            None,
        )

    def _list_pictures_ahead(self, heading: Heading | None, container: Element) -> list[Element]:
        """Return the good pictures between the heading and a container below it."""
        if heading is None or self.tree.holds(container, heading.block.element):
            return []
        tree = self.tree
        box = self._select_box(heading)
        inside = {make_picture_key(one.get("src") or "") for one in container.iter("img")}
        return [
            picture
            for picture in box.iter("img")
            if heading.block.position < tree.position[picture] < tree.position[container]
            and is_good_picture(picture)
            and not tree.is_marked(picture)
            and make_picture_key(picture.get("src")) not in inside
        ]

    def _mark_within(self, container: Element, heading: Heading | None) -> bool:
        """Mark what the container holds beside the text; return whether anything is left out."""
        tree = self.tree
        whole = self.base if self.base is not None else tree.body
        is_cut = container is not whole and tree.get_length(container) < tree.get_length(whole)
        above = self._list_above_text(heading)
        is_cut |= any(
            tree.is_marked(element) and tree.holds(container, element) for element in tree.elements
        )
        for block in tree.blocks:
            if not tree.holds(container, block.element) or tree.is_marked(block.element):
                continue
            is_meta = block.position in above and self._is_about_article(block)
            is_line = block.position in self.evidence_positions
            if (is_meta or is_line) and block.element is not container:
                tree.mark(block.element)
                is_cut = True
        if heading is not None and tree.holds(container, heading.block.element) and is_cut:
            self._mark_above(container, heading)
        return is_cut

    def _mark_above(self, container: Element, heading: Heading) -> None:
        """Mark the heading, and all in *container* that stands over it."""
        tree = self.tree
        kept = set(heading.block.element.iterancestors())
        for position in range(tree.position[container] + 1, heading.block.position + 1):
            element = tree.elements[position]
            if element not in kept and not tree.is_marked(element):
                tree.mark(element)

    def _is_about_article(self, block: Block) -> bool:
        """Return whether a short block over the text is a line of dates, labels or names."""
        if block.width > 250 or block.element.tag in HEADING_TAGS | {"table", "td"}:
            return False
        dates = self._get_dates(block)
        if any(one.kind for one in dates) or page_words.OTHER_LABEL.search(block.text):
            return True
        if dates and block.width < 90 and block.element.tag not in ("li", "td"):
            return True
        return self._is_named_as_byline(block.element) or match_kind_line(block.text) is not None

    # -- no article ------------------------------------------------------------------

    def _explain_no_article(self, heading: Heading | None) -> str:
        """Return why a page without a date of its own is no article; "" if it may be one."""
        tree = self.tree
        if self.facts.is_redirect and not tree.blocks:
            return "it only leads to another page"
        free = tree.list_free_blocks()
        words = sum(len(block.text) for block in free)
        links = sum(block.linked for block in free)
        text = tree.get_mass(tree.body)
        items = self._list_items(heading)
        has_text = max((sum(map(tree.get_mass, group)) for group in items), default=0) < 0.5 * text
        is_list = (
            self.has_several_days
            or (bool(items) and links > 0.5 * words)
            or (bool(items) and not has_text and self._are_of_list(items))
            or (links > 0.6 * words and text < 300 and links > 40)
        )
        if is_list:
            return IS_LIST
        all_links = tree.get_linked(tree.body)
        title = self.facts.page_title
        is_named = heading is not None and (
            heading.is_explicit or not title or heading.block.text in title
        )
        if all_links > 40 and (not text or (not is_named and text < 600)):
            return "it has menus, but no text of its own"
        return ""

    def _are_of_list(self, items: list[list[Element]]) -> bool:
        """Return whether *items* are three alike, or have linked titles, or the page has others."""
        return (
            max(map(len, items)) >= 3
            or any(map(self._has_linked_title, (one for group in items for one in group[:3])))
            or self._has_pages()
        )

    def _list_items(self, heading: Heading | None) -> list[list[Element]]:
        """Return the elements with link and date, those alike together."""
        tree = self.tree
        kept = set(heading.block.element.iterancestors()) if heading is not None else set()
        groups: defaultdict[tuple[Element, str, str | None], list[Element]] = defaultdict(list)
        for element in tree.body.iterdescendants(*ITEM_TAGS):
            if element in kept or (tree.is_marked(element) and element.tag != "article"):
                continue
            if not tree.get_linked(element) or tree.get_length(element) > 900:
                continue
            if tree.get_sum(self.date_counts, element) or (
                tree.get_length(element) < 300 and SHORT_DAY.search(get_text(element))
            ):
                groups[element.getparent(), element.tag, element.get("class")].append(element)
        return list(groups.values())

    def _has_pages(self) -> bool:
        """Return whether the page says that it is one of several of a list."""
        if any(page_words.PAGING.search(block.text) for block in self.tree.blocks):
            return True
        return any(
            not page_words.PAGING_NAMES.isdisjoint(page_words.list_name_parts(list_names(one)))
            for one in self.tree.body.iter("div", "nav", "ul")
        )


def is_other_date(before: str, words: str) -> bool:
    """Return whether what is *before* the *words* of a bare date makes it another than ours."""
    spans = page_words.SPAN_WORD.finditer(before)
    return page_words.OTHER_DATE.search(before) is not None or any(
        is_date_like(before[span.end() :] + words) for span in spans
    )


def rank_label(date: PrintedDate) -> int:
    """Return 0 for the label of a publication, 1 for that of any date, 2 for that of the writing."""
    name = normalize_field_name(date.label)
    return 2 if name in WRITING_LABELS else int(name in PLAIN_DATE_NAMES)


def squeeze(text: str) -> str:
    """Return *text* without spaces, the form in which titles are compared."""
    return "".join(text.split())


def is_part_of_title(shown: str, title: str, is_heading: bool) -> bool:
    """Return whether *title* is what a block shows and a site's name, in either order."""
    if title.startswith(shown):
        return page_words.TITLE_SEPARATOR.match(title, len(shown)) is not None
    if not is_heading or len(shown) < 4 or not title.endswith(shown):
        return False
    rest = title[: -len(shown)].rstrip()
    return bool(rest) and page_words.TITLE_SEPARATOR.fullmatch(rest[-1]) is not None


def is_breadcrumb(block: Block) -> bool:
    """Return whether a block is the path of the page within its site."""
    return page_words.BREADCRUMB.search(block.text) is not None and (
        block.linked > 0 or page_words.BREADCRUMB_SIGN.search(block.text) is not None
    )


def is_good_picture(picture: Element) -> bool:
    """Return whether a picture may stand for an article: no logo, icon, code, spacer or stub."""
    source = picture.get("src") or ""
    if not source or is_placeholder(source):
        return False
    for name in ("width", "height"):
        size = (picture.get(name) or "").removesuffix("px")
        if size.isdecimal() and len(size) < 3 and int(size) < 50:
            return False
    return not is_named_as_no_picture(source)


def get_time_kind(element: Element) -> str:
    """Return what an element's marks say its time is: a kind of "published", "updated", or ""."""
    names = [element.get("itemprop"), element.get("class")]
    parent = element.getparent()
    if element.tag == "time" and parent.tag in ("span", "p", "div", "li"):
        names.append(parent.get("class"))
    marks = " ".join(filter(None, names)).casefold()
    if "datepublished" in marks:
        return "datePublished"
    if element.tag in ("span", "p", "div", "meta"):
        return ""
    if element.get("pubdate") is not None or re.search(r"(?<![^\W_])published(?![^\W_])", marks):
        return "published"
    return "updated" if "modified" in marks or "updated" in marks else ""


def get_time_words(element: Element) -> str:
    """Return the words of a marked time."""
    words = element.get("datetime") or element.get("content")
    if not words and element.tag == "abbr":
        words = element.get("title")
    return str(words or get_text(element))


def has_date_name(element: Element) -> bool:
    """Return whether a block, or what is directly in it, is named as a date."""
    return any(
        part in name.casefold()
        for one in (element, *element)
        if isinstance(one.tag, str)
        for name in list_names(one)
        for part in ("date", "time", "datum")
    )
