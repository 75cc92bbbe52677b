"""The URL of the license that an entry names: by URL, by SPDX identifier, or in usual words."""

from __future__ import annotations

import re

from feedsvc.dialects.types import Value
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.values import get_part, split_parts, value_to_text

CREATIVE_COMMONS = "https://creativecommons.org/"
ADDRESS = re.compile(r"(?a:https?)://[^\s<>\"'()\[\]]{3,500}", re.IGNORECASE)
CC_KINDS = frozenset("by by-sa by-nc by-nd by-nc-sa by-nc-nd".split())
CC_LICENSE = re.compile(
    r"(?:cc|creative commons)[ -](?P<kind>by(?:[ -](?:nc|nd|sa)){0,2})[ -]"
    r"(?P<version>[1-4]\.[0-9])"
    r"(?:[ -](?:(?P<country>[a-z]{2}|igo)|international|unported|generic))?(?: licen[sc]e)?"
)
CC_ZERO = re.compile(r"(?:cc|creative commons)[ -]?(?:0|zero)(?:[ -]1\.0)?(?: universal)?")
# Others that texts, pictures and data have, as SPDX spells them
SPDX_NAMES = {
    name.casefold(): name
    for name in (
        "0BSD AGPL-3.0-only AGPL-3.0-or-later Apache-2.0 BSD-2-Clause BSD-3-Clause CDLA-Permissive-1.0"
        " CDLA-Permissive-2.0 CDLA-Sharing-1.0 DL-DE-BY-2.0 DL-DE-ZERO-2.0 FSFAP GFDL-1.1-only"
        " GFDL-1.1-or-later GFDL-1.2-only GFDL-1.2-or-later GFDL-1.3-only GFDL-1.3-or-later"
        " GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later ISC LAL-1.2 LAL-1.3 MIT MIT-0"
        " MPL-2.0 NLOD-1.0 NLOD-2.0 OGC-1.0 ODC-By-1.0 ODbL-1.0 OGL-Canada-2.0 OGL-UK-1.0 OGL-UK-2.0"
        " OGL-UK-3.0 PDDL-1.0 Unlicense WTFPL etalab-2.0"
    ).split()
}


def parse_license(draft: EntryDraft) -> str:
    """Return the URL of the license, "" if none is certain.

    A field for rights counts if it is only the name of a Creative Commons license, or has its
    address; a field for the license also with any other address.
    """
    field = draft.fields.get_first("license")
    if field is not None and (url := resolve_license(field.value)):
        return url
    field = draft.fields.get_first("rights")
    url = resolve_license(field.value) if field is not None else ""
    return url if "creativecommons.org/" in url else ""


def resolve_license(value: Value) -> str:
    """Return the URL that *value* has or stands for, "" for neither."""
    if isinstance(value, dict):
        parts = split_parts(value)
        value = get_part(parts, ("url", "link", "href", "id", "spdx", "name", "title"))
    words = value_to_text(value)
    if found := ADDRESS.search(words):
        return found[0].rstrip(".,;")
    name = " ".join(words.casefold().split())
    if CC_ZERO.fullmatch(name):
        return f"{CREATIVE_COMMONS}publicdomain/zero/1.0/"
    if match := CC_LICENSE.fullmatch(name):
        kind = match["kind"].replace(" ", "-")
        country = f"{match['country']}/" if match["country"] else ""
        is_one = kind in CC_KINDS
        return f"{CREATIVE_COMMONS}licenses/{kind}/{match['version']}/{country}" if is_one else ""
    spdx = SPDX_NAMES.get(re.sub(r" licen[sc]e$", "", name))
    return f"https://spdx.org/licenses/{spdx}.html" if spdx else ""
