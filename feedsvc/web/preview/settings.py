"""The settings of a preview, derived from the site's."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec.structs import replace

from feedsvc.settings import Metrics, Push, Settings


def make_preview_settings(settings: Settings) -> Settings:
    """Return *settings* for a preview: nobody is notified, and every entry has its page here.

    The name of an index depends on the settings, so that a preview has an index of its own.
    """
    site = settings.site
    is_elsewhere = "://" in site.permalink and not site.permalink.startswith(site.url)
    pattern = urlsplit(site.permalink).path if is_elsewhere else site.permalink
    return replace(
        settings,
        preview=True,
        site=replace(site, permalink=pattern, static=False),
        feeds=replace(settings.feeds, hubs=()),
        push=Push(active=False),
        metrics=Metrics(),
    )
