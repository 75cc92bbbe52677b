"""What an entry says about who may see it becomes its state: flags, status, folder and tags.

A word that is not understood is a problem.
"""

from __future__ import annotations

from feedsvc.dialects.field_names import normalize_field_name
from feedsvc.model import State
from feedsvc.reading.draft import EntryDraft
from feedsvc.reading.values import parse_flag, parse_list, value_to_text

STATE_BY_STATUS: dict[str, State] = {
    **dict.fromkeys(
        "published publish public live active featured sticky scheduled future final accepted"
        " approved done complete completed current released 已发布".split(),
        "public",
    ),
    **dict.fromkeys(
        "draft private pending inherit trash autodraft skip internal members paid tiers"
        " 草稿".split(),
        "draft",
    ),
    **dict.fromkeys("hidden unlisted".split(), "unlisted"),
    **dict.fromkeys("retracted revoked".split(), "retracted"),
}
STATE_FIELDS = frozenset({"draft", "status", "retracted", "unlisted"})


def parse_state(draft: EntryDraft) -> State:
    """Return whether the entry is to be seen, and where."""
    if "_drafts" in draft.path.split("/")[:-1] or is_marked_draft(draft):
        return "draft"
    state: State = "public"
    if not draft.fields.has_none_of(STATE_FIELDS):
        state = parse_status(draft)
        if draft.fields.get_first("retracted") and draft.get_flag("retracted") is not False:
            state = "retracted"
        if state == "public" and draft.is_set("unlisted"):
            state = "unlisted"
    if draft.parsed.dialect == "nikola" and (tags := draft.fields.get_first("tags")):
        names = {tag.casefold() for tag in parse_list(tags.value)}
        state = "draft" if names & {"draft", "private"} else state
    return state


def is_marked_draft(draft: EntryDraft) -> bool:
    """Return whether the entry has `draft: true`, a draft flag it cannot read, or `published: false`."""
    for field in draft.fields.get_all("draft"):
        flag = parse_flag(field.value)
        if flag is None:
            words = value_to_text(field.value)
            message = f"{words!r} is neither true nor false"
            draft.add_problem("flag-unknown", message, "kept as a draft", field)
        if flag is not False:
            return True
    return any(
        parse_flag(field.value) is False and value_to_text(field.value) != "0"
        for field in draft.fields.get_all("published")
    )


def parse_status(draft: EntryDraft) -> State:
    """Return the state that the entry's fields for a status name, the first that is not "public"."""
    for field in draft.fields.get_all("status"):
        words = value_to_text(field.value)
        state = STATE_BY_STATUS.get(normalize_field_name(words))
        if state is None and normalize_field_name(field.name) != "state":  # addresses have states
            message = f"the status {words!r} is unknown, so the entry is public"
            remedy = "write draft, unlisted, retracted or published"
            draft.add_problem("status-unknown", message, remedy, field)
        if state is not None and state != "public":
            return state
    return "public"
