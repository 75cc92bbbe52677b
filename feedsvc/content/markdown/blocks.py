"""Lines that site tools add to Markdown: labelled blocks, directives, attributes, imports, math.

One walk over the lines. A labelled block is written as `> ` lines, so that lists, code and other
blocks stand in it; a rule is chosen by the first character of a line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import TypeAlias

from msgspec import Struct

from feedsvc.content.sanitize import CLEAN_CONTENT_TAGS, HTML_TAGS

MAX_DEPTH = 12  # of nested blocks; deeper ones stay text
LABELLED_NAMES = frozenset(
    "note notes tip info information warning warn danger caution important hint attention error"
    " success question faq help failure fail bug example quote abstract summary tldr todo check"
    " done seealso details spoiler secondary admonition callout alert remark definition theorem"
    " proof versionadded versionchanged deprecated dropdown sidebar".split()
)
UNLABELLED_NAMES = frozenset({"admonition", "callout", "sidebar", "dropdown"})
# Containers whose title is no label
LAYOUT_NAMES = frozenset("code-group tab-set grid figure card-group steps raw".split())
DROPPED_DIRECTIVES = frozenset(
    "post postlist toctree contents tableofcontents index meta update".split()
)
CODE_DIRECTIVES = frozenset("code code-block sourcecode code-cell".split())
PICTURE_DIRECTIVES = frozenset({"image", "figure"})
DIRECTIVES = LABELLED_NAMES.union(
    LAYOUT_NAMES, DROPPED_DIRECTIVES, CODE_DIRECTIVES, PICTURE_DIRECTIVES
)

LIST_MARK = r"(?:[-*+]|\d{1,9}[.)])"
FENCE = re.compile(
    rf"(?P<indent>[ \t>]*(?:{LIST_MARK}[ \t]+)?)(?P<fence>`{{3,}}(?=[^`]*$)|~{{3,}})(?P<info>.*)"
)
OPAQUE_ELEMENT = re.compile(r"[ \t]*<(pre|script|style|textarea)\b", re.IGNORECASE)
CODE_TAG = re.compile(r"\s*\{[%{<]+-?\s*(highlight|code|codeblock|verbatim)\b")
CLOSING = re.compile(r"\s*([:`~/])\1\1+\s*$")
COLON_OPENING = re.compile(r"[ \t]*:{3,}[ \t]*(?=[\w{\[])(?P<rest>.*?)[ \t]*$")
DIRECTIVE_NAME = re.compile(r"\{?[ \t]*\.?(?P<name>[\w:-]+)[ \t]*\}?")
DIRECTIVE_OPTION = re.compile(r"[ \t]*:[\w-]+:(?:[ \t]|$)")
PICTURE_ALT = re.compile(r"[ \t]*:alt:[ \t]*(.*)")
TITLE_ATTRIBUTE = re.compile(r"\btitle=(?:\"([^\"]*)\"|'([^']*)')")
BRACKETED_TITLE = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*+\])*+)\](?:\{[^{}]*+\})?$")
TRAILING_ATTRIBUTES = re.compile(r"\{[^{}]*+\}$")
ALERT = re.compile(
    rf"(?P<quote>[ \t]*(?:{LIST_MARK}[ \t]+)?(?:>[ \t]?)+)"
    r"\[!(?P<name>[\w-]+)(?:\|[^\[\]]{0,100})?\][+-]?[ \t]*(?P<title>.*)$"
)
ADMONITION = re.compile(
    r"(?P<indent> *)(?P<mark>!!!|\?\?\?\+?|===[!+]*)(?P<names>(?: +[\w-]+)*+)"
    r'(?: +"(?P<title>[^"]*)")? *$'
)
DOCSIFY_TIP = re.compile(r"([!?])> +(?=\S)")
SLASH_OPENING = re.compile(r" {0,3}/{3,} +(?P<name>[\w-]+)(?: *\| *(?P<title>.*))?$")
SLASH_OPTION = re.compile(r" {4}[\w-]+: ")
ATTRIBUTE_LINE = re.compile(
    r"[ \t>]*(?:\{:(?![:/])[^{}]*+\}|\{::options\b[^{}]*+/\}|\{::nomarkdown\b[^{}]*+\}"
    r"|\{:/(?:nomarkdown|options)?\})[ \t]*$"
)
TOC_ATTRIBUTES = re.compile(r"[ \t]*\{:\.?[^{}]*\btoc\b[^{}]*\}[ \t]*$")
TOC_LINE = re.compile(
    r"[ \t]*(?:@?\[toc(?:[ \t][^\[\]]{0,80})?\](?:\([^()]{0,80}\))?|\[\[_?toc_?\]\])"
    r"[ \t]*(?:\{[^{}]*+\})?$",
    re.IGNORECASE,
)
LIST_LINE = re.compile(rf"[ \t]*{LIST_MARK}[ \t]+\S.{{0,80}}$")
LIST_ITEM = re.compile(rf" {{0,3}}{LIST_MARK}\s")
ABBREVIATION = re.compile(r" {0,3}\*\[[^\[\]]{1,80}\]:[ \t]")
IMPORT = re.compile(
    r"import[ \t]+(?:(?:type[ \t]+)?[\w$*{][^'\"]*[ \t}]from[ \t]*)?(['\"])[^'\"]+\1"
    r"(?:[ \t]+(?:with|assert)[ \t]*\{[^{}]*\})?[ \t]*;?[ \t]*$"
)
IMPORT_OPENING = re.compile(r"import[ \t]+(?:[\w$]+,[ \t]*)?\{[^}'\"]*$")
EXPORT = re.compile(
    r"export[ \t]+(?:(?:const|let|var)[ \t]+[\w${\[][^=]*=|(?:default[ \t]+)?"
    r"(?:async[ \t]+)?function\b[^(]*\(|default[ \t]*[({\[]|default[ \t]+[^;=(]*(?:;|=>|\()|\{"
    r"|\*[ \t]+from|class[ \t]+\w+[^{]*\{|(?:type|interface)[ \t]+\w+[^={]*[={])"
)
COMPONENT_LINE = re.compile(r"[ \t]*(?:</?[A-Z][\w.]*+(?:\s+(?:=>|[^<>])*+)?/?>[ \t]*)+$")
COMPONENT_NAME = re.compile(r"</?([A-Z][\w.]*)")
TAB_LABEL = re.compile(r"[ \t]*<Tab\w*\s.*?\b(?:label|title)=(?:\"([^\"]*)\"|'([^']*)')")
MARKDOWN_IN_HTML = re.compile(r"[ \t]*<[a-z]\w*\b[^<>]*\smarkdown(?:=[^<>]*)?>[ \t]*$")
COMMENT_START = re.compile(r"\s*<!--")
COMMENT_THEN_TEXT = re.compile(r"([ \t]*)(<!--(?:(?!-->).)*+-->)[ \t]*(?!<!--)(?=\S)")
COMMENT_END_THEN_TEXT = re.compile(r"(.*?-->)[ \t]*(?=\S)")
MATH_ENDS = {"$$": "$$", "\\[": "\\]"}
MATH_START = re.compile(r"[ \t]*(\$\$|\\\[|\\begin\{([a-zA-Z]{1,20}\*?)\})")

LineMatch: TypeAlias = re.Match[str]  # of the pattern of a rule, in a whole line


class Block(Struct, frozen=True, kw_only=True):
    """An open block: its closing mark, and the columns of its lines."""

    closing: str  # ":::", "///" or "```", its least; "" for one that ends with its indentation
    indent: int  # column of its `>`
    column: int  # of its lines in the source
    is_quoted: bool


class Directive(Struct, frozen=True, kw_only=True):
    """The opening of a container: its name in lower case, and its argument or title."""

    name: str
    title: str

    @property
    def is_labelled(self) -> bool:
        """Return whether readers are to see a label."""
        return self.name in LABELLED_NAMES or bool(self.title and self.name not in LAYOUT_NAMES)

    @property
    def label(self) -> str:
        """Return the title, else the name as words; "" for names that say nothing."""
        return self.title or ("" if self.name in UNLABELLED_NAMES else make_label(self.name))


def replace_blocks(body: str) -> str:
    """Return *body* with lines that are no common Markdown replaced; spans stay."""
    return BlockReplacer(body).replace()


def make_label(name: str) -> str:
    """Return the name of a block as words: "sea-state" is "Sea state"."""
    return name.replace("-", " ").replace("_", " ").capitalize()


def render_label(words: str) -> str:
    """Return *words*, which may have Markdown, in bold; "" for none."""
    words = words.strip()
    if not words:
        return ""
    return f"<strong>{words}</strong>" if "*" in words else f"**{words}**"


def parse_directive(rest: str) -> Directive | None:
    """Return the directive that *rest* of a line opens: `note Title`, `{note} Title`, `{.note}`."""
    match = DIRECTIVE_NAME.match(rest)
    if not match:
        return None
    tail = rest[match.end() :].strip()
    if rest.startswith("{"):  # MyST; Quarto and Pandoc have all in braces
        inner, closing, tail = rest[1:].partition("}")
        found = TITLE_ATTRIBUTE.search(inner)
        title = tail.strip() if closing else ""
        if found:
            title = found[1] or found[2] or ""
    elif bracketed := BRACKETED_TITLE.match(tail):
        title = bracketed[1]
    else:
        title = TRAILING_ATTRIBUTES.sub("", tail).strip()
    return Directive(name=match["name"].lower().removeprefix("callout-"), title=title)


class BlockReplacer:
    """Takes the lines of a body one by one; *out* is the Markdown so far."""

    def __init__(self, body: str) -> None:
        self.lines = body.split("\n")
        self.defined: frozenset[str] | None = None  # labels of links, when they are needed
        self.position = 0
        self.out: list[str] = []
        self.blocks: list[Block] = []
        self.code_end: re.Pattern[str] | None = None  # of the code that is open
        self.code_depth = 0  # number of blocks around it
        self.quote_depth = 0  # of the line before
        self.has_options = False  # the line before opened a directive or was an option of one
        self.is_after_module = False  # the line before was an import or export

    def replace(self) -> str:
        """Return the body with each line replaced."""
        while self.position < len(self.lines):
            line = self.lines[self.position]
            self.position += 1
            bare = line.strip()
            self._close_by_indentation(line, bare)
            if not (self._add_code(line) or self._apply_rules(line, bare)):
                self._add(line)
            self.quote_depth = count_quotes(line)
        return "\n".join(self.out)

    def _apply_rules(self, line: str, bare: str) -> bool:
        was_after_module, self.is_after_module = self.is_after_module, False
        if self.has_options and DIRECTIVE_OPTION.match(line):
            return True
        if bare:
            self.has_options = False
        if was_after_module and bare.startswith(("import ", "export ")):
            self.is_after_module = True
        for pattern, rule in RULES.get(bare[:1], ()):
            if (match := pattern.match(line)) and rule(self, match):
                return True
        return False

    # -- what goes out

    def _add(self, line: str) -> None:
        """Add *line*, in the quotes of the open blocks."""
        made, column = "", 0
        for block in self.blocks:
            if block.is_quoted:
                made += " " * max(0, block.indent - column) + "> "
                column = block.column
        if made:
            line = made + (line[column:] if not line[:column].strip() else line.lstrip())
            line = line.rstrip()
        self.out.append(line)

    def _add_paragraph(self, line: str) -> None:
        """Add *line* as a paragraph of its own."""
        self._add_gap()
        self._add(line)
        self._add("")

    def _add_gap(self) -> None:
        if self.out and self.out[-1].strip(" >"):
            self._add("")

    def _open(self, block: Block, label: str) -> None:
        """Open *block*; if it is quoted it begins with *label*."""
        self._add_gap()
        self.blocks.append(block)
        if block.is_quoted and label:
            self._add(" " * block.column + render_label(label))
        self._add("")

    def _close_by_indentation(self, line: str, bare: str) -> None:
        indent = len(line) - len(line.lstrip(" "))
        while bare and self.blocks and not self.blocks[-1].closing:
            if indent >= self.blocks[-1].column:
                return
            self.blocks.pop()
            if len(self.blocks) < self.code_depth:
                self.code_end = None
            self._add("")

    # -- code

    def _add_code(self, line: str) -> bool:
        """Add *line* and return True if it is of code, or opens some."""
        if self.code_end:
            if not self.code_end.match(line):
                self._add(line)
                return True
            self.code_end = None
            if match := COMMENT_END_THEN_TEXT.match(line):
                self._add(match[1])
                self._add("")
                line = line[match.end() :]
            self._add(line)
            return True
        if self._is_indented_code(line):
            self._add(line)
            return True
        if end := get_code_end(line):
            self.code_end, self.code_depth = re.compile(end, re.IGNORECASE), len(self.blocks)
            self._add(line)
            return True
        return False

    def _is_indented_code(self, line: str) -> bool:
        if (
            not line.startswith(("    ", "\t"))
            or self.blocks
            or (self.out and self.out[-1].strip())
        ):
            return False
        for above in reversed(self.out[-40:]):
            if above.strip() and not above.startswith(("    ", "\t")):
                return LIST_ITEM.match(above) is None
        return True

    # -- labelled blocks

    def open_colons(self, match: LineMatch) -> bool:
        directive = parse_directive(match["rest"]) if len(self.blocks) < MAX_DEPTH else None
        return directive is not None and self._open_directive(directive, ":::", match.string)

    def open_fence(self, match: LineMatch) -> bool:
        """Open the directive that a code fence with braces is; else code."""
        fence, info = match["fence"], match["info"].strip()
        directive = parse_directive(info) if info.startswith("{") else None
        if directive and len(self.blocks) < MAX_DEPTH and is_directive(directive.name):
            return self._open_directive(directive, fence, match.string)
        language = directive.name if directive and "." not in directive.name else info
        self._open_code(match["indent"] + fence, language, fence)
        return True

    def _open_code(self, opening: str, language: str, fence: str) -> None:
        self._add(opening + language)
        end = rf"[ \t>]*{fence[0]}{{{len(fence)},}}[ \t]*$"
        self.code_end, self.code_depth = re.compile(end), len(self.blocks)

    def _open_directive(self, directive: Directive, closing: str, line: str) -> bool:
        indent = len(line) - len(line.lstrip(" \t"))
        name = directive.name
        if name in DROPPED_DIRECTIVES:
            self._skip_directive(closing)
            return True
        if name in CODE_DIRECTIVES and closing[0] != ":":
            self.position += self._count_options()
            self._open_code(" " * indent + closing, directive.title, closing)
            return True
        is_quoted = directive.is_labelled and name not in PICTURE_DIRECTIVES
        block = Block(closing=closing, indent=indent, column=indent, is_quoted=is_quoted)
        self._open(block, directive.label)
        if name in PICTURE_DIRECTIVES and directive.title:
            options = self.lines[self.position : self.position + self._count_options()]
            alt = next((found[1] for found in map(PICTURE_ALT.match, options) if found), "")
            self._add_paragraph(f"{' ' * indent}![{alt}](<{directive.title}>)")
        self.has_options = True
        return True

    def _count_options(self) -> int:
        """Return how many lines from here on are options of a directive."""
        count = 0
        for line in self.lines[self.position : self.position + 40]:
            if not DIRECTIVE_OPTION.match(line):
                break
            count += 1
        return count

    def _skip_directive(self, closing: str) -> None:
        while self.position < len(self.lines):
            line = self.lines[self.position]
            self.position += 1
            if is_closing(line.strip(), closing):
                return

    def close_block(self, match: LineMatch) -> bool:
        """Close the innermost block that the line closes, and what is open in it."""
        bare = match.string.strip()
        if not any(is_closing(bare, block.closing) for block in self.blocks):
            return False
        while not is_closing(bare, self.blocks.pop().closing):
            pass
        self._add("")
        return True

    def add_alert(self, match: LineMatch) -> bool:
        if match["quote"].count(">") <= self.quote_depth:
            return False
        self._add(match["quote"] + render_label(match["title"] or make_label(match["name"])))
        self._add(LIST_MARK_THEN_QUOTE.sub(blank_mark, match["quote"]).rstrip())
        return True

    def open_admonition(self, match: LineMatch) -> bool:
        if len(self.blocks) >= MAX_DEPTH:
            return False
        names, title, is_tab = match["names"].split(), match["title"], match["mark"][0] == "="
        if not title if is_tab else not names and title is None:
            return False
        column = len(match["indent"]) + 4
        below = self.lines[self.position : self.position + 3]
        if not next(filter(str.strip, below), "").startswith(" " * column):
            return False
        label = title if title is not None else make_label(names[0])
        self._open(Block(closing="", indent=column - 4, column=column, is_quoted=True), label)
        return True

    def add_docsify_tip(self, match: LineMatch) -> bool:
        if self._is_in_paragraph():
            return False
        self._add(f"> {render_label('Important' if match[1] == '!' else 'Tip')}")
        self._add(">")
        self._add(f"> {match.string[match.end() :]}")
        return True

    def open_slashes(self, match: LineMatch) -> bool:
        if len(self.blocks) >= MAX_DEPTH:
            return False
        label = match["title"] or make_label(match["name"])
        self._open(Block(closing="///", indent=0, column=0, is_quoted=True), label)
        while self.position < len(self.lines) and SLASH_OPTION.match(self.lines[self.position]):
            self.position += 1
        return True

    # -- lines that go

    def drop_line(self, _: LineMatch) -> bool:
        return True

    def drop_toc(self, match: LineMatch) -> bool:
        """Drop the mark of a table of contents, unless it is a link that the text defines."""
        if self.defined is None:  # at each of many such lines to search the text would be quadratic
            halves = (other.partition("]:") for other in self.lines if "]:" in other)
            self.defined = frozenset(label + "]" for label, _, _ in halves)
        return match.string.strip() not in self.defined

    def drop_toc_list(self, _: LineMatch) -> bool:
        """Drop the item that kramdown replaces by a table of contents."""
        below = self.lines[self.position] if self.position < len(self.lines) else ""
        if not TOC_ATTRIBUTES.match(below):
            return False
        self.position += 1
        return True

    def drop_module_lines(self, match: LineMatch) -> bool:
        """Drop an import or an export of MDX where a block begins."""
        if self.blocks or (self._is_in_paragraph() and not self.is_after_module):
            return False
        self.is_after_module = True
        depth = count_brackets(match.string)
        while match.re is not IMPORT and self.position < len(self.lines):
            below = self.lines[self.position]
            if depth <= 0 and (not below.strip() or below.startswith(("import ", "export "))):
                break
            depth += count_brackets(below)
            self.position += 1
        return True

    def drop_component(self, match: LineMatch) -> bool:
        """Drop a component that has a line for itself, so that what is in it is Markdown."""
        line = match.string
        # the first is a picture
        if " src=" in line or any(map(is_html, COMPONENT_NAME.findall(line))):
            return False
        self._add("")
        if label := TAB_LABEL.match(line):
            indent = line[: len(line) - len(line.lstrip())]
            self._add_paragraph(indent + render_label(label[1] or label[2]))
        return True

    # -- HTML and math

    def add_tag(self, match: LineMatch) -> bool:
        """Add a tag apart from the Markdown in it."""
        self._add(match.string)
        self._add("")
        return True

    def add_comment(self, match: LineMatch) -> bool:
        """Add a comment apart from the Markdown behind it."""
        line = match.string
        while found := COMMENT_THEN_TEXT.match(line):
            self._add(found[1] + found[2])
            self._add("")
            line = found[1] + line[found.end() :]
        self._add(line)
        return True

    def add_math(self, match: LineMatch) -> bool:
        """Add a formula between lines of its own as HTML, which Markdown leaves alone."""
        line, bare = match.string, match.string.strip()
        closing = MATH_ENDS.get(match[1]) or f"\\end{{{match[2]}}}"
        rows = [bare]
        if closing not in bare[len(match[1]) :]:
            rows += self._list_math_rows(closing)
        if len(rows) == 1 and not bare.endswith(closing):
            return False
        if not rows[-1].endswith(closing) or "".join(rows) in ("$$", "$$$$"):
            return False
        self.position += len(rows) - 1
        indent = line[: len(line) - len(line.lstrip())]
        rows = [shield(row) for row in rows]
        rows[0], rows[-1] = f"<p>{rows[0]}", f"{rows[-1]}</p>" if rows[1:] else f"<p>{rows[0]}</p>"
        self._add_gap()
        for row in rows:
            self._add(indent + row)
        self._add("")
        return True

    def _list_math_rows(self, closing: str) -> list[str]:
        """Return the rows of a formula below its first line; none if it does not end."""
        rows: list[str] = []
        for line in self.lines[self.position : self.position + MAX_MATH_ROWS]:
            if not line.strip():
                break
            rows.append(line.strip())
            if closing in line:
                return rows
        return []

    def _is_in_paragraph(self) -> bool:
        return bool(self.out and self.out[-1].strip())


MAX_MATH_ROWS = 200
LIST_MARK_THEN_QUOTE = re.compile(rf"^([ \t]*)({LIST_MARK})")

# The pattern of a line, and what is made of it: False where it is no line of this rule after all
Rule = tuple[re.Pattern[str], Callable[[BlockReplacer, LineMatch], bool]]
_CLOSING = (CLOSING, BlockReplacer.close_block)
_FENCE = (FENCE, BlockReplacer.open_fence)
_ALERT = (ALERT, BlockReplacer.add_alert)
_ADMONITION = (ADMONITION, BlockReplacer.open_admonition)
_TIP = (DOCSIFY_TIP, BlockReplacer.add_docsify_tip)
_TOC_LIST = (LIST_LINE, BlockReplacer.drop_toc_list)
RULES: dict[str, tuple[Rule, ...]] = {  # by the first character of a line
    ":": (_CLOSING, (COLON_OPENING, BlockReplacer.open_colons)),
    **dict.fromkeys("`~", (_CLOSING, _FENCE)),
    **dict.fromkeys("!?", (_ADMONITION, _TIP)),
    "=": (_ADMONITION,),
    "/": (_CLOSING, (SLASH_OPENING, BlockReplacer.open_slashes)),
    ">": (_ALERT, _FENCE, (ATTRIBUTE_LINE, BlockReplacer.drop_line)),
    "{": ((ATTRIBUTE_LINE, BlockReplacer.drop_line),),
    **dict.fromkeys("[@", ((TOC_LINE, BlockReplacer.drop_toc),)),
    "*": (_TOC_LIST, (ABBREVIATION, BlockReplacer.drop_line), _ALERT, _FENCE),
    **dict.fromkeys("-+0123456789", (_TOC_LIST, _ALERT, _FENCE)),
    "i": tuple((one, BlockReplacer.drop_module_lines) for one in (IMPORT, IMPORT_OPENING)),
    "e": ((EXPORT, BlockReplacer.drop_module_lines),),
    "<": (
        (COMPONENT_LINE, BlockReplacer.drop_component),
        (MARKDOWN_IN_HTML, BlockReplacer.add_tag),
        (COMMENT_START, BlockReplacer.add_comment),
    ),
    **dict.fromkeys("$\\", ((MATH_START, BlockReplacer.add_math),)),
}


def is_directive(name: str) -> bool:
    """Return whether a code fence with *name* in braces is a directive, and not a language."""
    return name in DIRECTIVES or name.startswith(("tab", "grid", "card"))


def is_html(name: str) -> bool:
    """Return whether *name* is that of an HTML element, not of a component."""
    return name.lower() in HTML_TAGS or name.lower() in CLEAN_CONTENT_TAGS


def is_closing(bare: str, closing: str) -> bool:
    """Return whether the line *bare* is as many marks as *closing* has, or more."""
    return closing != "" and bare.startswith(closing) and not bare.strip(closing[0])


def count_quotes(line: str) -> int:
    """Return how many `>` begin *line*."""
    return line[: len(line) - len(line.lstrip("> \t"))].count(">") if ">" in line else 0


def count_brackets(line: str) -> int:
    """Return how many brackets of code *line* opens more than it closes."""
    return sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))


def blank_mark(match: re.Match[str]) -> str:
    """Return spaces for the mark of a list."""
    return match[1] + " " * len(match[2])


def get_code_end(line: str) -> str:
    """Return the pattern of the line that ends the code which *line* opens; "" if it opens none."""
    if "<" in line:
        if (match := OPAQUE_ELEMENT.match(line)) and f"</{match[1].lower()}" not in line.lower():
            return rf".*</{match[1]}"
        if line.lstrip().startswith("<!--") and line.rfind("-->") < line.rfind("<!--"):
            return ".*-->"
    if "{" in line and (match := CODE_TAG.match(line)) and "end" + match[1] not in line:
        return rf".*(?:end|/\s*){match[1]}\b"
    return ""


def shield(formula: str) -> str:
    """Return *formula* as HTML in which no span is a mark of Markdown's extensions."""
    shielded = escape(formula, quote=False).replace("$$", "&#36;&#36;").replace("==", "=&#61;")
    return shielded.replace("{", "&#123;").replace("[[", "[&#91;")
