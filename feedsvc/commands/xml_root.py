"""The first element of an XML text, which shows whether the text is a feed."""

from __future__ import annotations

import re

# After comments, instructions and a document type, whose own declarations are in brackets
FIRST_ELEMENT = re.compile(
    r"(?:\s|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[[^\]]*+\])?[^>]*+>|<[?!][^>]*+>)*+<([^\s/>]+)",
    re.DOTALL,
)
