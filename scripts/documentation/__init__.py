"""The documentation site: what MkDocs asks for, and reference pages made from the code.

`hooks` is what mkdocs.yml names. Each other module renders one page of the reference as Markdown;
what only a person can say (what a setting is for, what causes a problem) stands in docs/ or beside
the code, and a missing or superfluous word of it is an error.
"""
