"""Pictures of copied pages get the addresses that a script would have given them.

Pages that load their pictures late write `data-src` and its like beside an empty or a
placeholder `src`, and often the same picture once more in `<noscript>`. Comes in: any HTML.
Goes out: the same with `src` and `srcset` as a reader needs them. Also tells which two
addresses are one picture in two sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import unquote

from feedsvc.content.characters import unescape

IMG = re.compile(
    r"<(img|source)(?=[\s>]|/>|/\s)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>", re.IGNORECASE
)
ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]++)))?")
# What scripts of late loading read, the most exact first (lazysizes, WordPress' plugins, Discuz, …)
LAZY_SOURCES = (
    "data-src data-original data-lazy-src data-original-src data-actualsrc data-lazy data-echo"
    " data-url data-img-url data-orig-src data-hi-res-src data-lazyload data-ks-lazyload"
    " data-ll-src data-cfsrc lazy-src lazysrc zoomfile file original _src"
).split()
LAZY_SRCSETS = ("data-srcset", "data-lazy-srcset", "data-original-set", "data-ll-srcset")
LAZY_NAMES = (*LAZY_SOURCES, *LAZY_SRCSETS)
IS_LAZY = re.compile(rf"[\s\"'](?:{'|'.join(LAZY_NAMES)})\s*=", re.IGNORECASE)
PLACEHOLDER = re.compile(
    r"^(?:data:|about:|javascript:|#|$)|(?:^|[/._-])(?:blank|spacer|pixel|loading|loader|lazy"
    r"(?:load(?:ing)?)?|placeholder|transparent|trans|grey|gray|empty|none|1x1|dot|space)(?:[-_]?"
    r"(?:img|image|gif|\d+(?:x\d+)?))?\.(?:gif|png|jpe?g|svg|webp)(?:$|[?#])",
    re.IGNORECASE,
)
CODE_SPAN = re.compile(r"`[^`]*+`")
NO_SCHEME = r"(?:data|about|javascript|file|blob|cid):|[a-z]:[\\/]"
NO_ADDRESS = re.compile(rf"{NO_SCHEME}|#|$", re.IGNORECASE)
LOST_IN_MARKDOWN = re.compile(
    rf"!\[[^\[\]\n]{{0,500}}\]\([ \t]*<?(?:{NO_SCHEME}|[>)])", re.IGNORECASE
)
CANDIDATE = re.compile(r"[\s,]*+(\S*[^\s,])(?:\s+([\d.]+)([wx]))?\s*(?:,|$)")
NOSCRIPT = re.compile(r"<(/?)noscript\b[^<>]*>", re.IGNORECASE)
BETWEEN = r"(?:\s|</?(?:a|picture|span)\b[^<>]*>)*+"
IMG_AFTER = re.compile(BETWEEN + r"(<img\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+>)", re.IGNORECASE)
MAX_CHARACTERS_BETWEEN = 200  # of tags and space between a picture and its twin in <noscript>
PICTURE_ENDING = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)$", re.IGNORECASE)
NOT_A_PICTURE = re.compile(
    r"(?<![^\W\d_])(?:(?:site|web|top|head(?:er)?|foot(?:er)?|company)?logo|icons?|favicon|blank|spacer|pixel|sprite|avatar|gravatar|qr-?code|ewm"
    r"|erweima|weixin|wechat|loading|placeholder|nopic|notimg|1x1|ogp|seal|share|default|button|btn"
    r"|arrow|emoji|badge)(?![^\W\d_])",
    re.IGNORECASE,
)
SIZE_IN_NAME = re.compile(
    r"(?:[-_](?:\d{2,4}x\d{2,4}|\d{2,4}w|large|medium|small|scaled|thumb(?:nail)?)"
    r"|@[23]x)(?=\.\w+$)",
    re.IGNORECASE,
)


def restore_pictures(html: str) -> str:
    """Return *html* with the own address of every late picture, and no twins in `<noscript>`."""
    if "noscript" in html or "NOSCRIPT" in html:
        html = _open_noscripts(html)
    return IMG.sub(_restore_tag, html) if IS_LAZY.search(html) or "srcset" in html else html


def list_lost_pictures(html: str) -> Iterator[int]:
    """Yield the line, counted from 0, of each picture of restored *html* that has no address."""
    pictures = (match for match in IMG.finditer(html) if match[1].lower() == "img")
    return _list_lines(html, filter(_is_lost, pictures))


def _is_lost(picture: re.Match[str]) -> bool:
    written = parse_attributes(picture[2])
    return not written.get("srcset") and bool(NO_ADDRESS.match(written.get("src", "")))


def list_lost_in_markdown(markdown: str) -> Iterator[int]:
    """Yield the same for Markdown: `![](file:///home/a.png)`, `![](C:\\a.png)`, `![]()`."""
    return _list_lines(markdown, LOST_IN_MARKDOWN.finditer(markdown))


def _list_lines(text: str, matches: Iterable[re.Match[str]]) -> Iterator[int]:
    line = position = 0
    for match in matches:
        line += text.count("\n", position, match.start())
        position = match.start()
        yield line


def drop_code(markdown: str) -> str:
    """Return *markdown* without fenced code and spans of code, line for line."""
    if "`" not in markdown and "~~~" not in markdown:
        return markdown
    lines, fence = markdown.split("\n"), ""
    for number, words in enumerate(lines):
        mark = words.lstrip()[:3]
        if mark in ("```", "~~~") and (not fence or mark == fence):
            fence = "" if fence else mark
        if fence or "`" in words:
            lines[number] = "" if fence else CODE_SPAN.sub("", words)
    return "\n".join(lines)


def parse_attributes(words: str) -> dict[str, str]:
    """Return the attributes of a tag by their names in lower case; of two the first counts."""
    written: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(words):
        written.setdefault(match[1].lower(), unescape(match[match.lastindex or 0]).strip())
    return written


def is_placeholder(address: str) -> bool:
    """Return whether *address* stands in for a picture that comes later, or is none."""
    return PLACEHOLDER.search(address) is not None


def is_named_as_no_picture(address: str) -> bool:
    """Return whether a picture's file is named as a logo, an icon, a code or the like."""
    name = re.split("[?#]", address, maxsplit=1)[0].rsplit("/", 1)[-1]
    return NOT_A_PICTURE.search(name) is not None


