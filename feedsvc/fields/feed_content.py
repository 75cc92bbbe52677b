"""Whether feeds may have the whole text of an entry, or only a summary."""

from __future__ import annotations

import difflib

from feedsvc.dialects.field_names import normalize_field_name
from feedsvc.fields.draft import EntryDraft
from feedsvc.fields.values import parse_flag, value_to_text

SUMMARY_WORDS = frozenset("summary excerpt partial teaser short".split())
FULL_WORDS = frozenset("full fulltext complete whole all".split())
MIN_SIMILARITY = 0.75  # of a word to one of these, above which it is one of them misspelt


def parse_summary_only(draft: EntryDraft) -> bool:
    """Return whether feeds may have only a summary.

    A value that is not understood means only a summary, and is a problem.
    """
    # all are evaluated, since each may note a problem
    return any(
        [
            _is_summary_chosen(draft),
            _is_flag_set(draft, "excerptonly", meaning=True),
            _is_flag_set(draft, "fulltext", meaning=False),
        ]
    )


def _is_summary_chosen(draft: EntryDraft) -> bool:
    field = draft.fields.get_first("feedcontent")
    if field is None or not isinstance(field.value, str):
        return False
    words = field.value.strip().casefold()
    if words in SUMMARY_WORDS or words in FULL_WORDS:
        return words in SUMMARY_WORDS
    known = (*SUMMARY_WORDS, *FULL_WORDS)
    # some tools have the text itself under this name
    is_text = normalize_field_name(field.name) == "content" and not difflib.get_close_matches(
        words[:20], known, 1, MIN_SIMILARITY
    )
    if not is_text:
        message = f"{value_to_text(field.value)!r} is neither 'full' nor 'summary'"
        remedy = "write one of these; until then, feeds carry only the summary"
        draft.add_problem("feed-content-unknown", message, remedy, field)
    return not is_text


def _is_flag_set(draft: EntryDraft, canonical: str, *, meaning: bool) -> bool:
    """Return whether the flag *canonical* has the value *meaning*, or none that is understood."""
    field = draft.fields.get_first(canonical)
    if field is None:
        return False
    flag = parse_flag(field.value)
    if flag is None:
        message = f"{value_to_text(field.value)!r} is neither true nor false"
        remedy = "write true or false; until then, feeds carry only the summary"
        draft.add_problem("flag-unknown", message, remedy, field)
    return flag is not (not meaning)
