"""The folder itself: its files, and how one notices that they have changed.

`walk` lists its files, `comparison` finds how the index differs, `watcher` reports what the system
says has changed, and `open_files` which files are still being written.
"""
