"""Faults that feedsvc has to bear, each made many times against real processes and files.

`python -m torture` runs them and prints a table. `faults` lists them; a new one is a function in a
module here and a line there. What they share: `site` starts servers, `folder` edits entries and
remembers what is true of them, `answers` compares a feed with that, `visitors` ask all the while.
"""
