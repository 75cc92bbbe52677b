"""Profiles of partners: the form of their files, and the elements and rules in them."""

from feedsvc.feeds.profiles.elements import apply_profile
from feedsvc.feeds.profiles.fields import ENTRY_FIELDS, SITE_FIELDS, FieldValue, Subject
from feedsvc.feeds.profiles.form import (
    FeedFormat,
    Profile,
    ProfileError,
    Rule,
    parse_profile,
)
from feedsvc.feeds.profiles.rules import Finding, check_feed, check_item, check_rule

__all__ = [
    "ENTRY_FIELDS",
    "SITE_FIELDS",
    "FeedFormat",
    "FieldValue",
    "Finding",
    "Profile",
    "ProfileError",
    "Rule",
    "Subject",
    "apply_profile",
    "check_feed",
    "check_item",
    "check_rule",
    "parse_profile",
]