def shows_picture(html: str, address: str) -> bool:
    """Return whether sanitized *html* shows the picture of *address*, in any of its sizes."""
    if "<img" not in html:
        return False
    key = make_picture_key(address)
    for match in IMG.finditer(html):
        written = parse_attributes(match[2])
        shown = [
            written.get("src", ""),
            *(one[0] for one in CANDIDATE.findall(written.get("srcset", ""))),
        ]
        if any(make_picture_key(one) == key for one in shown):
            return True
    return False


def make_picture_key(address: str) -> str:
    """Return what the addresses of one picture in all its sizes and schemes have in common."""
    path = address.partition("#")[0]
    bare = path.partition("?")[0]
    path = bare if PICTURE_ENDING.search(bare) else path  # elsewhere the query names the picture
    path = re.sub(r"^(?:https?:)?//[^/]*", "", path, flags=re.IGNORECASE)
    return SIZE_IN_NAME.sub("", unquote(path)).lstrip("./").casefold()


def _restore_tag(match: re.Match[str]) -> str:
    """Return an `<img>` or `<source>` with the address that its script would have given it."""
    words = match[2]
    if not IS_LAZY.search(words) and (match[1].lower() == "source" or " src=" in words.lower()):
        return match[0]
    written = parse_attributes(words)
    changed = dict(written)
    if lazy_set := _get_address(written, LAZY_SRCSETS):
        changed["srcset"] = lazy_set
    if match[1].lower() == "img":
        src = written.get("src", "")
        own = _get_address(written, LAZY_SOURCES)
        if is_placeholder(src) or "lazy" in written.get("class", "").lower():
            largest = _select_largest(changed.get("srcset", ""))
            changed["src"] = own or largest or src
    elif not changed.get("srcset") and (own := _get_address(written, ["data-src"])):
        changed["srcset"] = own
    if changed == written:
        return match[0]
    kept = {name: value for name, value in changed.items() if name not in (*LAZY_NAMES, "/")}
    newlines = "\n" * match[0].count("\n")  # the lines below keep their numbers
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    return f"<{match[1]}{attributes}{newlines}>"


def _get_address(written: dict[str, str], names: Iterable[str]) -> str:
    """Return the first address in the attributes *names*, which is no mark such as `file="1"`."""
    values = (written.get(name, "") for name in names)
    return next(
        (one for one in values if one and not is_placeholder(one) and ("/" in one or "." in one)),
        "",
    )


def _select_largest(srcset: str) -> str:
    """Return the address of the largest candidate of *srcset*."""
    found = [(float(size or 1), url) for url, size, _ in CANDIDATE.findall(srcset)]
    return max(found, key=lambda one: one[0])[1] if found else ""


def _open_noscripts(html: str) -> str:
    """Return *html* whose `<noscript>` pictures stand in place of the late ones beside them."""
    parts: list[str] = []
    position, opened = 0, -1
    for match in NOSCRIPT.finditer(html):
        if not match[1]:
            parts.append(html[position : match.start()] if opened < 0 else "")
            position, opened = match.end(), match.start()
        elif opened >= 0:
            inside = html[position : match.start()]
            position, opened = match.end(), -1
            if picture := IMG.search(inside):
                position += _put_picture(parts, picture[0], html, position)
            parts.append("\n" * inside.count("\n"))
    if opened >= 0:
        position = opened  # never closed: leave it unchanged
    return "".join((*parts, html[position:]))


def _put_picture(parts: list[str], picture: str, html: str, position: int) -> int:
    """Put *picture* in place of the same one at the end of *parts*, or in *html* at *position*.

    Return how many characters of *html* it replaces.
    """
    before = parts[-1] if parts else ""
    start = before.lower().rfind("<img")
    twin = IMG_AFTER.match(before, start) if start >= 0 else None
    is_near = twin is not None and len(before) - twin.end() < MAX_CHARACTERS_BETWEEN
    if twin and is_near and re.fullmatch(BETWEEN, before[twin.end() :]):
        if not _is_same_picture(twin[1], picture):
            parts.append(picture)
        elif not _has_own_address(twin[1]):
            parts[-1] = before[: twin.start(1)] + picture + before[twin.end(1) :]
        return 0
    after = IMG_AFTER.match(html, position)
    if after and _is_same_picture(after[1], picture):
        replaced = html[position : after.start(1)] + picture
        parts.append(replaced if not _has_own_address(after[1]) else html[position : after.end()])
        return after.end() - position
    parts.append(picture)
    return 0


def _parse_tag(tag: str) -> dict[str, str]:
    match = IMG.match(tag)
    return parse_attributes(match[2]) if match else {}


def _has_own_address(tag: str) -> bool:
    written = _parse_tag(tag)
    return not is_placeholder(written.get("src", "")) or _get_address(written, LAZY_NAMES) != ""


def _is_same_picture(late: str, picture: str) -> bool:
    """Return whether *late* has no address of its own, or that of *picture* in some size."""
    if not _has_own_address(late):
        return True
    one, other = (
        make_picture_key(_parse_tag(tag).get("src", ""))
        for tag in (IMG.sub(_restore_tag, late), picture)
    )
    return one == other
