"""Pictures in HTML: addresses of those that load late, sizes of those that are known."""

from feedsvc.content.pictures.addresses import (
    drop_code,
    is_named_as_no_picture,
    is_placeholder,
    list_lost_in_markdown,
    list_lost_pictures,
    make_picture_key,
    parse_attributes,
    restore_pictures,
    shows_picture,
)
from feedsvc.content.pictures.sizes import ATTRIBUTE_PAIR, IMG_TAG, add_sizes

__all__ = [
    "ATTRIBUTE_PAIR",
    "IMG_TAG",
    "add_sizes",
    "drop_code",
    "is_named_as_no_picture",
    "is_placeholder",
    "list_lost_in_markdown",
    "list_lost_pictures",
    "make_picture_key",
    "parse_attributes",
    "restore_pictures",
    "shows_picture",
]
