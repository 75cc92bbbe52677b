"""Pictures of the settings that are missing, and what podcast directories would refuse there.

Comes in: `[podcasts.NAME]` and the pictures' files. Goes out: problems of the settings. The rules
are Apple's, which most directories follow:
https://podcasters.apple.com/support/823-podcast-requirements.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator

from feedsvc.commands.reports import FileReport
from feedsvc.fields.measures import measure_file
from feedsvc.file_kinds import get_media_type
from feedsvc.model import Problem
from feedsvc.settings import Settings
from feedsvc.site.channels import get_image_file
from feedsvc.site.podcasts import Podcast, read_podcasts, split_category

# https://podcasters.apple.com/support/1691-apple-podcasts-categories
CATEGORIES = (
    *("Arts", "Business", "Comedy", "Education", "Fiction", "Government", "Health & Fitness"),
    *("History", "Kids & Family", "Leisure", "Music", "News", "Religion & Spirituality"),
    *("Science", "Society & Culture", "Sports", "TV & Film", "Technology", "True Crime"),
)
MIN_PIXELS, MAX_PIXELS = 1_400, 3_000
ARTWORK_TYPES = ("image/jpeg", "image/png")


def check_settings(settings: Settings, *, has_episodes: bool) -> Iterator[FileReport]:
    """Yield a report on the settings for a missing picture or a show that would be refused.

    *has_episodes*: entries have fields of episodes, which only a show uses.
    """
    problems = list(check_image(settings))
    for name, podcast in read_podcasts(settings).items():
        problems += list_problems(name, podcast, settings)
    if has_episodes and not settings.podcasts:
        message = "entries are episodes of a podcast, but no [podcasts.NAME] says of which"
        remedy = "add the table, with `listing`, `category`, `explicit` and `image`"
        problems.append(
            Problem(code="podcast-incomplete", message=message, remedy=remedy, field="podcasts")
        )
    if problems:
        path = os.path.relpath(settings.base / "feedsvc.toml", settings.entries)
        yield FileReport(path=path, state="settings", problems=tuple(problems))


def check_image(settings: Settings) -> Iterator[Problem]:
    """Yield the problem of a picture of the site that is no picture of the entries folder."""
    path = get_image_file(settings, settings.site.image)
    if path and not (
        get_media_type(path).startswith("image/") and (settings.entries / path).is_file()
    ):
        remedy = "put it there, or correct `image` in [site]"
        yield Problem(
            code="asset-missing",
            message=f"the picture of all feeds, {path!r}, is no picture in the entries folder",
            remedy=remedy,
            field="site.image",
        )


def list_problems(name: str, podcast: Podcast, settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with the show *name*."""

    def note(key: str, message: str, remedy: str) -> Problem:
        return Problem(
            code="podcast-incomplete",
            message=message,
            remedy=remedy,
            field=f"podcasts.{name}.{key}",
        )

    if podcast.explicit is None:
        message = "podcast directories refuse a show that does not say whether it is explicit"
        yield note("explicit", message, "write `explicit = false`, or true")
    written = [podcast.category] if isinstance(podcast.category, str) else podcast.category
    categories = [names[0] for words in written if (names := split_category(words))]
    if not categories:
        message = "podcast directories refuse a show without a category"
        yield note("category", message, 'write `category = "News"`, or another of Apple\'s')
    for category in categories:
        if category not in CATEGORIES:
            close = difflib.get_close_matches(category, CATEGORIES, n=1)
            remedy = f"did you mean {close[0]!r}?" if close else f"use {', '.join(CATEGORIES)}"
            yield note("category", f"{category!r} is not one of Apple's categories", remedy)
    if message := describe_artwork(podcast.image or settings.site.image, settings):
        remedy = f"use a square JPEG or PNG of {MIN_PIXELS:,} to {MAX_PIXELS:,} pixels"
        yield note("image", message, remedy)


def describe_artwork(image: str, settings: Settings) -> str:
    """Return what is wrong with the artwork, "" for nothing, and for a file on another site."""
    if not image:
        return "podcast directories refuse a show without a picture"
    path = get_image_file(settings, image)
    if not path:
        return ""
    if not (settings.entries / path).is_file():
        return f"the picture {path!r} is not there"
    media_type = get_media_type(path)
    if media_type not in ARTWORK_TYPES:
        return f"the picture {path!r} is neither JPEG nor PNG"
    size = measure_file(settings.entries, path, media_type)
    if not size.is_known:
        return f"the picture {path!r} cannot be read"
    if size.width != size.height or not MIN_PIXELS <= size.width <= MAX_PIXELS:
        return f"the picture {path!r} has {size.width:,} × {size.height:,} pixels"
    return ""
