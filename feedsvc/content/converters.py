"""Small markups become HTML or Markdown: readable, not complete.

Comes in: plain text, WML, AsciiDoc, Org, reStructuredText (where docutils is
not installed). Each converter is a walk over lines in linear time. What it
does not know stays as the author's words; tags are left to the sanitiser.
"""

from __future__ import annotations

import re
from html import escape

from feedsvc.content.summary import WIDE_CHARACTER, drop_spans

# ---- plain text

URL_IN_TEXT = re.compile(r"https?://[^\s<>\"'（）「」『』《》，。；、！？“”]+", re.IGNORECASE)
BLANK_LINES = re.compile(r"\n[ \t\u3000\xa0]*\n\s*")
BULLET = re.compile(r"(?:[-*•·–]|\(?\d{1,3}[.)）、])\s*\S")
SENTENCE_STOPS = tuple('.!?。！？…:：;；"”’」』）)')
MORE_LINE = re.compile(
    r"(?:<!--\s*(?:more|TEASER_END)\b.{0,80}-->|\.\. TEASER_END.{0,80})", re.IGNORECASE
)


def text_to_html(body: str) -> str:
    """Plain text as paragraphs: by blank lines, or by lines where each line is one."""
    blocks = [block for block in BLANK_LINES.split(body.strip("\n")) if block.strip()]
    return "\n".join(_block_to_html(block, alone=len(blocks) == 1) for block in blocks)


def _block_to_html(block: str, *, alone: bool) -> str:
    lines = [stripped for line in block.split("\n") if (stripped := line.strip())]
    if any(MORE_LINE.fullmatch(line) for line in lines):
        return "\n".join(
            "<!--more-->" if MORE_LINE.fullmatch(line) else _paragraph(line) for line in lines
        )
    if any(BULLET.match(line) for line in lines[1:]):
        return f"<p>{'<br>'.join(map(_link_urls, lines))}</p>"
    if _is_hard_wrapped(lines):
        return _paragraph(_join_lines(lines))
    if not alone and max(map(_width, lines)) <= 60:  # verse, an address
        return f"<p>{'<br>'.join(map(_link_urls, lines))}</p>"
    return "\n".join(map(_paragraph, lines))


def _is_hard_wrapped(lines: list[str]) -> bool:
    """Whether lines were broken for width: all but the last about full, most of them amid a sentence."""
    full, ended = (
        [_width(line) for line in lines[:-1]],
        sum(line.endswith(SENTENCE_STOPS) for line in lines[:-1]),
    )
    return (
        bool(full)
        and max(full) <= 100
        and min(full) >= max(full) * 0.6 >= 24
        and ended * 2 < len(full) + 1
    )


def _width(line: str) -> int:
    return len(line) + len(WIDE_CHARACTER.findall(line))


def _join_lines(lines: list[str]) -> str:
    """Lines as one; Chinese and Japanese without a space where they meet."""
    joined = lines[0]
    for line in lines[1:]:
        joined += (
            "" if WIDE_CHARACTER.match(joined[-1]) and WIDE_CHARACTER.match(line) else " "
        ) + line
    return joined


def _paragraph(text: str) -> str:
    return f"<p>{_link_urls(text)}</p>"


def _link_urls(text: str) -> str:
    """*text* escaped, each URL in it a link."""
    parts, position = list[str](), 0
    for match in URL_IN_TEXT.finditer(text):
        address = trim_url(match[0])
        parts.append(escape(text[position : match.start()], quote=False))
        parts.append(f'<a href="{escape(address)}">{escape(address, quote=False)}</a>')
        position = match.start() + len(address)
    return "".join((*parts, escape(text[position:], quote=False)))


def trim_url(text: str) -> str:
    """*text*, a URL in prose, without the punctuation of its sentence; a closing bracket stays if it is opened."""
    address = text.rstrip(".,;:!?)]}*_~")
    return address + ")" if "(" in address and text[len(address) :].startswith(")") else address


