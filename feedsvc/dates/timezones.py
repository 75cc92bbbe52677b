"""Turns names and numbers of time zones into offsets in whole minutes, or refuses them.

Every moment gets a fixed offset: Python compares two times in one `ZoneInfo` by the wall
clock, ignoring folds, but not those with fixed offsets.
"""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from feedsvc.dates.types import DateText, make_date_error
from feedsvc.memo import remember_short

MAX_OFFSET_MINUTES = 14 * 60  # Kiribati; nothing on earth is further from UTC
UTC_NAMES = frozenset({"Z", "UTC", "GMT", "UT"})
# RFC 822, 5.1, and the names that European mail headers, German and Indonesian news use: each is
# one offset all year round
ABBREVIATION_HOURS = {
    "PST": -8,
    "PDT": -7,
    "MST": -7,
    "MDT": -6,
    "CST": -6,
    "CDT": -5,
    "EST": -5,
    "EDT": -4,
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "MET": 1,
    "MEZ": 1,
    "CEST": 2,
    "MEST": 2,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "WIB": 7,
    "WITA": 8,
    "WIT": 9,
}
ABBREVIATION_REGIONS = {  # names without standard or summer: the date decides
    "AT": "America/Halifax",
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
NUMERIC_OFFSET = re.compile(r"(?:UTC|GMT|UT)?\s*([+-])(\d{1,2}?):?(\d\d)?", re.IGNORECASE)
MAX_ABBREVIATION_LETTERS = 5
ZONE_REMEDY = "write the offset in numbers (+01:00) or the full name (Europe/Berlin)"


@lru_cache(maxsize=512)
def make_zone_from_offset(offset: timedelta | None) -> timezone:
    """Return the zone that is always *offset* from UTC.

    Local mean times of before 1900 (+08:05:43) are cut to the minute: so the first second of a day
    is still that day in the zone itself.
    """
    return timezone(timedelta(minutes=offset // timedelta(minutes=1) if offset else 0))


@remember_short(512)
def parse_offset(sign: str, hours: str, minutes: str | None) -> timezone | None:
    """Return the zone of an offset as written, None if no place on earth has it."""
    total = int(hours) * 60 + int(minutes or 0)
    if int(minutes or 0) > 59 or total > MAX_OFFSET_MINUTES:
        return None
    return make_zone_from_offset(timedelta(minutes=-total if sign == "-" else total))


def localize(local: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """Return the naive *local* time in *zone* as an aware one, and a remark on a gap or fold.

    In a gap the offset before it counts (RFC 5545, 3.3.5), in a fold the first pass.
    """
    offset, later = zone.utcoffset(local), zone.utcoffset(local.replace(fold=1))
    when = local.replace(tzinfo=make_zone_from_offset(offset))
    if offset == later or offset is None or later is None:
        return when, ""
    if offset < later:  # the clocks went forward: no clock ever showed this time
        when = when.astimezone(make_zone_from_offset(later))
        event, choice = "is skipped when the clocks go forward", "read as"
    else:
        event, choice = "occurs twice when the clocks go back", "read as the first,"
    return when, f"this time {event} in {zone}: {choice} {when.isoformat()}"


@lru_cache(maxsize=64)
def list_abbreviations(zone: ZoneInfo) -> frozenset[str]:
    """Return the abbreviations that *zone* itself has had since 1970, in winter or summer."""
    days = (datetime(year, month, 1, tzinfo=zone) for year in range(1970, 2038) for month in (1, 7))
    return frozenset(name for day in days if (name := day.tzname()) and name.isalpha())


@remember_short(64)
def load_zone(name: str) -> ZoneInfo | None:
    """Return the zone of the tz database called *name* (`Europe/Berlin`, `Etc/GMT`), or None."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, a folder
        return None


@lru_cache(maxsize=1)  # the names take 20 ms
def _list_zones() -> dict[str, str]:
    """Return the zones by their names and by their cities, without case."""
    # Etc/GMT+1 is west of Greenwich, which nobody means by it
    names = [name for name in sorted(available_timezones()) if not name.startswith("Etc/")]
    cities = {name.rpartition("/")[2].casefold(): name for name in names}
    return cities | {name.casefold(): name for name in names}


@remember_short(64)
def suggest_zone(words: str) -> str:
    """Return the tz database zone that *words* probably mean, "" if that is not certain.

    They may be only a city, differ in case or spaces, or have a typing error.
    """
    known, key = _list_zones(), "_".join(words.casefold().split())
    cutoff = 0.9 if "/" in key else 0.8  # Boston is not Creston, nor Munich Zurich
    cutoff = cutoff if len(key) > MAX_ABBREVIATION_LETTERS else 1.0
    close = difflib.get_close_matches(key, known, n=1, cutoff=cutoff)
    return known[close[0]] if close else ""


def is_zone_name(name: str, site_zone: ZoneInfo, *, is_last: bool) -> bool:
    """Whether *name* may be a zone on a site in *site_zone*; `AT` and the like if *is_last*."""
    if "/" in name:
        return load_zone(name) is not None
    return (
        name in ABBREVIATION_HOURS
        or name.upper() in UTC_NAMES
        or name in list_abbreviations(site_zone)
        or (is_last and name in ABBREVIATION_REGIONS)
    )


def localize_in_named_zone(
    text: DateText, local: datetime, site_zone: ZoneInfo
) -> tuple[datetime, str]:
    """Return *local* in the zone that *text* names, and a remark as `localize` does.

    An abbreviation of *site_zone* has its meaning in that zone.
    """
    name = text.zone
    if name.upper() in UTC_NAMES:
        return local.replace(tzinfo=UTC), ""
    if numeric := NUMERIC_OFFSET.fullmatch(name):
        # UTC+8 is +08:00, as people mean it, not as POSIX does
        if fixed := parse_offset(*numeric.groups()):
            return local.replace(tzinfo=fixed), ""
        reason = f"has the offset {name}: no place on earth is more than 14 hours from UTC"
        raise make_date_error(text, reason, ZONE_REMEDY)
    region = ABBREVIATION_REGIONS.get(name, name if "/" in name else "")
    if region and (zone := load_zone(region)):
        return localize(local, zone)
    samples = (datetime(local.year, month, 1, tzinfo=site_zone) for month in (1, 7))
    offset = next((sample.utcoffset() for sample in samples if sample.tzname() == name), None)
    if offset is None and name in ABBREVIATION_HOURS:
        offset = timedelta(hours=ABBREVIATION_HOURS[name])
    if offset is not None:
        return local.replace(tzinfo=make_zone_from_offset(offset)), ""
    reason = f"names the time zone {name!r}, which is not {site_zone}'s at that time"
    raise make_date_error(text, reason, ZONE_REMEDY)
