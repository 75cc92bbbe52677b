"""The fields of an entry as template tags name them: `page.title`, `.Params.lead`."""

from __future__ import annotations

import re

from feedsvc.dialects.field_names import (
    CONTAINER_FIELDS,
    get_canonical_name,
    get_field_name_table,
    normalize_field_name,
)
from feedsvc.dialects.types import Value
from feedsvc.fields.draft import EntryDraft

# What site tools call the page itself, and a table of its own fields
PAGE_PREFIX = re.compile(
    r"\$?(?:frontmatter|page|post|article|entry|data|self|this)\."
    r"(?:(?:data|meta|extra|params|frontmatter)\.)?"
    r"|\.(?:Page\.)?(?:Params\.)?",
    re.IGNORECASE,
)
# Shown as the tool formats dates, which is not known
DATE_NAMES = frozenset({"published", "updated", "release", "expires", "retracted"})


def get_template_field(draft: EntryDraft, expression: str) -> str | None:
    """Return the words of the field that *expression* names, and note that the body shows them.

    None for a field that the entry does not have, and for what is more than words.
    """
    prefix = PAGE_PREFIX.match(expression)
    name, *keys = expression[prefix.end() if prefix else 0 :].split(".")
    if get_canonical_name(name, get_field_name_table(draft.settings.fields)) in DATE_NAMES:
        return None
    value: Value = get_own_value(draft, normalize_field_name(name))
    for key in keys:
        value = value.get(key, "") if isinstance(value, dict) else ""
    if not isinstance(value, str) or not value.strip():
        return None
    draft.variables[expression] = value.strip()
    return value.strip()


def get_own_value(draft: EntryDraft, wanted: str) -> Value:
    """Return the value of the field of exactly this name in the nearest layer, "" for none."""
    for layer in (draft.parsed.fields, *draft.inherited.layers):
        for field in layer:
            name = normalize_field_name(field.name)
            if name == wanted:
                return field.value
            if name in CONTAINER_FIELDS and isinstance(field.value, dict):  # Hugo's `params`
                for inner, value in field.value.items():
                    if normalize_field_name(inner) == wanted:
                        return value
    return ""
