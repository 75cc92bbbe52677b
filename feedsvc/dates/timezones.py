"""Names and numbers of time zones become offsets in whole minutes, or are refused.

Every moment gets a fixed offset: two times in one `ZoneInfo` compare by the wall
clock and ignore folds, fixed offsets never do.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from feedsvc.dates.types import DateText, make_date_error

MAX_OFFSET_MINUTES = 14 * 60  # Kiribati; nothing on earth is further from UTC
UTC_NAMES = frozenset({"Z", "UTC", "GMT", "UT"})
# RFC 822, 5.1, and the names that European mail headers use: each is one offset all year round
ABBREVIATION_MINUTES = {
    "EST": -300,
    "EDT": -240,
    "CST": -360,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
}
ABBREVIATION_MINUTES |= {
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "MET": 60,
    "MEST": 120,
    "EET": 120,
    "EEST": 180,
}
# named without saying winter or summer: the date decides
ABBREVIATION_REGIONS = {"AT": "America/Halifax", "ET": "America/New_York", "CT": "America/Chicago"}
ABBREVIATION_REGIONS |= {"MT": "America/Denver", "PT": "America/Los_Angeles"}
NUMERIC_OFFSET = re.compile(r"(?:UTC|GMT|UT)?\s*([+-])(\d{1,2}?):?(\d\d)?", re.IGNORECASE)
ZONE_REMEDY = "write the offset in numbers (+01:00) or the full name (Europe/Berlin)"


@lru_cache(maxsize=512)
def make_fixed_zone(minutes: int) -> timezone:
    """The zone that is always *minutes* east of UTC."""
    return timezone(timedelta(minutes=minutes))


@lru_cache(maxsize=512)
def make_zone_from_offset(offset: timedelta | None) -> timezone:
    """The zone that is always *offset* from UTC; local mean times of before 1900 (+08:05:43) to the minute."""
    return make_fixed_zone(round(offset.total_seconds() / 60) if offset else 0)


@lru_cache(maxsize=512)
def parse_offset(sign: str, hours: str, minutes: str | None) -> timezone | None:
    """The zone of an offset as written, or None if no place on earth has it."""
    total = int(hours) * 60 + int(minutes or 0)
    if int(minutes or 0) > 59 or total > MAX_OFFSET_MINUTES:
        return None
    return make_fixed_zone(-total if sign == "-" else total)


def localize(local: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """The naive *local* time in *zone* as an aware one, and a remark if that took a decision.

    In a gap the offset before it counts (RFC 5545, 3.3.5), in a fold the first pass.
    """
    offset, later = zone.utcoffset(local), zone.utcoffset(local.replace(fold=1))
    when = local.replace(tzinfo=make_zone_from_offset(offset))
    if offset == later or offset is None or later is None:
        return when, ""
    if offset < later:  # the clocks went forward: no clock ever showed this time
        when = when.astimezone(make_zone_from_offset(later))
        return (
            when,
            f"this time is left out when the clocks go forward in {zone}: read as {when.isoformat()}",
        )
    return (
        when,
        f"this time comes twice when the clocks go back in {zone}: read as the first, {when.isoformat()}",
    )


@lru_cache(maxsize=64)
def list_abbreviations(zone: ZoneInfo) -> frozenset[str]:
    """Abbreviations that *zone* itself has gone by since 1970, winter or summer."""
    days = (datetime(year, month, 1, tzinfo=zone) for year in range(1970, 2038) for month in (1, 7))
    return frozenset(name for day in days if (name := day.tzname()) and name.isalpha())


@lru_cache(maxsize=64)
def load_zone(name: str) -> ZoneInfo | None:
    """The zone of the tz database called *name* (`Europe/Berlin`, `Etc/GMT`), or None."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder
        return None


def is_zone_name(name: str, own: ZoneInfo, *, last: bool) -> bool:
    """Whether *name* can stand for a zone on a site in *own*; `AT` and its like only as the *last* word."""
    if "/" in name:
        return load_zone(name) is not None
    return (
        name in ABBREVIATION_MINUTES
        or name.upper() in UTC_NAMES
        or name in list_abbreviations(own)
        or (last and name in ABBREVIATION_REGIONS)
    )


def localize_in_named_zone(draft: DateText, local: datetime, own: ZoneInfo) -> tuple[datetime, str]:
    """*local* in the zone that the draft's words name; the site's *own* zone explains its own abbreviations."""
    name = draft.zone
    if name.upper() in UTC_NAMES:
        return local.replace(tzinfo=UTC), ""
    if numeric := NUMERIC_OFFSET.fullmatch(name):
        # UTC+8 is +08:00, as people mean it, not as POSIX does
        if zone := parse_offset(*numeric.groups()):
            return local.replace(tzinfo=zone), ""
        raise make_date_error(
            draft,
            f"has the offset {name}: no place on earth is over 14 hours from UTC",
            ZONE_REMEDY,
        )
    if (
        region := load_zone(ABBREVIATION_REGIONS.get(name, name))
        if "/" in name or name in ABBREVIATION_REGIONS
        else None
    ):
        return localize(local, region)
    samples = (datetime(local.year, month, 1, tzinfo=own) for month in (1, 7))
    if sample := next((sample for sample in samples if sample.tzname() == name), None):
        return local.replace(tzinfo=make_zone_from_offset(sample.utcoffset())), ""
    if name in ABBREVIATION_MINUTES:
        return local.replace(tzinfo=make_fixed_zone(ABBREVIATION_MINUTES[name])), ""
    raise make_date_error(
        draft, f"names the time zone {name!r}, which is not {own}'s at that time", ZONE_REMEDY
    )
