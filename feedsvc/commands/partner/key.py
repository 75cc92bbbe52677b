"""`feedsvc key`: a new key for a partner, and the line that the settings keep of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from feedsvc.commands.file_writing import number_names
from feedsvc.errors import SettingsError
from feedsvc.settings import Settings, suggest
from feedsvc.site.partners import PARTNER_NAME, hash_key, make_key


class NewKey(Struct, frozen=True, kw_only=True):
    """A key, which is stored nowhere, and the line of TOML with its hash."""

    key: str
    table: str  # the TOML table in which the line belongs
    line: str


def make_partner_key(
    partner: str, settings: Settings, today: date, label: str = "", expires: date | None = None
) -> NewKey:
    """Return a new key for *partner*, named *label*, by default after *today*.

    Raise SettingsError for an invalid name, a partner that is not in the settings, and a last day
    in the past.
    """
    for name, what in ((partner, "partner"), (label or "key", "key")):
        if not PARTNER_NAME.fullmatch(name):
            message = f"{name!r} is not a name for a {what}"
            raise SettingsError("", message, "use lowercase letters, digits and '-'")
    if partner not in settings.partners:
        message = f"there is no section [partners.{partner}]{suggest(partner, settings.partners)}"
        names = ", ".join(settings.partners)
        remedy = f"add it to the settings, which have {names or 'no partner yet'}"
        raise SettingsError("", message, remedy)
    if expires is not None and expires < today:
        message = f"{expires} is over in {settings.site.timezone}, where today is {today}"
        raise SettingsError("--expires", message, "name a day to come")
    known = settings.partners.get(partner, {}).get("keys")  # unchecked: it may have any type
    key = make_key()
    taken = known if isinstance(known, Mapping) else ()
    name = label or next(one for one in number_names(str(today)) if one not in taken)
    value = f'"{hash_key(key)}"'
    if expires is not None:
        value = f"{{hash = {value}, expires = {expires}}}"
    return NewKey(key=key, table=f"[partners.{partner}.keys]", line=f"{name} = {value}")
