"""Files of entries are changed in one place, and no other byte of them: `stamp`, and `publishing`.

Comes in: the bytes of a file, and what is to stand in it. Goes out: bytes whose every other one is
as before, in the same encoding, or None where the dialect has no place for it. `text_file`
writes nothing.
"""

from feedsvc.commands.editing.moving import write_moved
from feedsvc.commands.editing.text_file import TextFile, decode_file, insert_field

__all__ = ["TextFile", "decode_file", "insert_field", "write_moved"]
