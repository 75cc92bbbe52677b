"""Values in whatever shape they were written become words, lists, people, flags and numbers."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from feedsvc.dialects.types import Value
from feedsvc.model import Author, Origin

# Only what is HTML: `Vec<T>` and "a < b" are words of a title
INLINE_TAG = re.compile(
    r"<!--.*?-->|</?(?:a|abbr|acronym|b|bdi|bdo|big|br|cite|code|del|dfn|div|em|font|h[1-6]|i|img|ins|kbd|mark|p|q|s|samp"
    r"|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)(?=[\s/>])[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
TRUE_WORDS, FALSE_WORDS = (
    frozenset({"true", "yes", "on", "1", "y", "是"}),
    frozenset({"false", "no", "off", "0", "n", "否"}),
)
TEXT_KEYS = ("rendered", "name", "title", "value", "text", "label", "path", "url", "src", "slug")
NAME_AND_EMAIL = re.compile(r"(?P<name>[^<>()]*?)\s*<(?:mailto:)?(?P<email>[^<>@\s]+@[^<>@\s]+)>$")
OBFUSCATED_EMAIL = re.compile(
    r"(?<=\S)\s*<[^<>@]*\s[\[(]?at[\])]?\s[^<>@]*>$", re.IGNORECASE
)  # Ada <ada at x.example>
EMAIL_AND_NAME = re.compile(r"(?P<email>[^<>()@\s]+@[^<>()@\s]+)\s*\((?P<name>[^()]*)\)$")
NAME_AND_LINK = re.compile(
    r"\[(?P<name>[^\]]*)\]\((?P<uri>[^()\s]+)\)$|(?P<bare>[^<>]+?)\s*<(?P<site>https?://[^<>\s]+)>$"
)
MARKDOWN_LINK = re.compile(r"\[([^\]\n]+)\]\(([^()\s]+)\)")
ANCHOR_HREF = re.compile(r"""<a\s[^>]*href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
NAME_SUFFIX = re.compile(
    r"(?:Jr|Sr|Ph\.?D|M\.?D|MBA|Esq|Inc|Ltd|LLC|II|III|IV|RN|CPA)\.?$", re.IGNORECASE
)
LIST_ITEM = re.compile(r"^\s*[-*]\s+", re.MULTILINE)
HTTP_URL = re.compile(r"https?://\S+$", re.IGNORECASE)


