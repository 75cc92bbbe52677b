"""Text without any other header: by its labels, or by its first lines.

`labels` takes lines with labels apart, for every dialect; `text` is a text that has some, `plain`
one that has none.
"""
