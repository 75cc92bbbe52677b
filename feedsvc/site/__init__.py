"""An address becomes a document: the dispatcher, one module a family of pages, and the caches."""
