"""Parses field values of any shape into words, lists, people, flags and numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from feedsvc.content.characters import strip_unseen, unescape
from feedsvc.dialects.field_names import FALSE_WORDS, TRUE_WORDS, normalize_field_name
from feedsvc.dialects.types import Value
from feedsvc.memo import remember_short
from feedsvc.model import Author, Origin
from feedsvc.patterns import compile_lazily

# An element of HTML that is closed, without others of its name in it, or one that has no end:
# "The <video> tag", `Vec<T>` and "a < b" are words of a title
CLOSED_ELEMENT = compile_lazily(
    r"<!--(?:(?!-->|<!--).){0,2000}+-->"
    r"|<(?P<tag>a|abbr|acronym|b|bdi|bdo|big|blockquote|center|cite|code|del|dfn|div|em|font|h[1-6]|i|ins"
    r"|kbd|li|mark|ol|p|q|s|samp|small|span|strike|strong|sub|sup|time|tt|u|ul|var)(?=[\s>])[^<>]*>"
    r"(?P<text>(?:(?!</?(?P=tag)\b).){0,5000}+)</(?P=tag)\s*>"
    r"|<(?:(?:br|wbr|hr)\s*/?|img\s[^<>]*)>",
    re.IGNORECASE | re.DOTALL,
)
MAX_ELEMENT_DEPTH = 8
BLOCK_TAGS = frozenset("blockquote center div h1 h2 h3 h4 h5 h6 li ol p ul".split())
# What exporters write for a character
EXPORTED_REFERENCE = compile_lazily(
    r"&(?:amp|lt|gt|quot|apos|[lr]s?[adq]?quo|[bs]b?dquo|sbquo|[nm]dash|hellip|middot|bull|deg|copy|reg"
    r"|trade|euro|pound|yen|cent|sect|para|times|frac\d\d|sup[123]|iexcl|iquest|ordf|ordm"
    r"|[a-z](?:acute|grave|circ|uml|tilde|cedil|ring|slash|caron)|szlig|aelig|oelig|eth|thorn"
    r"|#0?(?:3[2-9]|4[0-7]|5[89]|63)|#x2[0267]|#(?:1[6-9]\d|[2-9]\d\d|\d{4,6})|#x(?:[a-f][\da-f]|[\da-f]{3,5}));",
    re.IGNORECASE,
)
# Another reference that is part of a word shows that all are meant: "Now&#58; 1 &#43; 1". An
# article on HTML has them for themselves: "Write &#123; and &nbsp;"
OTHER_REFERENCE = (
    rf"(?!{EXPORTED_REFERENCE.pattern})&(?:#\d{{1,7}}|#x[\da-f]{{1,6}}|[a-z]\w{{1,30}});"
)
REFERENCE_IN_WORD = compile_lazily(
    rf"(?<=[^\s`'\"(\[<>&]){OTHER_REFERENCE}|{OTHER_REFERENCE}(?=[^\s`'\")\]<>.,;:!?&])",
    re.IGNORECASE,
)
REFERENCE = compile_lazily(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
HTTP_URL = compile_lazily(r"(?a:https?)://[^\s/]\S*", re.IGNORECASE)
TEXT_KEYS = "rendered name title value text label path url src slug state status".split()
LIST_MARKS = (";", "；", ",", "，", "、", "\n")  # the first that occurs separates a list
LIST_ITEM = compile_lazily(r"^[^\S\n]*+[-*]\s++", re.MULTILINE)

AUTHOR_NAME_KEYS = "name displayname key title nickname username login slug".split()
AUTHOR_URL_KEYS = "url uri homepage website link href".split()
NAME_AND_EMAIL = compile_lazily(
    r"(?P<name>[^<>()]*?)\s*[<(](?:mailto:)?(?P<email>[^<>()@\s]+@[^<>()@\s]+)[>)]$"
)
NAME_BEFORE_EMAIL = compile_lazily(
    r"(?P<name>[^<>()\[\]@]*[^<>()\[\]@\s]) \[?(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)\]?$"
)
EMAIL_AND_NAME = compile_lazily(r"(?P<email>[^<>()@\s]+@[^<>()@\s]+)\s*\((?P<name>[^()]*)\)$")
NAME_AND_LINK = compile_lazily(
    r"\[(?P<name>[^\]]*)\]\((?P<uri>[^()\s]+)\)$|(?P<bare>[^<>]+?)\s*<(?P<site>https?://[^<>\s]+)\s*>$"
)
OBFUSCATED_EMAIL = compile_lazily(  # Ada <ada at x.example>
    r"(?<=\S)\s*<[^<>@]*\s[\[(]?at[\])]?\s[^<>@]*>$", re.IGNORECASE
)
MARKDOWN_LINK = compile_lazily(r"\[([^\[\]\n]+)\]\(([^()\s]+)\)")
ANCHOR_HREF = compile_lazily(r"""<a\s[^<>]*href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
BY_WORDS = compile_lazily(
    r"(?:(?:written|words|text|story|reported) )?by[:：]?\s+(?=\S)", re.IGNORECASE
)
# What somebody is: behind a name and a comma it is nobody else
ROLE = compile_lazily(
    r"(?:[\w-]+ ){0,3}(?:writer|reporter|correspondent|editor(?:-in-chief)?|journalist|columnist"
    r"|contributor|director|manager|engineer|developer|officer|president|founder|professor|secretary"
    r"|spokes(?:man|woman|person)|redakteur(?:in)?|korrespondent(?:in)?)",
    re.IGNORECASE,
)
NOBODY = frozenset({"none", "null", "nil", "n/a"})
NAME_SUFFIX = compile_lazily(
    r"(?:Jr|Sr|Ph\.?D|M\.?D|MBA|Esq|Inc|Ltd|LLC|II|III|IV|RN|CPA)\.?$", re.IGNORECASE
)