def value_to_text(value: Value) -> str:
    """The words of *value* in one line, whatever its shape."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return ", ".join(filter(None, map(value_to_text, value)))
    return next(
        (words for name in TEXT_KEYS if name in value and (words := value_to_text(value[name]))), ""
    )


def to_plain_text(words: str) -> str:
    """Text of a title: no HTML, no character references, one line."""
    if "<" in words:
        words = INLINE_TAG.sub("", words)
    if "&" in words:
        words = unescape(words)
    return " ".join(words.split())


def parse_flag(value: Value) -> bool | None:
    """Whether *value* says yes or no; None for what is neither."""
    words = value_to_text(value).casefold()
    return True if words in TRUE_WORDS else False if words in FALSE_WORDS else None


def parse_number(value: Value) -> int | None:
    """The count at the start of *value*: `1,398 次` is 1398."""
    match = re.match(r"\s*(\d[\d,. ]{0,15})", value_to_text(value), re.ASCII)
    digits = re.sub(r"\D", "", match[1]) if match else ""
    return int(digits) if digits else None


def parse_list(value: Value, *, spaces: bool = False) -> list[str]:
    """Names that *value* lists: `a; b`, else `a, b`, or with *spaces* `a b`."""
    if isinstance(value, dict):
        one = value_to_text(value)
        return [one] if one else [str(name) for name in value]
    if isinstance(value, list):
        return [
            words
            for one in value
            if (words := to_plain_text(one if isinstance(one, str) else value_to_text(one)))
        ]
    words = value.strip()
    if words.startswith("[") and words.endswith("]"):  # a list that a header has in one line
        words = words[1:-1].replace('"', "").replace("'", "")
    if words.startswith(":") and words.endswith(":") and len(words) > 2:  # Org: `:a:b:`
        return [part for part in words.split(":") if part]
    mark = next((mark for mark in (";", "；", ",", "，", "、", "\n") if mark in words), None)
    parts = words.split(mark) if mark else words.split() if spaces else [words]
    return [line for part in parts if (line := to_plain_text(LIST_ITEM.sub("", part)))]


def parse_authors(value: Value) -> list[Author]:
    """The people that *value* names, in any of the usual shapes."""
    if isinstance(value, list):
        return [
            author
            for one in value
            for author in (parse_authors(one) if isinstance(one, dict) else parse_author(one))
        ]
    if isinstance(value, dict):
        return build_author(value)
    return list(parse_byline(value))


@lru_cache(maxsize=2048)  # a site has few authors and many entries
def parse_byline(words: str) -> tuple[Author, ...]:
    """All people of a byline."""
    if "](" in words:  # [Mara Lind](https://…) (Harbour Wind), [Jon Aske](https://…)
        return tuple(
            Author(name=to_plain_text(name), uri=uri if HTTP_URL.match(uri) else "")
            for name, uri in MARKDOWN_LINK.findall(words)
        )
    return tuple(author for part in split_byline(words) for author in parse_author(part))


def build_author(value: dict[str, Value]) -> list[Author]:
    known = {
        name.casefold(): value_to_text(one)
        for name, one in value.items()
        if isinstance(one, (str, list))
    }
    names = (
        "name",
        "display_name",
        "displayname",
        "title",
        "nickname",
        "username",
        "login",
        "slug",
    )
    name = next((known[key] for key in names if known.get(key)), "")
    email = known.get("email", "") or known.get("mail", "")
    uri = next(
        (
            known[key]
            for key in ("url", "uri", "homepage", "website", "link", "href")
            if known.get(key)
        ),
        "",
    )
    if name or email:
        return [
            Author(
                name=to_plain_text(name or email),
                email=email if "@" in email else "",
                uri=uri if HTTP_URL.match(uri) else "",
            )
        ]
    return [
        author for one in value.values() if isinstance(one, dict) for author in build_author(one)
    ]


def parse_author(value: Value) -> list[Author]:
    """One person: `Name`, `Name <mail>`, `mail (Name)`, `[Name](url)`."""
    words = value_to_text(value).strip(" ,;*_")
    if words.casefold().startswith("by ") and len(words) > 3:
        words = words[3:].strip()
    if words.endswith(">") and len(words) < 200:
        words = OBFUSCATED_EMAIL.sub("", words)
    for pattern in (NAME_AND_EMAIL, EMAIL_AND_NAME):
        if match := pattern.match(words):
            return [
                Author(
                    name=to_plain_text(match["name"].strip("\"' ")) or match["email"],
                    email=match["email"],
                )
            ]
    if match := NAME_AND_LINK.match(words):
        return [
            Author(
                name=to_plain_text(match["name"] or match["bare"] or ""),
                uri=match["uri"] or match["site"],
            )
        ]
    if HTTP_URL.match(
        words
    ):  # Open Graph names people by the address of a profile: no name is there
        return []
    anchor = ANCHOR_HREF.search(words) if "<a" in words else None
    name = to_plain_text(words).removeprefix("mailto:")
    uri = anchor[1] if anchor and HTTP_URL.match(anchor[1]) else ""
    return [Author(name=name, uri=uri)] if name else []


def split_byline(words: str) -> list[str]:
    """The parts of a byline; `Last, First` and `Name, Jr.` stay whole."""
    if LIST_ITEM.match(words):
        return [part for part in LIST_ITEM.split(words) if part.strip()]
    words = words.strip()
    if words.startswith("[") and words.endswith("]") and "](" not in words:
        words = words[1:-1]
    for mark in (";", "；", "、", "\n" if "<" not in words and "," not in words else "\0"):
        if mark in words:
            return words.split(mark)
    if "<" in words and "@" in words:
        return re.split(r"(?<=>)\s*[,\s]\s*|,\s*(?=[^<>,]*<)", words)
    parts = [part.strip() for part in re.split(r",|，", words) if part.strip()]
    if len(parts) == 2 and not any(" " in part for part in parts) and parts[0].isascii():
        return [words]  # Last, First
    joined: list[str] = []
    for part in parts:
        if joined and NAME_SUFFIX.match(part):
            joined[-1] += f", {part}"
        else:
            joined.append(re.sub(r"^(?:and|und|et|y|&)\s+", "", part) if joined else part)
    return [name for part in joined for name in split_name_pair(part)]


def split_name_pair(words: str) -> list[str]:
    """`Jane Doe and John Roe` are two; `Research and Development` is one."""
    halves = re.split(r"\s+(?:and|&)\s+", words)
    whole = len(halves) == 2 and all(
        len(half.split()) in (2, 3) and all(part[0].isupper() for part in half.split())
        for half in halves
    )
    return halves if whole else [words]


def parse_origin(value: Value, url: str = "") -> Origin | None:
    """The publication that *value* names."""
    if isinstance(value, dict):
        known = {name.casefold(): value_to_text(one) for name, one in value.items()}
        title, url = (
            known.get("title") or known.get("name") or "",
            known.get("url") or known.get("link") or url,
        )
    else:
        title = value_to_text(value)
        if match := NAME_AND_LINK.match(title):
            title, url = match["name"] or match["bare"] or "", match["uri"] or match["site"]
        elif HTTP_URL.match(title):
            title, url = "", url or title
    title = to_plain_text(title)
    if not title and HTTP_URL.match(url):
        title = url.split("/")[2]
    return Origin(title=title, url=url if HTTP_URL.match(url) else "") if title else None
