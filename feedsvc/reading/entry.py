"""Fields become an `Entry`: the one place that gives an author's words their meaning.

Comes in: what a dialect took apart, and what the entry inherits. Goes out: an
entry, its state, and what its author should know. What can be missing costs a
problem; what cannot, an `EntryError`.
"""

from __future__ import annotations

import re
from datetime import time
from functools import lru_cache
from pathlib import Path
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from feedsvc.dates import DateRules, NameDate, find_name_date, parse_date
from feedsvc.errors import DateError, EntryError
from feedsvc.model import Author, Enclosure, Entry, Image, Moment, Origin, Problem, State
from feedsvc.reading.assets import Asset, find_asset, make_file_url
from feedsvc.reading.dateline import find_text_dates
from feedsvc.reading.fields import FLAGS, Fields, normalise
from feedsvc.reading.folders import find_type
from feedsvc.reading.identity import (
    Name,
    clean_slug,
    complete,
    is_reserved,
    make_alias,
    make_id,
    make_language,
    make_own_place,
    make_place,
    read_name,
)
from feedsvc.reading.parsed import Field, Parsed, Value
from feedsvc.reading.shapes import to_authors, to_flag, to_line, to_list, to_number, to_origin, to_words
from feedsvc.settings import Settings

STATES: dict[str, State] = {
    **dict.fromkeys(
        "published publish public live active featured sticky scheduled future final accepted approved done complete"
        " completed current released 已发布".split(),
        "public",
    ),
    **dict.fromkeys("draft private pending inherit trash autodraft skip internal members paid tiers 草稿".split(), "draft"),
    **dict.fromkeys("hidden unlisted".split(), "unlisted"),
    **dict.fromkeys("retracted revoked".split(), "retracted"),
}
REMEDY = "add a line such as `date: 2023-03-02`, or begin the file's name with it"
HEADING = re.compile(r"^(?:#{1,2}[ \t]+(.+?)[ \t]*#*|(\S[^\n]{0,200})\n(?:={3,}|-{3,})[ \t]*)$", re.MULTILINE)
HTML_HEADING = re.compile(r"<h[12]\b[^>]*>(.*?)</h[12]\s*>", re.IGNORECASE | re.DOTALL)
FIRST_WORDS = re.compile(r"\w[^\n]*")
IS_URL = re.compile(r"https?://[^\s/]+", re.IGNORECASE)
PERIOD_DATE = re.compile(r"(?:^|/)((?:19|20|21)\d\d)[/-](\d\d)[/-](\d\d)(?=[/-]|$)")


@lru_cache(maxsize=512)
def make_rules(zone: str, order: str, clock: str, language: str) -> DateRules:
    return DateRules(zone=ZoneInfo(zone), order=order, clock=time.fromisoformat(clock), language=language)