# -- words ----------------------------------------------------------------------------


def value_to_text(value: Value) -> str:
    """Return the words of *value* in one line, whatever its shape."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return ", ".join(filter(None, map(value_to_text, value)))
    return next(
        (words for name in TEXT_KEYS if name in value and (words := value_to_text(value[name]))), ""
    )


def to_plain_text(words: str) -> str:
    """Return the text of a title in one line: closed HTML tags are dropped, other `<` stay."""
    if "<" in words:
        for _ in range(MAX_ELEMENT_DEPTH):  # the innermost elements go first
            words, count = CLOSED_ELEMENT.subn(_get_element_text, words)
            if not count:
                break
    if "&" in words:
        if REFERENCE_IN_WORD.search(words):
            words = unescape(words)
        else:
            words = EXPORTED_REFERENCE.sub(lambda match: unescape(match[0]), words)
    words = " ".join(words.split())
    return words if words.isascii() else strip_unseen(words)


def replace_references(words: str) -> str:
    """Return *words* with their characters for references: `;` parts names, not `Zo&euml;`."""
    return REFERENCE.sub(lambda match: unescape(match[0]), words) if "&" in words else words


def _get_element_text(match: re.Match[str]) -> str:
    """Return the text of an element, apart from what is around it if it is no inline element."""
    tag = (match["tag"] or "").lower()
    if tag in BLOCK_TAGS:
        return f" {match['text']} "
    if tag:
        return match["text"]
    return "" if match[0].startswith("<!") else " "


def parse_url(words: str) -> str:
    """Return *words* if all of them are a URL of the web, else ""."""
    return words if HTTP_URL.fullmatch(words) else ""


def list_values(value: Value) -> list[Value]:
    """Return the values of a list; a single value as a list of one."""
    return value if isinstance(value, list) else [value]


def split_parts(value: Value | Mapping[str, Value]) -> dict[str, str]:
    """Return the words of each part of a table by normalized name; {} for no table."""
    table = value if isinstance(value, Mapping) else {}
    return {normalize_field_name(name): value_to_text(part) for name, part in table.items()}


def get_part(parts: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the first of *names* that *parts* has words for, "" for none."""
    return next((parts[name] for name in names if parts.get(name)), "")


def parse_flag(value: Value) -> bool | None:
    """Return whether *value* says yes or no; None for what is neither."""
    words = value_to_text(value).casefold()
    if not words.isascii():
        words = strip_unseen(unicodedata.normalize("NFKC", words))
    if words in TRUE_WORDS:
        return True
    return False if words in FALSE_WORDS else None


def parse_number(value: Value) -> int | None:
    """Return the count at the start of *value*: `1,398 次` is 1398."""
    match = re.match(r"\s*(\d[\d,. ]{0,15})", value_to_text(value), re.ASCII)
    return int(re.sub(r"\D", "", match[1])) if match else None


def parse_list(value: Value, *, spaces: bool = False) -> list[str]:
    """Return the names that *value* lists: `a; b`, else `a, b`, or with *spaces* `a b`."""
    if isinstance(value, dict):
        words = value_to_text(value)
        return list(filter(None, map(to_plain_text, [words] if words else value)))
    if isinstance(value, list):
        parts = [part if isinstance(part, str) else value_to_text(part) for part in value]
        return list(filter(None, map(to_plain_text, parts)))
    words = replace_references(value.strip())
    if words.startswith("[") and words.endswith("]"):  # a list that a header has in one line
        words = words[1:-1].replace('"', "").replace("'", "")
    if words.startswith(":") and words.endswith(":") and len(words) > 2:  # Org: `:a:b:`
        return list(filter(None, map(to_plain_text, words.split(":"))))
    mark = next((mark for mark in LIST_MARKS if mark in words), None)
    parts = words.split(mark) if mark or spaces else [words]
    return list(filter(None, (to_plain_text(LIST_ITEM.sub("", part)) for part in parts)))


# -- people and publications ----------------------------------------------------------


def parse_authors(value: Value) -> tuple[Author, ...]:
    """Return the people that *value* names, in any of the usual shapes."""
    if isinstance(value, str):
        return parse_byline(value)
    if isinstance(value, dict):
        return build_authors(value)
    people = (build_authors(one) if isinstance(one, dict) else parse_author(one) for one in value)
    return tuple(author for some in people for author in some)