# ---- WML (Website Meta Language)

WML_LINE = re.compile(r"^#.*\n?", re.MULTILINE)
WML_VARIABLE = re.compile(r"\$\([^()\n]{0,100}\)")


def wml_to_html(body: str) -> str:
    """The HTML of a WML page: without its directives, definitions, code and variables."""
    for opening, closing in (
        ("<define-tag", "</define-tag>"),
        ("<set-var", ">"),
        ("<:", ":>"),
        ("{#", "#}"),
        ("<protect>", "</protect>"),
    ):
        body = drop_spans(body, opening, closing)
    return WML_VARIABLE.sub("", WML_LINE.sub("", body))


# ---- AsciiDoc

ASCIIDOC_INLINE = re.compile(
    r"`\+?(?P<code>[^`\n]{1,500}?)\+?`"
    r"|(?:link:|(?=https?://|mailto:))(?P<url>[^\s\[\]]{1,500})\[(?P<label>[^\[\]\n]{0,500})\]"
    r"|image::?(?P<image>[^\s\[\]:][^\s\[\]]{0,500})\[(?P<alt>[^\[\]\n]{0,500})\]"
    r"|(?:xref:[^\s\[\]]{1,200}\[|<<[^,<>\n]{1,200},)(?P<cross>[^\[\]<>\n]{1,500})(?:\]|>>)"
    r"|footnote:\w{0,50}\[(?P<note>[^\[\]\n]{0,1000})\]"
    r"|(?<!\w)\*(?P<bold>[^\s*](?:[^*\n]{0,500}[^\s*])?)\*(?!\w)"
    r"|\{(?P<attribute>[\w-]{1,60})\}"
)
BLOCK_DELIMITER = re.compile(r"-{4,}|\.{4,}|`{3,}\w*|\+{4,}")


