"""A partner's feed or archive as a recipe: a listing by a profile's elements, rules and limits."""

from __future__ import annotations

import logging
from typing import get_args

from msgspec.structs import replace

from feedsvc import feeds
from feedsvc.feeds.profiles import Profile, Subject, apply_profile, check_item
from feedsvc.index import KEY_HASH_BITS, EntryRow, Outline, read_listing
from feedsvc.model import Channel, Feed, Item
from feedsvc.settings import ArchivedKind, Settings
from feedsvc.site.channels import make_moment
from feedsvc.site.exceptions import DocumentNotFound
from feedsvc.site.listings import FINISHED_MAX_AGE_SECONDS, build_feed, list_items, list_keys
from feedsvc.site.partners.addresses import PartnerAddress
from feedsvc.site.partners.selection import Selection
from feedsvc.site.recipes import Recipe, RecipeContext, Rendering
from feedsvc.urls import Route, add_query, join_url, make_partner_path
from feedsvc.words import make_message

log = logging.getLogger(__name__)
MAX_LOGGED_REFUSALS = 10_000
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
    outline, modified, leaving = _drop_old(outline, selection, context.now, scheduled)
    document = PartnerDocument(context, address, selection, outline, modified, scheduled)
    return context.make_recipe(
        feeds.MEDIA_TYPES[address.format],
        (*outline.facts, sorted(scheduled), modified, address, selection),
        document.render,
        next_change=min(filter(None, (outline.next_change, leaving)), default=None),
        max_age=FINISHED_MAX_AGE_SECONDS if outline.is_finished else None,
        headers=(("Link", f'<{document.self_url}>; rel="self"; type="{document.type}"'),),
        keys=None if selection.is_private else list_keys(listing),
    )


def _drop_old(
    outline: Outline, selection: Selection, now: int, scheduled: frozenset[int]
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
    return replace(outline, rows=rows), max(changes, default=None), next_leaving


class PartnerDocument:
    """What is rendered: an outline by a profile, without what that refuses."""

    def __init__(
        self,
        context: RecipeContext,
        address: PartnerAddress,
        selection: Selection,
        outline: Outline,
        modified: int | None,
        scheduled: frozenset[int],
    ) -> None:
        self.context = context
        self.address = address
        self.selection = selection
        self.outline = outline
        self.modified = modified
        self.scheduled = scheduled
        self.channel = build_partner_channel(selection, outline, context.settings)

    @property
    def self_url(self) -> str:
        return dict(self.address.list_urls(self.context.url, self.outline.listing))[
            self.address.format
        ]

    @property
    def type(self) -> str:
        return feeds.get_link_type(self.address.format)

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
        what = f"/{self.address.path}"
        body = context.render_items(items, self._render_items, what)
        most = None if outline.listing.period else self.selection.max_bytes
        while most is not None and len(body) > most and items:
            # by what they have taken on the average, and one at least
            items = items[: min(len(items) - 1, len(items) * most // len(body))]
            body = context.render_items(items, self._render_items, what)
        return Rendering(body=body, modified=self.modified, is_provisional=loaded.is_provisional)

    def _render_items(self, items: tuple[Item, ...]) -> bytes:
        format_ = self.address.format
        feed = self.build_feed(items)
        if self.selection.profile is not None:
            feed = apply_profile(feed, self.selection.profile, format_, self.selection.values)
        return feeds.RENDERERS[format_](feed)

    def build_feed(self, items: tuple[Item, ...]) -> Feed:
        """Return the feed as every listing has it, with the partner's own id and links."""
        context, outline, link = self.context, self.outline, self.address.list_urls
        listing = outline.listing
        whole = replace(listing, period="", part=1)
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
        if refusal:
            self._log_refusal(item, refusal)
        return bool(refusal)

    def _log_refusal(self, item: Item, refusal: str) -> None:
        logged, fact = (
            self.context.loader.logged_refusals,
            (self.selection.name, item.entry.path, refusal),
        )
        if fact not in logged and len(logged) < MAX_LOGGED_REFUSALS:
            logged.add(fact)
            log.warning(
                "%s is left out of the feed for %s: %s; `feedsvc check --for %s` says more",
                item.entry.path, self.selection.name, refusal, self.selection.name,
            )  # fmt: skip


def _get_refusal(profile: Profile, subject: Subject) -> str:
    found = (one.message for one in check_item(profile, subject) if one.is_refused)
    return next(found, "")


def _mark_embargo(item: Item | None, row: EntryRow, scheduled: frozenset[int]) -> Item | None:
    if item is None or row.key not in scheduled:
        return item
    return replace(item, embargo=item.entry.not_before or item.entry.published)


def build_partner_channel(selection: Selection, outline: Outline, settings: Settings) -> Channel:
    """Return the channel of a partner's documents; no hub is notified of their changes."""
    listing = replace(outline.listing, limit=0, content="", period="", part=1)
    bare = replace(outline, listing=listing)
    times = (("since", listing.since), ("until", listing.until))
    own = add_query(f"{Route.PARTNERS}/{selection.name}/", times)
    paths = {one: make_partner_path(selection.name, one) for one in selection.formats}
    return replace(
        build_feed(bare, (), settings).channel,
        id=f"tag:{settings.site.id_authority}:/{own}",
        urls=tuple((one, join_url(settings.site.url, path)) for one, path in paths.items()),
        hubs=(),
    )
