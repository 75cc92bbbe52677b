"""The marks that make an entry a draft, and what replaces them.

Only marks of an unfinished text are removed. Fields that say who may read it ("private",
"members", a password) are no draft marks, and unknown ones are left to the author.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from msgspec import Struct

from feedsvc.dialects.field_names import normalize_field_name
from feedsvc.dialects.types import Field
from feedsvc.errors import EntryError
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.status import (
    EMPTY_FLAG_DIALECTS,
    EMPTY_FLAGS,
    get_status_state,
    is_draft_path,
    is_draft_title,
)
from feedsvc.fields.values import parse_flag, parse_list, value_to_text
from feedsvc.model import Problem

PUBLISHED_BY_STATUS = {  # the word for "draft": that for "published" in the same language
    **dict.fromkeys(
        "draft pending autodraft review inreview wip unpublished onhold".split(), "published"
    ),
    "草稿": "已发布",
    "下書き": "公開",
    "임시저장": "발행",
    "entwurf": "veröffentlicht",
    "brouillon": "publié",
    "borrador": "publicado",
    "rascunho": "publicado",
    "bozza": "pubblicato",
    "черновик": "опубликовано",
}
PAIRS: tuple[tuple[str, str], ...] = (
    ("true", "false"),
    ("yes", "no"),
    ("on", "off"),
    ("1", "0"),
    ("y", "n"),
    ("t", "f"),
)
WORD_PAIRS = (
    "是 否 はい いいえ 예 아니오 ja nein oui non sí no sim não да нет так ні tak nie".split()
)
PAIRS += tuple(zip(WORD_PAIRS[::2], WORD_PAIRS[1::2], strict=True))
OPPOSITES = {one: other for pair in PAIRS[::-1] for one, other in (pair, pair[::-1])}
DRAFT_FLAGS = frozenset(
    "draft isdraft unpublished hugodraft exporthugodraft wip brouillon entwurf borrador rascunho"
    " bozza черновик чернетка 下書き 草稿 초안".split()
)
UNFINISHED_TAG = "draft"  # Nikola's


class NotPublishedError(EntryError):
    """Why a file stays as it is; not a problem of the file, which may be intended."""

    def __init__(
        self, message: str, remedy: str, field: Field | None = None, *, line: int | None = None
    ) -> None:
        name, line = (field.name, field.line) if field is not None else (None, line)
        super().__init__("not-published", message, remedy, field=name, line=line)

    @classmethod
    def of(cls, problem: Problem) -> NotPublishedError:
        """Return the error for a file that has *problem*."""
        return cls(problem.message, problem.remedy, line=problem.line)


class Mark(Struct, frozen=True, kw_only=True):
    """A field that makes a draft, its words, and *new* ones that do not; None removes the field."""

    field: Field
    words: str
    new: str | None


def get_mark(draft: EntryDraft) -> Mark:
    """Return the first mark of *draft*; raise `NotPublishedError` if none can be removed."""
    mark = next(_list_marks(draft), None)
    if mark is None and is_draft_path(draft.path):
        message = "its folder or its name makes it a draft"
        raise NotPublishedError(message, "move it to another folder, or rename it")
    if mark is None and is_draft_title(draft):
        raise NotPublishedError("its title says that it is a draft", "take that out of the title")
    if mark is None:
        raise NotPublishedError("it is not clear what makes it a draft", "see `feedsvc explain`")
    return mark


def _list_marks(draft: EntryDraft) -> Iterator[Mark]:
    yield from _list_flags(draft)
    yield from _list_statuses(draft)
    yield from _list_empty_flags(draft)
    for canonical, what in (("rendered", "page"), ("url", "address")):
        for field in draft.fields.get_all(canonical):
            if parse_flag(field.value) is False:
                _refuse(field, f"says that it has no {what}")
    if draft.parsed.dialect == "nikola":
        yield from _list_tags(draft)


def _list_flags(draft: EntryDraft) -> Iterator[Mark]:
    for canonical in ("draft", "withheld", "public", "live", "published"):
        flag = canonical in ("draft", "withheld")
        for field in draft.fields.get_all(canonical):
            name = normalize_field_name(field.name.rpartition(".")[2])  # without the TOML table
            if parse_flag(field.value) is not flag:
                continue
            if flag and name not in DRAFT_FLAGS:
                _refuse(field, "is not a draft mark")
            yield _make_flag_mark(field)


def _make_flag_mark(field: Field) -> Mark:
    words = value_to_text(field.value)
    new = OPPOSITES.get(words.casefold())
    if new is None:
        _refuse(field, "cannot be reversed")
    if words.isupper() and len(words) > 1:
        new = new.upper()
    elif words[:1].isupper():
        new = new.capitalize()
    return Mark(field=field, words=words, new=new)


def _list_statuses(draft: EntryDraft) -> Iterator[Mark]:
    for field in draft.fields.get_all("status"):
        for words in parse_list(field.value):
            word = normalize_field_name(words)
            if get_status_state(draft, word) != "draft":
                continue
            new = PUBLISHED_BY_STATUS.get(word)
            if new is None and parse_flag(words) is False:
                new = OPPOSITES[words.casefold()]
            if new is None:
                _refuse(field, "says who may read it, and is not a draft mark")
            yield Mark(
                field=field,
                words=words,
                new=new if words[:1].islower() or not words.isascii() else new.capitalize(),
            )


def _list_empty_flags(draft: EntryDraft) -> Iterator[Mark]:
    """Yield the marks that consist of a field name alone: `:draft:`."""
    if draft.parsed.dialect in EMPTY_FLAG_DIALECTS:
        for field in draft.parsed.fields:
            if not field.value and normalize_field_name(field.name) in EMPTY_FLAGS:
                if normalize_field_name(field.name) not in DRAFT_FLAGS:
                    _refuse(field, "is not a draft mark")
                yield Mark(field=field, words="", new=None)


def _list_tags(draft: EntryDraft) -> Iterator[Mark]:
    field = draft.fields.get_first("tags")
    tags = parse_list(field.value) if field is not None else []
    if field is None or not {"draft", "private"} & {tag.casefold() for tag in tags}:
        return
    if any(tag.casefold() == "private" for tag in tags):
        _refuse(field, "has the tag 'private', which is not a draft mark")
    kept = ", ".join(tag for tag in tags if tag.casefold() != UNFINISHED_TAG)
    yield Mark(field=field, words=value_to_text(field.value), new=kept or None)


def _refuse(field: Field, reason: str) -> NoReturn:
    message = f"{f'{field.name}: {value_to_text(field.value)}'.strip(': ')!r} {reason}"
    remedy = "change it yourself if everybody may read it"
    raise NotPublishedError(message, remedy, field)
