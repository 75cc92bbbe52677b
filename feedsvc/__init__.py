"""feedsvc serves a folder of news as RSS, Atom, JSON Feed and HTML."""

__version__ = "0.1.0"
