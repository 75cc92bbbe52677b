"""The page of settings: to what is written about each, its type, default and variable are added."""

from __future__ import annotations

import json
import re
from pathlib import Path

from msgspec.structs import fields

from feedsvc.settings import KEYS, SECTIONS, describe_type

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
_ENTRY = re.compile(r"^### (\w+\.\w+)\n\n(.+?)(?=\n+(?:#|\Z))", re.MULTILINE | re.DOTALL)
DEFAULTS = {
    f"{section}.{item.name}": item.default
    for section, kind in SECTIONS.items()
    for item in fields(kind)
}


def add_facts(markdown: str) -> str:
    """Return the page *markdown* with what the code knows of each setting below its words.

    Raise KeyError where the page lacks a setting, or has one that the code does not know.
    """
    written = dict(_ENTRY.findall(markdown))
    if differing := set(written) ^ set(DEFAULTS):
        raise KeyError(
            "docs/reference/settings.md needs a heading '### section.key' with its meaning below,"
            f" for each setting and nothing else: {', '.join(sorted(differing))}"
        )
    return _ENTRY.sub(lambda match: f"{match[0]}\n\n{describe_facts(match[1])}", markdown)


def describe_facts(key: str) -> str:
    """Return type, default and variable of the setting *key* as a list."""
    section, _, name = key.partition(".")
    return "\n".join(
        [
            f"- Value: {_quote_choices(describe_type(KEYS[section][name]))}",
            f"- Default: {write_toml(DEFAULTS[key])}",
            f"- Environment: `FEEDSVC_{key.replace('.', '_').upper()}`",
        ]
    )


def _quote_choices(text: str) -> str:
    """Return *text* with `…` for '…', and "empty" for ''."""
    return re.sub(r"'([^']*)'", lambda match: f"`{match[1]}`" if match[1] else "empty", text)


def write_toml(value: object) -> str:
    """Return *value* as the settings file has it, as code; "none" for an empty text."""
    if value == "":
        return "none"
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return f"`{text}`"
