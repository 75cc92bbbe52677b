"""A profile's elements with their values: what a feed gets in addition for one partner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from feedsvc.feeds.profiles.fields import (
    REPEATED,
    FieldValue,
    Subject,
    format_value,
    get_field,
    get_notice_field,
    get_site_field,
)
from feedsvc.feeds.profiles.form import (
    ElementForm,
    FeedFormat,
    Profile,
    list_namespaces,
    resolve_name,
)
from feedsvc.model import Element, Feed, Pairs, Tombstone

GetField = Callable[[str], FieldValue]


def apply_profile(
    feed: Feed, profile: Profile, format_: FeedFormat, values: Mapping[str, str]
) -> Feed:
    """Return *feed* with the elements of *profile*; *values* are those of the partner's table."""
    if format_ == "json":
        return feed
    names = list_namespaces(profile)

    def build(form: ElementForm, get: GetField) -> Iterator[Element]:
        return build_element(form, get, names) if format_ in form.formats else iter(())

    def get_of_site(name: str) -> FieldValue:
        return get_site_field(name, feed.channel, values)

    items = []
    for item in feed.items:
        subject = Subject(item=item, channel=feed.channel, values=values)
        found = [
            element
            for form in profile.item
            for get in _list_getters(form, subject)
            for element in build(form, get)
        ]
        items.append(replace(item, elements=tuple(found)))
    channel = [element for form in profile.channel for element in build(form, get_of_site)]

    def add_elements(notice: Tombstone) -> Tombstone:
        get = partial(get_notice_field, notice=notice, channel=feed.channel, values=values)
        found = [element for form in profile.withdrawn for element in build(form, get)]
        return replace(notice, elements=tuple(found))

    return replace(
        feed,
        items=tuple(items),
        # a partner without a known way to withdraw an entry gets nothing in its place
        notices=tuple(one for one in map(add_elements, feed.notices) if one.elements),
        elements=tuple(channel),
        without=tuple(resolve_name(name, names) for name in profile.without),
        namespaces=_list_used_namespaces(
            (*profile.channel, *profile.item, *profile.withdrawn), names
        ),
    )


def _list_used_namespaces(forms: Iterable[ElementForm], names: Mapping[str, str]) -> Pairs:
    """Return the namespaces by prefix, in order, of the elements and attributes of *forms*."""
    waiting, used = list(forms), set()
    while waiting:
        form = waiting.pop()
        waiting += form.child
        used |= {name.partition(":")[0] for name in (form.name, *form.attributes) if ":" in name}
    return tuple((prefix, names[prefix]) for prefix in sorted(used))


def _list_getters(form: ElementForm, subject: Subject) -> Iterator[GetField]:
    """Yield a function that reads fields; one for each repetition if *form* is repeated."""
    if not form.each:
        yield lambda name: get_field(name, subject)
        return
    list_all, fields = REPEATED[form.each]
    for one in list_all(subject.item):
        yield _make_getter(subject, one, fields)


def _make_getter(subject: Subject, one: object, fields: Mapping[str, Any]) -> GetField:
    def get(name: str) -> FieldValue:
        own = fields.get(name.removeprefix("each.")) if name.startswith("each.") else None
        return own.get(one) if own is not None else get_field(name, subject)

    return get


def build_element(
    form: ElementForm, get: GetField, namespaces: Mapping[str, str]
) -> Iterator[Element]:
    """Yield the element of *form*, nothing if all fields that it would show are empty."""
    if not all(map(get, form.needs)) or any(map(get, form.unless)):
        return
    children = [
        element for child in form.child for element in build_element(child, get, namespaces)
    ]
    attributes = {
        resolve_name(name, namespaces): _fill_in(words, get)
        for name, words in form.attributes.items()
    }
    text = _cut(_fill_in(form.text, get), form.cut)
    shows_something = any(map(get, form.fields)) or bool(children)
    if (form.fields or form.child) and not shows_something:
        return
    yield Element(
        name=resolve_name(form.name, namespaces),
        text=text,
        attributes=tuple((name, value) for name, value in attributes.items() if value),
        children=tuple(children),
    )


def _fill_in(words: str, get: GetField) -> str:
    if not words.startswith("$"):
        return words
    name, _, otherwise = words[1:].partition("|")
    return format_value(get(name)) or otherwise


def _cut(text: str, length: int) -> str:
    """Return *text* with at most *length* characters, cut between words if possible."""
    if not length or len(text) <= length:
        return text
    head = text[: length - 1]
    space = head.rfind(" ")
    return head[: space if space > length // 2 else len(head)].rstrip(" ,;:.") + "…"
