"""The commands of `feedsvc`."""
