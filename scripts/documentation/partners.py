"""Partners' profiles for the reference: values, elements and rules, from their files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from feedsvc.feeds.profiles import Profile, Rule, parse_profile
from feedsvc.feeds.profiles.form import ElementForm, list_namespaces

FOLDER = Path(__file__).parents[2] / "feedsvc" / "partners"


def read_profiles() -> dict[str, Profile]:
    """Return the profiles that come with feedsvc, by name."""
    return {
        path.stem: parse_profile(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.toml"))
    }


def render_partners() -> str:
    """Return a section for each profile, as Markdown."""
    lines: list[str] = []
    for name, profile in read_profiles().items():
        lines += [f"## {profile.title} {{#{name}}}", "", f"{profile.about}.", ""]
        lines += [f"- Profile: `{name}`"]
        lines += [f"- Formats: {', '.join(profile.formats)}"]
        lines += [f"- Its page: <{profile.page}>, read on {profile.read}", ""]
        lines += [*_list_values(profile), *_list_elements(profile), *_list_rules(profile)]
    return "\n".join(lines)


def _list_values(profile: Profile) -> Iterator[str]:
    if profile.values:
        yield from ("| value in your settings | what |", "| --- | --- |")
    for name, value in profile.values.items():
        required = "; required" if value.required else ""
        yield f"| `{name}` | {_escape(value.about)}{required} |"
    yield ""


def _list_elements(profile: Profile) -> Iterator[str]:
    tables = (("feed", profile.channel), ("entry", profile.item), ("withdrawn", profile.withdrawn))
    found = [(where, form) for where, forms in tables for form in forms]
    if found:
        yield from ("| element | namespace | where | shows |", "| --- | --- | --- | --- |")
    for where, form in found:
        prefix = form.name.partition(":")[0] if ":" in form.name else ""
        namespace = f"`{list_namespaces(profile)[prefix]}`" if prefix else ""
        formats = f", {form.formats[0]} alone" if len(form.formats) == 1 else ""
        shown = ", ".join(f"`{_escape(words)}`" for words in dict.fromkeys(_list_words(form)))
        yield f"| `{form.name}` | {namespace} | {where}{formats} | {shown} |"
    yield ""


def _list_words(form: ElementForm) -> Iterator[str]:
    """Yield what an element shows, and what those within it do."""
    yield from (words for words in (form.text, *form.attributes.values()) if words)
    for child in form.child:
        yield from _list_words(child)


def _list_rules(profile: Profile) -> Iterator[str]:
    yield "| rule | field | an entry that breaks it | stated by |"
    yield "| --- | --- | --- | --- |"
    for rule in profile.rule:
        page = f"[{_get_host(rule)}]({rule.page})"
        yield f"| {_escape(rule.message)} | `{rule.field}` | {_name_effect(rule)} | {page} |"
    yield ""


def _name_effect(rule: Rule) -> str:
    if rule.level == "note":
        return "noted"
    return "left out" if not rule.field.startswith(("feed.", "site.", "set.")) else "the whole feed"


def _get_host(rule: Rule) -> str:
    return rule.page.split("/")[2].removeprefix("www.")


def _escape(text: str) -> str:
    return text.replace("|", "\\|")
