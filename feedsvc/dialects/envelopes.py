"""The envelopes of JSON in which content systems export one entry: its fields by our names.

Contentful (`sys` and `fields`), Strapi (`data` and `attributes`), WordPress, IPTC ninjs
(https://iptc.org/std/ninjs/), and the tables that programs write for one date. Only what is
certain: an object of another form stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Table = Mapping[str, Any]
# Contentful's facts of an entry: our names
SYSTEM_FIELDS = {
    "id": "id",
    "locale": "language",
    "firstPublishedAt": "publishedAt",
    "createdAt": "createdAt",
    "updatedAt": "updatedAt",
}
NINJS_NAMES = {"firstCreated": "firstcreated", "versionCreated": "versioncreated"}
NUMBERED_FIELDS = ("author", "categories", "tags", "featured_media", "_embedded")
NINJS_HTML = ("text/html", "application/xhtml+xml")


def unwrap(table: Table) -> Table:
    """Return the fields of the entry that *table* is, without the envelope of its system."""
    system, fields, data = table.get("sys"), table.get("fields"), table.get("data")
    if isinstance(system, dict) and isinstance(fields, dict) and system.get("type") == "Entry":
        return _unwrap_contentful(system, fields)
    if isinstance(data, dict) and table.keys() <= {"data", "meta"}:
        table = data
    if isinstance(table.get("attributes"), dict) and table.keys() <= {"id", "type", "attributes"}:
        return {name: _unwrap_relation(value) for name, value in table["attributes"].items()}
    if "versioncreated" in table or "versionCreated" in table:
        return _rename_ninjs(table)
    content = table.get("content")
    if isinstance(content, dict) and "rendered" in content and "date_gmt" in table:
        return _unwrap_wordpress(table, content)
    return table


def _unwrap_contentful(system: Table, fields: Table) -> Table:
    """Return an entry of Contentful's, in the only language that it has, if that is so."""
    facts = {own: system[name] for name, own in SYSTEM_FIELDS.items() if system.get(name)}
    locales = {tuple(one) if isinstance(one, dict) else () for one in fields.values()}
    if len(locales) == 1 and len(names := locales.pop()) == 1:
        facts["language"] = names[0]
        fields = {name: one[names[0]] for name, one in fields.items()}
    # what its editors see has a version, and was never or is no longer published without another
    if "version" in system and not system.get("publishedVersion"):
        facts["draft"] = "true"
    # a link to another entry is only its number
    own = {name: one for name, one in fields.items() if not _has_link(one)}
    return facts | own


def _has_link(value: object) -> bool:
    if isinstance(value, list):
        return any(map(_has_link, value))
    return isinstance(value, dict) and isinstance(value.get("sys"), dict)


def _unwrap_relation(value: object) -> object:
    """Return what `{"data": {"attributes": …}}` or a list of such refers to."""
    if isinstance(value, list):
        return [_unwrap_relation(one) for one in value]
    if isinstance(value, dict) and "data" in value and value.keys() <= {"data", "meta"}:
        return _unwrap_relation(value["data"])
    if isinstance(value, dict) and isinstance(value.get("attributes"), dict):
        return value["attributes"]
    return value


def _unwrap_wordpress(table: Table, content: Table) -> Table:
    """Return a post of WordPress's REST API, with names in place of the numbers of its terms."""
    own = {name: value for name, value in table.items() if name not in NUMBERED_FIELDS}
    embedded = table.get("_embedded")
    if isinstance(embedded, dict):
        own["authors"] = _list_tables(embedded.get("author"))
        groups = embedded.get("wp:term")
        groups = groups if isinstance(groups, list) else []
        terms = [one for group in groups for one in _list_tables(group)]
        for name, taxonomy in (("categories", "category"), ("tags", "post_tag")):
            own[name] = [one.get("name") for one in terms if one.get("taxonomy") == taxonomy]
    if content.get("protected") is True:
        own["password"] = "true"
    return own


def _rename_ninjs(table: Table) -> Table:
    named = {NINJS_NAMES.get(name, name): value for name, value in table.items()}
    named.setdefault("firstcreated", named["versioncreated"])
    if isinstance(uri := named.pop("uri", None), str):
        named.setdefault("id", uri)
    for one in _list_tables(named.pop("headlines", ())):
        named.setdefault("headline", one.get("value"))
    for one in _list_tables(named.pop("bodies", ())):
        is_html = one.get("contentType") in NINJS_HTML
        named.setdefault("body_html" if is_html else "body_text", one.get("value"))
    return named


def _list_tables(value: object) -> list[Table]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def get_date_words(value: Table) -> str:
    """Return the words of a table that is one date of PHP, MongoDB or Firestore, "" for others."""
    names = value.keys()
    if names == {"date", "timezone_type", "timezone"}:
        return f"{value['date']} {value['timezone']}"
    if names == {"$date"}:
        when = value["$date"]
        return str(when.get("$numberLong", "") if isinstance(when, dict) else when or "")
    for seconds, rest in (("_seconds", "_nanoseconds"), ("seconds", "nanoseconds")):
        if names == {seconds, rest}:
            return str(value[seconds])
    return ""
