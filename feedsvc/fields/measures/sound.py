"""How long a sound or video file plays, by its header. The only importer of tinytag."""

from __future__ import annotations

from typing import Any

from feedsvc.fields.measures.bounded import BoundedFile

# Types whose headers tinytag knows; the pages of Ogg are skipped only once its tags are read
SOUND_TYPES = frozenset(
    "audio/mpeg audio/mp4 audio/ogg audio/flac audio/wav video/mp4 video/ogg"
    " video/quicktime".split()
)
PAGED_TYPES = ("audio/ogg", "video/ogg")
MAX_SECONDS = 7 * 86_400  # a file that claims more is damaged


def is_sound(media_type: str) -> bool:
    """Return whether the header of a file of *media_type* says how long it plays."""
    return media_type in SOUND_TYPES


def measure_sound(file: BoundedFile, media_type: str) -> int:
    """Return the whole seconds that *file* plays, 0 if its header does not have them."""
    from tinytag import TinyTag, TinyTagException  # takes 10 ms, and most entries have no sound

    source: Any = file
    try:
        tag = TinyTag.get(file_obj=source, tags=media_type in PAGED_TYPES)
    except (TinyTagException, OSError):  # no such file, a damaged one, or more than a header
        return 0
    seconds = tag.duration or 0.0
    return max(1, round(seconds)) if 0 < seconds <= MAX_SECONDS else 0
