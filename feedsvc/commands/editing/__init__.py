"""Changes one place in the file of an entry, and no other byte: for `stamp` and `publishing`.

Comes in: the bytes of a file, and the text to insert. Goes out: the changed bytes, in the same
encoding and otherwise as before, or None if the dialect has no place for that text. `text_file`
writes nothing.
"""

from feedsvc.commands.editing.text_file import (
    TextFile,
    decode_file,
    has_same_text,
    insert_field,
)

__all__ = ["TextFile", "decode_file", "has_same_text", "insert_field"]