class EntryBuilder:
    """One entry in the making: the words it has, and the problems met on the way."""

    def __init__(self, root: Path, path: str, parsed: Parsed, fields: Fields, settings: Settings) -> None:
        self.root, self.path, self.parsed, self.fields, self.settings = root, path, parsed, fields, settings
        self.problems: list[Problem] = []
        self.assets: dict[str, Asset] = {}
        self.name_date: NameDate | None = find_name_date(path)
        self.name: Name = read_name(path, self.name_date)
        self.language = self._find_language()
        self.title = ""
        dates = settings.dates
        self.rules = make_rules(settings.site.timezone, dates.order, dates.default_time, self.language)

    def build(self, encoding: str, state: State) -> Entry:
        """The entry; raises `EntryError` if it cannot be published."""
        fields, site = self.fields, self.settings.site
        self.title = self.title or self.find_title()
        published = self.find_published()
        updated = self.read_date("updated")
        slug = self._find_slug()
        categories = self._find_names("categories")
        place, url = self._find_place(published, slug, categories[0] if categories else "")
        image, enclosures = self._find_image(), self._find_enclosures()
        story = fields.first("translation")
        return Entry(
            path=self.path,
            dialect=self.parsed.dialect,
            encoding=encoding,
            state=state,
            id=self._find_id(),
            url=url,
            place=place,
            slug=slug,
            title=self.title,
            published=published,
            updated=updated,
            not_before=self._find_release(published),
            expires=self.read_date("expires"),
            language=self.language,
            authors=self._find_authors(),
            categories=categories,
            tags=self._find_names("tags"),
            summary=self.find_words("summary"),
            image=image,
            enclosures=enclosures,
            origin=self._find_origin(),
            rights=self.find_words("rights"),
            comments=self._find_url("comments"),
            clicks=to_number(clicks.value) if (clicks := fields.first("clicks")) else None,
            translation=(to_words(story.value) if story else "") or self.name.story,
            aliases=self._find_aliases(place),
            correction=self.find_words("correction"),
            minor=self._is_set("minor"),
            retracted=self.read_date("retracted") if state == "retracted" else None,
            reason=self.find_words("reason"),
            body=self.parsed.body,
            markup=self.parsed.markup,
            body_line=self.parsed.body_line,
        )

    def note(self, code: str, message: str, field: Field | None = None, line: int | None = None) -> None:
        """A problem that does not keep the entry from being published."""
        name, at = (field.name, field.line) if field is not None else (None, line)
        self.problems.append(Problem(code=code, message=message, field=name, line=at))

    def find_words(self, canonical: str) -> str:
        field = self.fields.first(canonical)
        return to_line(to_words(field.value)) if field is not None else ""

    def _is_set(self, canonical: str) -> bool:
        field = self.fields.first(canonical)
        return field is not None and to_flag(field.value) is True

    # -- state -----------------------------------------------------------------------

    def find_state(self) -> State:
        """Whether the entry is to be seen, and where."""
        found: State = "public"
        if "_drafts/" in self.path and "_drafts" in self.path.split("/"):
            return "draft"
        for field in self.fields.find("draft"):
            flag = to_flag(field.value)
            if flag is None:
                self.note("flag-unknown", f"{to_words(field.value)!r} is neither true nor false; kept as a draft", field)
            if flag is not False:
                return "draft"
        for field in self.fields.find("published"):
            if to_flag(field.value) is False and to_words(field.value) != "0":
                return "draft"
        for field in self.fields.find("status"):
            words = to_words(field.value)
            state = STATES.get(normalise(words))
            if state is None:
                if normalise(field.name) != "state":  # an address has a state too
                    self.note("status-unknown", f"the status {words!r} is unknown, so the entry is public; "
                              "write draft, unlisted, retracted or published", field)  # fmt: skip
            elif state != "public":
                found = state
                break
        withdrawn = self.fields.first("retracted")
        if withdrawn is not None and to_flag(withdrawn.value) is not False:
            found = "retracted"
        if found == "public" and (self._is_set("unlisted")):
            found = "unlisted"
        if self.parsed.dialect == "nikola" and (tags := self.fields.first("tags")):
            names = {tag.casefold() for tag in to_list(tags.value)}
            found = "draft" if names & {"draft", "private"} else found
        return found

    def is_redirect(self) -> bool:
        """Whether the file only leads elsewhere: nothing but a redirect in its header."""
        fields = self.fields
        return fields.first("redirect") is not None and not (fields.first("title") or fields.first("published"))

    # -- dates -----------------------------------------------------------------------

    def find_published(self) -> Moment:
        """The date of publication from the first source that has one; raises `EntryError`."""
        for source in self.settings.dates.sources:
            if source == "field":
                found = self._read_published_field()
            elif source in ("filename", "path"):
                date = self.name_date
                named = date is not None and date.source == source
                found = self.parse("published", date.words, source) if named and date else None
            elif source == "text":
                found = self._read_text_date()
            else:
                from feedsvc.reading.outside import find_outside_date  # rarely wanted, and slow

                words = find_outside_date(self.root, self.path, source)
                found = self.parse("published", words, source) if words else None
            if found is not None:
                return found
        raise EntryError("no-date", f"no date is found; {REMEDY}")

    def _read_published_field(self) -> Moment | None:
        fields = [one for one in self.fields.find("published") if to_words(one.value).casefold() not in FLAGS]
        fields += self.fields.find("release")
        for field in fields:
            words = to_words(field.value)
            if not words:
                continue
            moment = self.parse("published", words, f"field:{field.name}", field)
            if self.name_date is not None and self.name_date.source == "filename":
                self._compare(moment, field)
            return moment
        for field in self.fields.find("url"):  # Zola: path = "2015/05/15/name"
            match = PERIOD_DATE.search(to_words(field.value).partition("?")[0])
            if match and not IS_URL.match(to_words(field.value)):
                return self.parse("published", "-".join(match.groups()), f"field:{field.name}", field)
        return None

    def _compare(self, moment: Moment, field: Field) -> None:
        """Says so when the file's name has another day than the field, in its zone and in the site's."""
        assert self.name_date is not None
        day = self.name_date.words[:10]
        own = str(moment.when.date())
        if moment.precision in ("month", "year"):
            agrees = day.startswith(own[:7] if moment.precision == "month" else own[:4])
        else:
            agrees = day in (own, str(moment.when.astimezone(self.rules.zone).date()))
        if not agrees:
            message = f"the file's name says {day}, the field {moment.words!r}; the field counts: rename the file"
            self.note("date-disagrees", message, field)

    def _read_text_date(self) -> Moment | None:
        for words, line in find_text_dates(self.parsed.body, self.parsed.body_line):
            try:
                reading = parse_date(words, self.rules, source="text")
            except DateError:
                continue  # words of a text are not bound to be a date
            for remark in reading.remarks:
                self.note("date-remark", f"{words!r} {remark}", line=line)
            return reading.moment
        return None

    def parse(self, canonical: str, words: str, source: str, field: Field | None = None) -> Moment:
        """The moment of *words*; raises `EntryError`."""
        try:
            moment, remarks = parse_date(words, self.rules, source=source)
        except DateError as error:
            name, line = (field.name, field.line) if field is not None else (None, None)
            raise EntryError("date-unreadable", str(error), field=name, line=line) from None
        for remark in remarks:
            self.note("date-remark", f"{words!r} {remark}", field)
        return moment

    def read_date(self, canonical: str) -> Moment | None:
        """A date that an entry can do without: what is unreadable is a problem."""
        field = self.fields.first(canonical)
        words = to_words(field.value) if field is not None else ""
        if field is None or not words or words.casefold() in FLAGS:
            return None
        try:
            return self.parse(canonical, words, f"field:{field.name}", field)
        except EntryError as error:
            self.note(error.code, error.message, field)
            return None

    def _find_release(self, published: Moment) -> Moment | None:
        release = self.read_date("release") if self.fields.first("release") is not None else None
        return release if release is not None and release.seconds > published.seconds else None

    # -- words -----------------------------------------------------------------------

    def find_title(self) -> str:
        """The title of its field, else of the first heading, else of the file's name, else the first words."""
        if title := self.find_words("title"):
            return title
        head = self.parsed.body[:4000]
        markup = self.parsed.markup
        if markup in ("markdown", "text") and (match := HEADING.search(head)):
            if title := to_line(match[1] or match[2]):
                return title
        if markup in ("html", "markdown", "wml") and (match := HTML_HEADING.search(head)):
            if title := to_line(re.sub(r"<[^>]*>", "", match[1])):
                return title
        slug = self.name.slug
        if re.search(r"[^\W\d_]{2}", slug) and slug.casefold() != "index":
            title = " ".join(re.split(r"[-_\s]+", slug)).strip()
            title = title[:1].upper() + title[1:]
        else:
            words = FIRST_WORDS.search(re.sub(r"<[^>]*>", " ", head))
            title = to_line(words[0]) if words else slug
            title = title if len(title) <= 80 else title[:80].rsplit(" ", 1)[0] + " …"
        self.note("no-title", f"no title is found, so {title!r} stands in; add a line such as `title: …`")
        return title

    def _find_language(self) -> str:
        field = self.fields.first("language")
        if field is not None:
            if language := make_language(to_words(field.value)):
                return language
            message = f"{to_words(field.value)!r} is no language; write a tag such as 'en' or 'zh-Hans'"
            self.note("language-unknown", message, field)
        return self.name.language or self.settings.site.language

    def _find_names(self, canonical: str) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for field in self.fields.same(canonical):
            singular = canonical == "categories" and normalise(field.name) in ("category", "section")
            if singular and isinstance(field.value, str):
                names = [to_line(field.value)]
            else:
                spaces = "_posts/" in self.path and normalise(field.name) in ("tags", "categories")
                names = to_list(field.value, spaces=spaces)
            for name in names:
                if name and not name.startswith("#"):  # Ghost's internal tags
                    found.setdefault(name.casefold(), name)
        return tuple(found.values())

    def _find_authors(self) -> tuple[Author, ...]:
        found: dict[str, Author] = {}
        for field in self.fields.same("authors"):
            for author in to_authors(field.value):
                found.setdefault(author.name.casefold(), author)
        authors = tuple(found.values())
        if len(authors) == 1 and not (authors[0].email or authors[0].uri):
            email, uri = self.find_words("authoremail"), self.find_words("authorurl")
            if "@" in email or IS_URL.match(uri):
                uri = uri if IS_URL.match(uri) else ""
                return (Author(name=authors[0].name, email=email if "@" in email else "", uri=uri),)
        return authors

    def _find_origin(self) -> Origin | None:
        field = self.fields.first("origin")
        if field is None:
            return None
        return to_origin(field.value, self.find_words("originurl"))

    # -- addresses -------------------------------------------------------------------

    def _find_id(self) -> str:
        field = self.fields.first("id")
        own = to_words(field.value) if field is not None else ""
        return make_id(own, self.name.stem, self.settings.site.id_authority)

    def _find_slug(self) -> str:
        field = self.fields.first("slug")
        slug = clean_slug(to_words(field.value)) if field is not None else ""
        return slug or clean_slug(self.name.slug) or "entry"

    def _find_place(self, published: Moment, slug: str, category: str) -> tuple[str, str]:
        """(place, URL): the entry's own address, else the site's pattern."""
        site = self.settings.site
        for field in self.fields.find("url"):
            words = to_words(field.value)
            if words.casefold() in FLAGS or re.search(r"[{}]|/:\w", words):  # `permalink: false`, templates
                continue
            own = make_own_place(words, site.url)
            if own is None:
                continue
            place, url = own
            if place and (normalise(field.name) == "path"):
                place, url = complete(place), complete(url)
            if place and is_reserved(place):
                message = f"the address {place!r} is one of the service's own, so the pattern counts; choose another"
                self.note("permalink-reserved", message, field)
                continue
            return place, url
        when = published.when.astimezone(self.rules.zone)
        pattern = site.permalink
        place = make_place(pattern, when, slug, category, self.name.stem)
        if self.name.language and "{path}" not in pattern and self.name.language != site.language:
            place = self._add_language(place)
        if not place.startswith("/"):
            own = make_own_place(place, site.url)
            return own if own is not None else ("", place)
        if is_reserved(place):
            message = f"the address {place!r} is one of the service's own; give the entry another `slug` or `url`"
            raise EntryError("permalink-reserved", message)
        return place, site.url + place[1:]

    def _add_language(self, place: str) -> str:
        """Translations have one slug and one day: their language keeps their addresses apart."""
        if place.startswith("/"):
            return f"/{self.name.language.lower()}{place}"
        return place

    def _find_url(self, canonical: str) -> str:
        words = self.find_words(canonical)
        return words if IS_URL.match(words) else ""

    def _find_aliases(self, place: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for field in self.fields.same("aliases"):
            for words in to_list(field.value):
                alias = make_alias(words, self.settings.site.url)
                if alias and alias != place:
                    found[alias] = None
        return tuple(found)

    # -- files -----------------------------------------------------------------------

    def find_file(self, reference: str, field: Field | None) -> Asset | None:
        """The file of the folder that *reference* means; one that is not there is a problem."""
        asset = find_asset(self.root, self.path, reference)
        if asset is not None:
            if asset.size < 0 and asset.path not in self.assets and field is not None:
                self.note("asset-missing", f"the file {reference!r} is not there; put it beside the entry", field)
            self.assets[asset.path] = asset
        return asset

    def _find_media(self, words: str, field: Field) -> tuple[str, str, int] | None:
        """(URL, type, length) of a picture or enclosure; None for words that are no reference."""
        site = self.settings.site.url
        if IS_URL.match(words):
            return words, find_type(words.partition("?")[0]), 0
        if not find_type(re.split("[?#]", words)[0]) or re.match(r"[a-z]{2,}:", words, re.IGNORECASE):
            return None
        asset = self.find_file(words, field)
        if asset is not None and asset.size >= 0:
            return make_file_url(site, asset.path), asset.type, asset.size
        kind = asset.type if asset is not None else ""
        try:
            return urljoin(site, words), kind, 0
        except ValueError:
            return None

    def _find_image(self) -> Image | None:
        for field in self.fields.find("image"):
            value: Value = field.value
            if isinstance(value, list):
                value = value[0] if value else ""
            known = {name.casefold(): to_words(one) for name, one in value.items()} if isinstance(value, dict) else {}
            names = ("path", "url", "src", "feature", "image", "file", "href", "thumbnail", "contenturl")
            words = next((known[name] for name in names if known.get(name)), "") if known else to_words(value)
            media = self._find_media(words, field) if words else None
            if media is not None:
                alt = known.get("alt") or known.get("caption") or self.find_words("imagealt")
                width, height = to_number(known.get("width", "")) or 0, to_number(known.get("height", "")) or 0
                return Image(url=media[0], alt=to_line(alt), type=media[1], length=media[2], width=width, height=height)
        return None

    def _find_enclosures(self) -> tuple[Enclosure, ...]:
        found: dict[str, Enclosure] = {}
        for field in self.fields.find("enclosures"):
            values = field.value if isinstance(field.value, list) else [field.value]
            for value in values:
                enclosure = self._make_enclosure(value, field)
                if enclosure is not None:
                    found.setdefault(enclosure.url, enclosure)
        return tuple(found.values())

    def _make_enclosure(self, value: Value, field: Field) -> Enclosure | None:
        known = {normalise(name): to_words(one) for name, one in value.items()} if isinstance(value, dict) else {}
        if isinstance(value, str):  # WordPress: the URL, length and type in three lines
            words, *more = value.split("\n") if "\n" in value else [value.strip()]
            known = dict(zip(("length", "type"), more, strict=False))
        else:
            words = next((known[name] for name in ("url", "src", "path", "href", "file") if known.get(name)), "")
        media = self._find_media(words.strip(), field) if words else None
        if media is None:
            return None
        url, kind, length = media
        said = (known.get("length") or known.get("size") or known.get("sizeinbytes")
                or self.find_words("enclosurelength"))  # fmt: skip
        kind = known.get("type") or known.get("mimetype") or self.find_words("enclosuretype") or kind
        duration = known.get("duration") or known.get("durationinseconds") or self.find_words("duration")
        return Enclosure(
            url=url,
            type=kind or "application/octet-stream",
            length=length or to_number(said or "") or 0,
            title=to_line(known.get("title", "")),
            duration=parse_duration(duration),
        )


def parse_duration(words: str) -> int:
    """Seconds of `1:02:03`, `62:03` or `3723`."""
    parts = words.strip().split(":")
    if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
        return 0
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + int(part)
    return seconds
