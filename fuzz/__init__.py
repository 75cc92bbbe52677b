"""Fuzzing: any bytes at all, and what has to hold of whatever feedsvc makes of them.

`targets` is the registry: a target is a function of bytes that returns if its invariants hold and
raises if one does not. `python -m fuzz` looks for bytes that break one, led by coverage (atheris);
`tests/test_fuzz.py` asks the same of the kept corpus and of Hypothesis.
"""
