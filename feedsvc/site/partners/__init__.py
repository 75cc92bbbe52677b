"""Feeds of partners: a listing of the settings, made by a profile; who may have it is `web`'s."""

from feedsvc.site.partners.addresses import PartnerAddress, resolve_partner
from feedsvc.site.partners.keys import check_key, hash_key, make_key
from feedsvc.site.partners.recipes import make_partner_recipe
from feedsvc.site.partners.selection import Selection, load_partners, make_selection
from feedsvc.site.partners.tables import (
    PARTNER_NAME,
    Partner,
    add_profiles,
    list_profiles,
    read_profile,
)

__all__ = [
    "PARTNER_NAME",
    "Partner",
    "PartnerAddress",
    "Selection",
    "add_profiles",
    "check_key",
    "hash_key",
    "list_profiles",
    "load_partners",
    "make_key",
    "make_partner_recipe",
    "make_selection",
    "read_profile",
    "resolve_partner",
]
