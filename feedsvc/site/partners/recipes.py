"""A partner's feed or archive as a recipe: a listing by a profile's elements, rules and limits."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from msgspec import Struct
from msgspec.structs import replace

from feedsvc import feeds
from feedsvc.feeds.profiles import Profile, Subject, apply_profile, check_item
from feedsvc.index import KEY_HASH_BITS, EntryRow, Outline, read_listing, select_archives
from feedsvc.listing import Listing
from feedsvc.model import Channel, Feed, Item
from feedsvc.settings import ArchivedKind, Settings
from feedsvc.site.channels import make_moment
from feedsvc.site.exceptions import DocumentNotFound
from feedsvc.site.listings import FINISHED_MAX_AGE_SECONDS, build_feed, list_items, list_keys
from feedsvc.site.partners.addresses import PartnerAddress
from feedsvc.site.partners.selection import Selection
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering
from feedsvc.urls import Route, add_query, join_url, make_term_folder
from feedsvc.words import make_message

log = logging.getLogger(__name__)
BOUNDS = ("since", "until", "sort", "before", "before_change", "period", "part")


def make_partner_recipe(
    context: RecipeContext, address: PartnerAddress, selection: Selection
) -> Recipe:
    """Return the recipe of a partner's document; raises DocumentNotFound where there is none."""
    if address.format not in selection.formats:
        raise DocumentNotFound(
            make_message("This feed is not available in this format."),
            # NOTE: names of formats: rss, atom
            make_message("It is available as %(formats)s.", formats=", ".join(selection.formats)),
        )
    bounds = address.bounds
    listing = replace(
        selection.listing,
        limit=0 if bounds.period else selection.listing.limit,
        **{name: getattr(bounds, name) for name in BOUNDS},
    )
    every = replace(context.settings.feeds, archives_of=get_args(ArchivedKind))
    with context.open_snapshot(shows_scheduled=selection.shows_scheduled) as queries:
        outline = read_listing(queries, listing, every, loaded=context.loader.loaded)
        if outline is None:
            raise DocumentNotFound(make_message("There is no archive of this period."))
        scheduled = queries.select_scheduled([row.key for row in outline.rows])
        # what an archive or a page of changes leaves out, no other document has
        is_whole = bool(outline.listing.period) or outline.progress is not None
        is_bounded = selection.max_age is not None or selection.max_bytes is not None
        archives = (
            select_archives(queries, listing, outline.rows, every.archive)
            if is_bounded and not is_whole
            else {}
        )
    outline, modified, leaving = _drop_old(outline, selection, context.now, scheduled, archives)
    document = PartnerDocument(
        context=context,
        address=address,
        selection=selection,
        outline=outline,
        modified=modified,
        scheduled=scheduled,
        archives=archives,
        channel=build_partner_channel(selection, outline, context.settings),
    )
    self_url = dict(address.list_urls(context.url, outline.listing))[address.format]
    media_type = feeds.get_link_type(address.format)
    return context.make_recipe(
        feeds.MEDIA_TYPES[address.format],
        (*outline.facts, sorted(scheduled), modified, address, selection, archives),
        document.render,
        next_change=min(filter(None, (outline.next_change, leaving)), default=None),
        max_age=FINISHED_MAX_AGE_SECONDS if outline.is_finished else None,
        headers=(("Link", f'<{self_url}>; rel="self"; type="{media_type}"'),),
        keys=None if selection.is_private else list_keys(listing),
    )


def _drop_old(
    outline: Outline,
    selection: Selection,
    now: int,
    scheduled: frozenset[int],
    archives: Mapping[str, Listing],
) -> tuple[Outline, int | None, int | None]:
    """Return *outline* without the entries that are too old, when it has changed, and when it will.

    That an entry has become too old is a change, too. Archives keep what they have.
    """
    leaving: list[int] = []
    rows = outline.rows
    if selection.max_age is not None and not outline.listing.period:
        leaving = [(row.key >> KEY_HASH_BITS) + selection.max_age + 1 for row in rows]
        rows = tuple(row for row, last in zip(rows, leaving, strict=True) if last > now)
    # what is still to come has changed nothing yet
    past = tuple(row for row in rows if row.key not in scheduled or row.changed <= now)
    changes = [second for second in leaving if second <= now]
    if (changed := replace(outline, rows=past).modified) is not None:
        changes.append(changed)
    next_leaving = min((second for second in leaving if second > now), default=None)
    omitted = {row.path for row in outline.rows} - {row.path for row in rows}
    outline = replace(_link_omitted(outline, omitted, archives), rows=rows)
    return outline, max(changes, default=None), next_leaving


def _link_omitted(
    outline: Outline, omitted: Iterable[str], archives: Mapping[str, Listing]
) -> Outline:
    """Return *outline* that continues with the newest archive of those *omitted*, by path.

    With what is left out, feed and archives together are complete (RFC 5005, section 4).
    """
    found = [archives[path] for path in omitted if path in archives]
    found += filter(None, [outline.previous_archive])
    newest = max(found, key=lambda one: (one.period, one.part), default=None)
    return replace(outline, previous_archive=newest)


