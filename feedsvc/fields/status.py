"""Determines an entry's state from its flags, status, folder and tags.

Only what is certainly public is published: a word that is not understood makes the entry a draft,
and is a problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from feedsvc.dialects.field_names import normalize_field_name
from feedsvc.dialects.types import Field
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.slips import suggest_guarding_name, suggest_main_name
from feedsvc.fields.values import parse_flag, parse_list, value_to_text
from feedsvc.memo import remember_short
from feedsvc.model import State

STATE_BY_STATUS: dict[str, State] = {
    **dict.fromkeys(
        "published publish public live active featured sticky scheduled future final accepted"
        " approved usable done complete completed current released true yes on 1 everyone all"
        # What only documents have that their tool shows to all: proposals (EIP, PEP, BIP)
        # that have come to rest. Their other words are in PROPOSAL_STATUSES.
        " living stagnant lastcall superseded obsolete replaced deprecated implemented provisional"
        " informational meta stable historic deployed"
        " 已发布 發布 发布 已發佈 公开 公開 公開済み 공개 발행 veröffentlicht öffentlich publié publiée"
        " publicado publicada público pubblicato pubblico gepubliceerd publicerad udgivet publisert"
        " opublikowany опубликовано منشور".split(),
        "public",
    ),
    **dict.fromkeys(
        "draft private pending withheld inherit trash autodraft skip internal members paid tiers review"
        " inreview wip embargoed onhold unpublished deleted false no off 0 none nobody"
        " staffonly restricted confidential offline inactive disabled staff subscribers membersonly onlypaid"
        " onlyfree founding passwordprotected privat privé privée privado privada privato privata скрыто"
        " pendiente pendente oculto oculta nascosto caché masqué versteckt ausstehend"
        " 未发布 未發布 未公開 待审核 待審核 审核中 審核中 草稿 下書き 非公開 非公开 私密 비공개 임시저장 entwurf brouillon borrador rascunho bozza черновик".split(),
        "draft",
    ),
    **dict.fromkeys("hidden unlisted".split(), "unlisted"),
    **dict.fromkeys("retracted revoked withdrawn".split(), "retracted"),
}
# Words of proposals that a newsroom says of what is not yet out, or never: only of a file that has
# the number of its proposal are they known to be public, for such tools show all but drafts.
PROPOSAL_STATUSES = frozenset(
    "review proposed idea open closed deferred rejected withdrawn aprilfool!".split()
)
PROPOSAL_NUMBER_FIELDS = frozenset("pep eip erc bip bep caip cip dip sip slip xep rfc".split())
# Names that are also those of the state of a country, a project or a machine, or of the way to a
# place: a word that is not known says nothing of the entry
AMBIGUOUS_NAMES = frozenset(
    "state estado stato статус 状态 狀態 状態 ステータス 상태 الحالة"
    " access audience zugriff accès acceso acesso accesso documentstatus editorialstatus reviewstatus"
    " entrystatus pagestatus moderationstatus publishingstatus newsstatus workflow stage".split()
)
# Who may see a document, besides other meanings of these names
SECRECY_NAMES = frozenset("classification sensitivity confidentiality tlp".split())
SECRET = re.compile(
    r"(?:tlp:(?:tlp:)?(?:red|amber(?:\+strict)?|green)"
    r"|\w+:(?:(?:strictly)?confidential|(?:top)?secret|internal(?:use|only|useonly)?|restricted"
    r"|private|vertraulich|intern|confidentiel|confidencial|riservato|机密|内部|社外秘))"
)
# Hugo's `build`
FLAG_WORDS = {
    "always": True,
    "never": False,
    "none": False,
    "link": False,
    "local": False,
}


class Mark(Struct, frozen=True, kw_only=True):
    """What the flag of a field does to an entry: *state*, where it says *flag*."""

    state: Literal["draft", "unlisted", "noindex"]
    flag: bool
    is_strict: bool = True  # a value that is neither yes nor no holds the entry back


# By the canonical name of a field, whose spellings `dialects/field_names.json` has. What the tool does:
MARKS = {
    "draft": Mark(state="draft", flag=True),  # no page at all; Hugo's `headless`, too
    "public": Mark(state="draft", flag=False),
    # Wagtail, Obsidian's Digital Garden; names that also have addresses, people and places
    "live": Mark(state="draft", flag=False, is_strict=False),
    "withheld": Mark(state="draft", flag=True, is_strict=False),
    # Zola, Grav, Hugo: no page of its own
    "rendered": Mark(state="draft", flag=False, is_strict=False),
    # a page that only those have who know its address; Eleventy may name collections here
    "unlisted": Mark(state="unlisted", flag=True),
    # Hexo's themes; of what to hide in MkDocs
    "hide": Mark(state="unlisted", flag=True, is_strict=False),
    # Hugo, VuePress, Grav: a page that is in no list, or not in the feed
    "listed": Mark(state="unlisted", flag=False, is_strict=False),
    # Jekyll, Hugo, Docusaurus, VuePress: in lists and feeds, not in the sitemap
    "noindex": Mark(state="noindex", flag=True, is_strict=False),
    "indexed": Mark(state="noindex", flag=False, is_strict=False),
}
# codes of problems that make a draft of an entry
HOLDING_CODES = ("status-unknown", "flag-unknown", "field-unknown", "password", "embargo-unread")
STATE_FIELDS = frozenset({*MARKS, "status", "retracted", "password"})
NOINDEX_FIELDS = ("noindex", "indexed", "robots")
# `none` by itself, and not that of `max-image-preview:none`
ROBOTS_WORDS = re.compile(r"\bnoindex\b|(?<![\w:-])(?<!: )none\b", re.IGNORECASE)
# https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag
ROBOTS_DIRECTIVE = re.compile(
    r"\b(nofollow|no(?:archive|cache|snippet|imageindex|translate|sitelinkssearchbox)"
    r"|indexifembedded|max-(?:snippet|video-preview)[ \t]?:[ \t]?-?\d{1,6}"
    r"|max-image-preview[ \t]?:[ \t]?(?:none|standard|large))\b",
    re.IGNORECASE,
)
# Jekyll's and Hexo's folder, Blot's folder and names, Nuxt Content's names; in other languages, in
# brackets, and in capitals before or behind a name that is not
DRAFT_WORD = "draft|entwurf|brouillon|borrador|rascunho|bozza|черновик|草稿|下書き|초안"
DRAFT_PATH = re.compile(
    r"(?:^|/)(?:_?(?:drafts|unpublished|entw(?:ü|u\u0308|ue)rfe|brouillons|borradores|rascunhos|bozze"
    r"|черновики|草稿箱?|下書き|초안)|_?trash|papierkorb|corbeille|回收站|ゴミ箱)/"
    rf"|[\[({{【（](?:{DRAFT_WORD})[\])}}】）][^/]*$|\.draft\.\w+$"
    r"|(?-i:(?:^|/)(?:DRAFT|ENTWURF|BROUILLON)[ _-](?=[^/]*[a-z][^/]*\.)"
    r"|[a-z\d][ _-](?:DRAFT|ENTWURF|BROUILLON)\.\w+$)",
    re.IGNORECASE,
)
DRAFT_TITLE = re.compile(
    rf"^[\[({{【（]\s?(?:{DRAFT_WORD})\s?[\])}}】）]|[\[({{【（]\s?(?:{DRAFT_WORD})\s?[\])}}】）]$",
    re.IGNORECASE,
)
# One of them is in each such name of a file; the pattern alone takes a twenty-fifth of a reading
DRAFT_NAME_WORDS = "draft entw brouillon borrador rascunho bozz черновик 草稿 下書き 초안".split()
PUBLISHED_FLAGS = ("published", "publish")  # dates that some tools have as flags
EMPTY_FLAGS = frozenset({"draft", "private", "hidden"})
EMPTY_FLAG_DIALECTS = ("asciidoc", "rst", "org")  # `:draft:` with nothing behind it is set
PASSWORD_REMEDY = "remove the password if everybody may read the entry"


def parse_state(draft: EntryDraft) -> State:
    """Return the state of the entry: whether it is to be seen, and where."""
    states = {"draft"} if is_draft_path(draft.path) or is_draft_title(draft) else set[str]()
    if note_slips(draft) or is_marked_unpublished(draft):
        states.add("draft")
    if not draft.fields.has_none_of(STATE_FIELDS):
        states |= {parse_mark(draft, name, mark) for name, mark in MARKS.items()}
        states.add(parse_status(draft))
        if has_password(draft):
            states.add("draft")
        if draft.fields.get_first("retracted") and draft.get_flag("retracted") is not False:
            states.add("retracted")
    if draft.parsed.dialect == "nikola" and (tags := draft.fields.get_first("tags")):
        names = {tag.casefold() for tag in parse_list(tags.value)}
        states |= {"draft"} if names & {"draft", "private"} else set()
    order: tuple[State, ...] = ("draft", "retracted", "unlisted")
    return next((state for state in order if state in states), "public")


def is_draft_path(path: str) -> bool:
    """Return whether the name of the file, or of a folder that it is in, says that it is a draft."""
    start = path.rfind("/") + 1
    name = path[start:]
    is_draft = has_any(name.casefold(), DRAFT_NAME_WORDS) and DRAFT_PATH.search(name) is not None
    return is_draft or is_draft_folder(path[:start])


@remember_short(64, 1_000)  # files are read folder by folder
def is_draft_folder(folder: str) -> bool:
    """Return whether the name of *folder*, or of one above it, says that it has drafts."""
    return DRAFT_PATH.search(folder) is not None


def is_draft_title(draft: EntryDraft) -> bool:
    """Return whether the title says that it is that of a draft: `[DRAFT] A new quay`."""
    title = draft.fields.get_first("title")
    words = title.value if title is not None else ""
    if not words or not isinstance(words, str):
        return False
    # few have a bracket at an edge, and the pattern alone takes a hundredth of a reading
    is_bracketed = words[0] in "[({【（" or words[-1] in "])}】）"
    return is_bracketed and DRAFT_TITLE.search(words) is not None


def has_any(text: str, words: Iterable[str]) -> bool:
    """Return whether one of *words* is in *text*; a generator would take twice the time."""
    for word in words:  # noqa: SIM110
        if word in text:
            return True
    return False


def hold_back(draft: EntryDraft, code: str, message: str, remedy: str, field: Field) -> None:
    """Note why the entry is held back."""
    draft.add_problem(code, f"{message}, so the entry is held back", remedy, field)


def note_slips(draft: EntryDraft) -> bool:
    """Return whether a field is near to one that keeps entries back, `drafft`; it is a problem.

    So is one that is near to a usual field which the entry lacks, `tilte`.
    """
    is_draft = False
    for name, field in draft.fields.unknown:
        if not field.value:
            continue
        message = f"{field.name!r} is not a known field"
        if meant := suggest_guarding_name(name):
            hold_back(draft, "field-unknown", message, f"did you mean {meant!r}?", field)
            is_draft = True
        elif (meant := suggest_main_name(name)) and is_probable_slip(draft, field, meant):
            draft.add_problem("field-unknown", message, f"did you mean {meant!r}?", field)
    return is_draft


def is_probable_slip(draft: EntryDraft, field: Field, meant: str) -> bool:
    """Return whether the entry lacks *meant*, for which the value of *field* would be right."""
    canonical = draft.fields.get_canonical(meant)
    if draft.parsed.dialect == "html" or draft.fields.get_first(canonical) is not None:
        return False
    is_date = canonical in ("published", "updated", "expires", "retracted")
    return not is_date or any(map(str.isdigit, value_to_text(field.value)))


def parse_mark(draft: EntryDraft, canonical: str, mark: Mark) -> str:
    """Return the state that the fields for *canonical* give; "" for none."""
    state = ""
    for field in draft.fields.get_all(canonical):
        words = value_to_text(field.value)
        flag = FLAG_WORDS.get(words.casefold(), parse_flag(field.value))
        if flag is None and isinstance(field.value, list) and canonical == "unlisted":
            flag = True
        if flag is mark.flag:
            state = mark.state
        elif flag is None and words and mark.is_strict:
            message = f"{words!r} is neither true nor false"
            hold_back(draft, "flag-unknown", message, "write true or false", field)
            return "draft"
    return state


def is_marked_unpublished(draft: EntryDraft) -> bool:
    """Return whether a field for a date or an address is a flag that says no, or a lone word.

    That is `published: false`, Obsidian's `publish: false`, Eleventy's `permalink: false`, and
    `published: perhaps` beside a date; a lone word without another date is an unreadable one.
    """
    fields = draft.fields
    is_draft = any(parse_flag(field.value) is False for field in fields.get_all("url"))
    for number, field in enumerate(fields.get_all("published")):
        is_draft |= is_unpublished_word(draft, field, is_first=number == 0)
    if draft.parsed.dialect in EMPTY_FLAG_DIALECTS:
        names = (normalize_field_name(one.name) for one in draft.parsed.fields if not one.value)
        is_draft |= not EMPTY_FLAGS.isdisjoint(names)
    return is_draft


def is_unpublished_word(draft: EntryDraft, field: Field, *, is_first: bool) -> bool:
    """Return whether a *field* for the date of publication has a word that holds the entry back."""
    words = value_to_text(field.value)
    if (flag := parse_flag(words)) is not None:
        return not flag
    if any(map(str.isdigit, words)):
        return False
    state = STATE_BY_STATUS.get(normalize_field_name(words))
    if state is not None or is_first or normalize_field_name(field.name) not in PUBLISHED_FLAGS:
        return state not in (None, "public")
    message = f"{words!r} is neither a date nor true or false"
    hold_back(draft, "flag-unknown", message, "write true, false or a date", field)
    return True


def has_password(draft: EntryDraft) -> bool:
    """Return whether the entry requires a password, which feedsvc cannot ask for."""
    for field in draft.fields.get_all("password"):
        if parse_flag(field.value) is not False:
            hold_back(draft, "password", "no page here has a password", PASSWORD_REMEDY, field)
            return True
    return False


def parse_status(draft: EntryDraft) -> State:
    """Return the state that the fields for a status name: the first that is not "public"."""
    for field in draft.fields.get_all("status"):
        for words in parse_list(field.value):
            name, word = normalize_field_name(field.name), normalize_field_name(words)
            if name in SECRECY_NAMES:
                state: State | None = "draft" if SECRET.fullmatch(f"{name}:{word}") else "public"
            else:
                state = get_status_state(draft, word)
            if state is None and name not in AMBIGUOUS_NAMES:
                remedy = "write published, draft, unlisted or retracted"
                hold_back(
                    draft, "status-unknown", f"the status {words!r} is unknown", remedy, field
                )
                return "draft"
            if state is not None and state != "public":
                return state
    return "public"


def get_status_state(draft: EntryDraft, status: str) -> State | None:
    """Return the state that the normalized word *status* names, None for an unknown one."""
    if status in PROPOSAL_STATUSES and any(
        name in PROPOSAL_NUMBER_FIELDS for name, _ in draft.fields.unknown
    ):
        return "public"
    return STATE_BY_STATUS.get(status)


def is_marked_noindex(draft: EntryDraft) -> bool:
    """Return whether the entry asks search engines not to list it."""
    if ROBOTS_WORDS.search(draft.get_words("robots")):
        return True
    return any(parse_mark(draft, name, MARKS[name]) for name in ("noindex", "indexed"))


def parse_robots(draft: EntryDraft) -> tuple[str, ...]:
    """Return the other directives for search engines, such as `nofollow`, each once."""
    words = draft.get_words("robots")
    found = [re.sub(r"[ \t]", "", one).lower() for one in ROBOTS_DIRECTIVE.findall(words)]
    if "none" in words.casefold() and ROBOTS_WORDS.search(words):  # noindex and nofollow
        found.append("nofollow")
    return tuple(dict.fromkeys(found))
