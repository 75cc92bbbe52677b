"""What each field of an entry means. To add one, see "A new field" in CONTRIBUTING.md.

`entry_fields` returns fields by canonical name, `values` parses their words, `draft` is the entry
in the making, whose parts `identity`, `status`, `published`, `media` and others build, each from
its own fields. No file is opened here, except to measure pictures and sounds.
"""