class PartnerDocument(Struct, frozen=True, kw_only=True):
    """What is rendered: an outline by a profile, without what that refuses."""

    context: RecipeContext
    address: PartnerAddress
    selection: Selection
    outline: Outline
    modified: int | None
    scheduled: frozenset[int]
    archives: Mapping[str, Listing]  # by path, {} for a document that is not cut
    channel: Channel

    def render(self) -> Rendering:
        """Return the document; the oldest entries go first where the partner takes fewer bytes."""
        context, outline = self.context, self.outline
        loaded = context.load_entries(outline.rows, outline.packed_entries, outline.links)
        marked = [
            _mark_embargo(item, row, self.scheduled)
            for row, item in zip(outline.rows, loaded.items, strict=True)
        ]
        items = [
            item for item in list_items(outline, marked, context.url) if not self._is_refused(item)
        ]
        count = len(items)
        body = self._render_items(items, count)
        most = self.selection.max_bytes if self.archives else None
        while most is not None and len(body) > most and count:
            # by what they have taken on the average, and one at least
            count = min(count - 1, count * most // len(body))
            body = self._render_items(items, count)
        return Rendering(body=body, modified=self.modified, is_provisional=loaded.is_provisional)

    def _render_items(self, items: Sequence[Item], count: int) -> bytes:
        """Return the document with the first *count* of *items*."""
        omitted = (item.entry.path for item in items[count:])
        outline = _link_omitted(self.outline, omitted, self.archives)
        format_, selection = self.address.format, self.selection

        def render(shown: tuple[Item, ...]) -> bytes:
            feed = self.build_feed(outline, shown)
            if selection.profile is not None:
                feed = apply_profile(feed, selection.profile, format_, selection.values)
            return feeds.RENDERERS[format_](feed)

        return self.context.render_items(items[:count], render, f"/{self.address.path}")

    def build_feed(self, outline: Outline, items: tuple[Item, ...]) -> Feed:
        """Return the feed as every listing has it, with the partner's own id and links."""
        context, link = self.context, self.address.list_urls
        listing = outline.listing
        whole = listing.subscribed
        return replace(
            build_feed(outline, items, context.settings),
            channel=self.channel,
            updated=make_moment(self.modified, context.settings),
            self_urls=link(context.url, listing),
            current=link(context.url, whole) if listing.period else (),
            previous=link(context.url, outline.previous_archive),
            next=link(context.url, outline.next_archive),
            next_page=link(context.url, outline.next_page),
        )

    def _is_refused(self, item: Item) -> bool:
        """Whether the partner would refuse *item*, which then the log names once."""
        selection = self.selection
        if selection.profile is None or selection.keeps_refused:
            return False
        subject = Subject(item=item, channel=self.channel, values=selection.values)
        refusal = _get_refusal(selection.profile, subject)
        path, name = item.entry.path, selection.name
        if refusal and self.context.loader.note_once(name, path, refusal):
            log.warning(
                "%s is left out of the feed for %s: %s; `feedsvc check --for %s` says more",
                path, name, refusal, name,
            )  # fmt: skip
        return bool(refusal)


def _get_refusal(profile: Profile, subject: Subject) -> str:
    found = (one.message for one in check_item(profile, subject) if one.is_refused)
    return next(found, "")


def _mark_embargo(item: Item | None, row: EntryRow, scheduled: frozenset[int]) -> Item | None:
    if item is None or row.key not in scheduled:
        return item
    return replace(item, embargo=item.entry.not_before or item.entry.published)


def build_partner_channel(selection: Selection, outline: Outline, settings: Settings) -> Channel:
    """Return the channel of a partner's documents; no hub is notified of their changes."""
    listing = replace(outline.listing.subscribed, limit=0, content="")
    bare = replace(outline, listing=listing)
    home = _get_static_home(outline) if settings.site.static else listing
    times = (("since", listing.since), ("until", listing.until))
    own = add_query(f"{Route.PARTNERS}/{selection.name}/", times)
    return replace(
        build_feed(bare, (), settings).channel,
        id=f"tag:{settings.site.id_authority}:/{own}",
        home=join_url(settings.site.url, home.make_path()),
        urls=tuple(
            (one, join_url(settings.site.url, path)) for one, path in selection.paths.items()
        ),
        hubs=(),
    )


def _get_static_home(outline: Outline) -> Listing:
    """Return the narrowest listing of all that *outline* has whose page is a file of its own."""
    groups = outline.listing.groups if outline.rows else ()
    folders = (make_term_folder(kind, slugs[0]) for kind, slugs in groups if len(slugs) == 1)
    return Listing(folder=next(folders, ""))
