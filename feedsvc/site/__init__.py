"""An address becomes a document: listings, entries, terms, sitemaps, and the cache of what is finished."""