def asciidoc_to_markdown(body: str) -> str:
    """AsciiDoc as Markdown: headings, lists, emphasis, links, images, code, tables."""
    attributes: dict[str, str] = {}
    lines, fence, language, table, quote = list[str](), "", "", 0, False

    def inline(match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "code":
            return f"`{match['code']}`"
        if kind == "label":
            return f"[{match['label'].rstrip('^').split(',')[0] or match['url']}]({match['url']})"
        if kind == "alt":
            return f"![{match['alt'].split(',')[0]}]({match['image']})"
        if kind == "note":
            return f" ({match['note']})"
        if kind == "bold":
            return f"**{match['bold']}**"
        return match["cross"] if kind == "cross" else attributes.get(match["attribute"], match[0])

    for line in body.split("\n"):
        bare = line.strip()
        if fence:
            closed = bare == fence
            lines.append("```" if closed and fence != "////" else line if fence != "////" else "")
            fence = "" if closed else fence
        elif bare == "////":
            fence = bare
        elif BLOCK_DELIMITER.fullmatch(bare):
            fence = bare.rstrip("abcdefghijklmnopqrstuvwxyz")
            lines += ("", f"```{language or bare[len(fence) :]}")
            language = ""
        elif bare == "|===":
            table = 0 if table else 1
            lines.append("")
        elif table and bare.startswith("|"):
            cells = [ASCIIDOC_INLINE.sub(inline, cell.strip()) for cell in bare[1:].split("|")]
            lines.append(f"| {' | '.join(cells)} |")
            if table == 1:
                lines.append("|---" * len(cells) + "|")
            table = 2
        elif re.fullmatch(r"_{4,}", bare):
            quote = not quote
            lines.append("")
        elif re.fullmatch(r"={4,}|\*{4,}|--|\+|<<<|\[\[.*\]\]", bare):
            lines.append("")
        elif source := re.fullmatch(r"\[(.*)\]", bare):
            words = [word.strip() for word in source[1].split(",")]
            language = (
                re.sub(r"[^\w+#.-]", "", words[1])
                if words[0].startswith("source") and len(words) > 1
                else ""
            )
        elif setting := re.fullmatch(r":([\w-]+):\s*(.*)", bare):
            attributes[setting[1]] = setting[2]
        elif not re.match(r"//|(?:include|ifdef|ifndef|ifeval|endif|toc)::", bare):
            lines.append(
                ("> " if quote else "") + ASCIIDOC_INLINE.sub(inline, _asciidoc_block(line))
            )
    return "\n".join((*lines, "```" if fence and fence != "////" else ""))


def _asciidoc_block(line: str) -> str:
    """The start of *line* as Markdown has it."""
    if heading := re.match(r"(={1,6})\s+(?=\S)", line):
        return f"\n{'#' * len(heading[1])} {line[heading.end() :]}"
    if item := re.match(r"\s*(?:(\*{1,5}|-)|(\.{1,5}))\s+(?=\S)", line):
        mark, depth = ("1.", len(item[2])) if item[2] else ("-", len(item[1]))
        return f"{' ' * 3 * (depth - 1)}{mark} {line[item.end() :]}"
    if title := re.fullmatch(r"\.(\w.*)", line):
        return f"\n*{title[1]}*\n"
    if note := re.match(r"(NOTE|TIP|IMPORTANT|WARNING|CAUTION): ", line):
        return f"**{note[1].capitalize()}:** {line[note.end() :]}"
    if term := re.match(r"(\S.{0,200}?)::(?:\s+|$)", line):
        return f"- **{term[1]}** {line[term.end() :]}"
    if line.strip() == "'''":
        return "\n---\n"
    return line


# ---- Org

ORG_INLINE = re.compile(
    r"\[\[(?:file:)?(?P<target>[^\[\]\n]{1,500})\](?:\[(?P<label>[^\[\]\n]{1,500})\])?\]"
    r"|(?<![\w*/=~+])(?P<mark>[*/=~+])(?P<text>[^\s*/=~+](?:[^*/=~+\n]{0,500}[^\s*/=~+])?)(?P=mark)(?![\w*/=~+])"
)
ORG_MARKS = {"*": "**", "/": "*", "=": "`", "~": "`", "+": "~~"}
IMAGE_SUFFIX = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg)$", re.IGNORECASE)


def org_to_markdown(body: str) -> str:
    """Org as Markdown: headings, lists, emphasis, links, images, code, quotes, tables."""
    lines, block, drawer, row = list[str](), "", False, 0
    for line in body.split("\n"):
        bare = line.strip()
        begin, end = (
            re.match(r"#\+begin_(\w+)\s*([\w+#.-]*)", bare, re.I),
            re.match(r"#\+end_(\w+)", bare, re.I),
        )
        row = row + 1 if bare.startswith("|") and not block else 0
        if begin and not block:
            block = begin[1].lower()
            lines += ("", f"```{begin[2]}" if block in ("src", "example") else "")
        elif end and end[1].lower() == block:
            lines.append("```" if block in ("src", "example") else "")
            block = ""
        elif block in ("src", "example"):
            lines.append(line)
        elif block == "comment" or re.match(r"#(?:\+|\s|$)", bare):
            lines += ("", "<!-- more -->", "") if bare == "# more" else ()
        elif re.fullmatch(r":[\w-]+:", bare):
            drawer = bare.upper() != ":END:"
        elif drawer or re.match(r":[\w-]+:\s", bare):
            continue
        elif row:
            if re.fullmatch(r"\|[-+|]+", bare):
                continue
            lines.append(ORG_INLINE.sub(_org_inline, bare))
            if row == 1:
                lines.append("|---" * (bare.count("|") - 1) + "|")
        elif heading := re.match(r"(\*{1,6})\s+(?:TODO |DONE )?", line):
            text = re.sub(r"\s+:[\w:@]+:\s*$", "", line[heading.end() :])
            lines += ("", f"{'#' * len(heading[1])} {ORG_INLINE.sub(_org_inline, text)}", "")
        else:
            lines.append(("> " if block == "quote" else "") + ORG_INLINE.sub(_org_inline, line))
    return "\n".join((*lines, "```" if block in ("src", "example") else ""))


