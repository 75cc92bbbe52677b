"""Turns a body into safe HTML, a summary, references and search text: pure functions of text."""