@remember_short(2048)  # a site has few authors and many entries
def parse_byline(words: str) -> tuple[Author, ...]:
    """Return all people of a byline."""
    if "](" in words:  # [Mara Lind](https://…) (Harbour Wind), [Jon Aske](https://…)
        return tuple(
            Author(name=to_plain_text(name), uri=parse_url(uri))
            for name, uri in MARKDOWN_LINK.findall(words)
        )
    return tuple(author for part in split_byline(words) for author in parse_author(part))


def build_authors(value: Mapping[str, Value]) -> tuple[Author, ...]:
    """Return the person that a table describes, or those that the tables in it do."""
    parts = split_parts(value)
    email = get_part(parts, ("email", "mail"))
    name = to_plain_text(get_part(parts, AUTHOR_NAME_KEYS)) or email
    if name:
        uri = parse_url(get_part(parts, AUTHOR_URL_KEYS))
        email = email if "@" in email else ""
        return (Author(name=name, email=email, uri=uri),)
    return tuple(
        author
        for part in value.values()
        if isinstance(part, dict)
        for author in build_authors(part)
    )


def parse_author(value: Value) -> tuple[Author, ...]:
    """Return the person of `Name`, `Name <mail>`, `mail (Name)` or `[Name](url)`, or nobody."""
    words = value_to_text(value).strip(" ,;*_")
    if match := BY_WORDS.match(words):
        words = words[match.end() :]
    if words.casefold() in NOBODY or not any(map(str.isalnum, words)):
        return ()
    if words.endswith(">") and len(words) < 200:
        words = OBFUSCATED_EMAIL.sub("", words)
    if match := (
        NAME_AND_EMAIL.match(words) or EMAIL_AND_NAME.match(words) or NAME_BEFORE_EMAIL.match(words)
    ):
        name = to_plain_text(match["name"].strip("\"' ")) or match["email"]
        return (Author(name=name, email=match["email"]),)
    if match := NAME_AND_LINK.match(words):
        name = to_plain_text(match["name"] or match["bare"] or "")
        return (Author(name=name, uri=parse_url(match["uri"] or match["site"])),)
    if HTTP_URL.fullmatch(words):  # Open Graph has the address of a profile in place of a name
        return ()
    anchor = ANCHOR_HREF.search(words) if "<a" in words else None
    name = to_plain_text(words).removeprefix("mailto:")
    return (Author(name=name, uri=parse_url(anchor[1]) if anchor else ""),) if name else ()


def split_byline(words: str) -> list[str]:
    """Return the parts of a byline; `Last, First` and `Name, Jr.` stay whole."""
    if LIST_ITEM.match(words):
        return [part for part in LIST_ITEM.split(words) if part.strip()]
    words = replace_references(words.strip())
    if words.startswith("[") and words.endswith("]") and "](" not in words:
        words = words[1:-1]
    for mark in (";", "；", "、", "\n" if "<" not in words and "," not in words else "\0"):
        if mark in words:
            return words.split(mark)
    if "<" in words and "@" in words:
        return re.split(r"(?<=>)\s*[,\s]\s*|,\s*+(?=[^<>,]*+<)", words)
    parts = [part.strip() for part in re.split(r",|，", words) if part.strip()]
    if len(parts) == 2 and not any(" " in part for part in parts) and parts[0].isascii():
        return [words]  # Last, First
    joined: list[str] = []
    for part in parts:
        if joined and ROLE.fullmatch(part):
            continue
        if joined and NAME_SUFFIX.match(part):
            joined[-1] += f", {part}"
        else:
            joined.append(re.sub(r"^(?:and|und|et|y|&)\s+", "", part) if joined else part)
    return [name for part in joined for name in split_name_pair(part)]


def split_name_pair(words: str) -> list[str]:
    """Return two names of `Jane Doe and John Roe`, but one of `Research and Development`."""
    halves = re.split(
        r"(?<!\s)\s+(?:and|&|und|et|en|och|og|ja|y|e|i|и|та|і|ve|/|\||·|•|\+|with)\s+", words
    )
    whole = len(halves) == 2 and all(
        len(half.split()) in (2, 3) and all(part[0].isupper() for part in half.split())
        for half in halves
    )
    return halves if whole else [words]


def parse_origin(value: Value, url: str = "") -> Origin | None:
    """Return the publication that *value* names; *url* is its address if *value* has none."""
    if isinstance(value, dict):
        parts = split_parts(value)
        title = get_part(parts, ("title", "name"))
        url = get_part(parts, ("url", "link")) or url
    else:
        title = value_to_text(value)
        if match := NAME_AND_LINK.match(title):
            title, url = match["name"] or match["bare"] or "", match["uri"] or match["site"]
        elif HTTP_URL.fullmatch(title):
            title, url = "", url or title
    title, url = to_plain_text(title), parse_url(url)
    if not title and url:
        title = url.split("/")[2]
    return Origin(title=title, url=url) if title else None
