"""One test module a module of the package; what they share is in conftest.py."""
