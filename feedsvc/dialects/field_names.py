"""One table of names for all dialects: "Release Time", `pubDate` and 发布时间 are one field.

To add a spelling of a field, add a word to `field_names.json`, in which a field has lines of names;
`reading.entry` says what a new field needs. The last lines of "published", from "datecreated", tell
when an entry was written, if nothing tells when it was published. What `fields.status` makes of a
mark of a draft is in its table `MARKS`; "exactid" is what `import` writes for an id that is no URI.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from feedsvc.memo import remember_short

# Canonical field → names, without case, `_`, `-` and spaces; the earlier of two in a file counts.
# Most names of the fields of `labels.LABEL_FIELDS` are also labels that pages print
FIELD_NAMES: dict[str, str] = {
    canonical: " ".join(lines)
    for canonical, lines in json.loads(
        Path(__file__).with_name("field_names.json").read_bytes()
    ).items()
}
WRITING_NAMES = FIELD_NAMES["published"][FIELD_NAMES["published"].index("datecreated") :]
# Names of `release` that are an embargo on a page, too; there, others say when it was published
EMBARGO_NAME = re.compile(
    "embarg|sperrfrist|notfor|notto|hold|nepas|nonpub|nopub|nãopub|zurver|эмбарго|解禁|엠바고"
)
BOOLEAN_WORDS = frozenset({"true", "yes", "on", "false", "no", "off", "0", "1"})
# What flags say
TRUE_WORDS = frozenset(
    "true yes on 1 y t 是 はい 예 ja oui sí si sì sim да так tak evet ano áno igen kyllä ναι כן نعم"
    " có".split()
)
FALSE_WORDS = frozenset(
    "false no off 0 n f nil 否 いいえ 아니오 nein non não нет ні nie nee hayır ne nem ei όχι לא لا"
    " không nej".split()
)
# Containers of fields of the entry: Hugo's params, Zola's extra, …
CONTAINER_FIELDS = frozenset(
    {"params", "extra", "taxonomies", "metadata", "meta", "seo", "fields", "attributes"}
)
DOTTED_CONTAINERS = frozenset(
    {"date", "rss", "feed", "source", "build", "sitemap", "search", "itunes", "podcast"}
)
VOCABULARY_PREFIX = re.compile(
    r"^(?:og|article|dc|dcterms|twitter|parsely|sailthru|news|citation|schema|itemprop|page|jbake)"
    r"[:._-]+(?:date[._])?"
)
IGNORED_CHARACTERS = str.maketrans("", "", "_- \t\u3000")


FieldNameTable = Mapping[str, tuple[str, int]]


@remember_short(8192)
def normalize_field_name(name: str) -> str:
    """Return a field's name in the table's form."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
        name = "".join(one for one in name if unicodedata.category(one) != "Cf")
    name = name.casefold().strip()
    if ":" in name or "." in name or name.startswith(("page-", "jbake-", "citation", "og")):
        bare = VOCABULARY_PREFIX.sub("", name)
        name = bare or name
    return name.translate(IGNORED_CHARACTERS)


@lru_cache(maxsize=16)
def build_field_name_table(more: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> FieldNameTable:
    """Return normalized name → (canonical field, rank); names of *more* go before ours."""
    table: dict[str, tuple[str, int]] = {}
    for canonical, names in FIELD_NAMES.items():
        for rank, name in enumerate(names.split()):
            table[normalize_field_name(name)] = canonical, rank
    for canonical, extra in more:
        canonical = "release" if canonical == "not_before" else canonical
        for rank, name in enumerate(extra):
            table[normalize_field_name(name)] = canonical, rank - len(extra)
    return table


def get_canonical_name(name: str, names: FieldNameTable) -> str:
    """Return the canonical field of *name*, however it is spelt, "" for none."""
    return names.get(normalize_field_name(name), ("", 0))[0]


def get_field_name_table(more: Mapping[str, tuple[str, ...]]) -> FieldNameTable:
    """Return the table with the names that a site's settings add."""
    return build_field_name_table(tuple(sorted(more.items()))) if more else build_field_name_table()
