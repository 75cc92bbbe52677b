"""What each field of an entry means.

`entry_fields` finds a field by the one name that it has for us, `values` reads its words, `draft`
carries the entry while its parts are built: `identity`, `status`, `published`, `media` and so on,
each from the fields that concern it. No file is opened here but for the size of a medium.
"""