def _org_inline(match: re.Match[str]) -> str:
    if match["mark"]:
        mark = ORG_MARKS[match["mark"]]
        return f"{mark}{match['text']}{mark}"
    target, label = match["target"], match["label"]
    if IMAGE_SUFFIX.search(target) and not label:
        return f"![](<{target}>)"
    return f"[{label or target}](<{target}>)"


# ---- reStructuredText, where docutils is not installed

RST_INLINE = re.compile(
    r"``(?P<code>[^`\n]{1,500})``"
    r"|`(?P<label>[^`<>\n]{1,500}?)\s*<(?P<url>[^<>\s]{1,500})>`__?"
    r"|:[\w:.+-]{1,80}:`(?P<role>[^`<>\n]{1,500}?)(?:\s*<[^<>`\n]{0,500}>)?`"
    r"|`(?P<title>[^`\n]{1,500})`_{0,2}"
    r"|\|(?P<substitution>[\w][\w -]{0,80})\|_?"
    r"|\[(?P<note>#?\w{0,50}|\*)\]_"
)
RST_UNDERLINE = re.compile(r"([=\-~^\"'#*+.:_])\1{2,}")
RST_DIRECTIVE = re.compile(r"\.\.\s+(?:\|[^|]*\|\s*)?([\w-]+)::\s*(.*)")
CODE_DIRECTIVES = ("code", "code-block", "sourcecode")
SHOWN_DIRECTIVES = ("note", "warning", "tip", "epigraph")


def rst_to_markdown(body: str) -> str:
    """reStructuredText as Markdown: headings, lists, emphasis, links, images, code."""
    source, lines, marks, inside = body.split("\n"), list[str](), list[str](), ""
    for line, below in zip(source, (*source[1:], ""), strict=True):
        bare, under = line.strip(), below.strip()
        if inside and (
            not bare or line[0].isspace()
        ):  # the indented rest of a directive, or of `::`
            if inside == "code" and not re.match(r":[\w-]+:", bare):
                lines.append("    " + re.sub(r"^ {1,3}", "", line))
            continue
        inside = ""
        if directive := RST_DIRECTIVE.match(bare):
            kind, argument = directive.groups()
            image = f"![](<{argument}>)" if kind in ("image", "figure") else ""
            lines += ("", argument if kind in SHOWN_DIRECTIVES else image, "")
            inside = (
                "code" if kind in CODE_DIRECTIVES else "" if kind in SHOWN_DIRECTIVES else "nothing"
            )
        elif re.match(r"\.\.(?:\s|$)", bare):
            inside = "nothing"
            lines += ("", "<!-- more -->", "") if bare == ".. TEASER_END" else ()
        elif (
            bare
            and not line[0].isspace()
            and len(under) > 2
            and RST_UNDERLINE.fullmatch(under)
            and not RST_UNDERLINE.fullmatch(bare)
        ):
            marks += [under[0]] if under[0] not in marks else []
            lines += (
                "",
                f"{'#' * min(6, marks.index(under[0]) + 1)} {RST_INLINE.sub(_rst_inline, bare)}",
                "",
            )
        elif not RST_UNDERLINE.fullmatch(bare) and not re.match(r":[\w -]{1,60}:(?:\s|$)", bare):
            inside = "code" if bare.endswith("::") else ""
            lines += (RST_INLINE.sub(_rst_inline, re.sub("::$", ":", line.rstrip())),)
            lines += [""] if inside else []
    return "\n".join(lines)


def _rst_inline(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "code":
        return f"`{match['code']}`"
    if kind == "url":
        return f"[{match['label']}]({match['url']})"
    return "" if kind in ("substitution", "note") else match[kind or 0]
