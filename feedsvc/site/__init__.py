"""Turns addresses into documents: dispatcher, one module per family of pages, and caches."""
