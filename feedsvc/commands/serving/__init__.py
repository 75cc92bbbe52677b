"""The processes of `feedsvc serve`: workers, their supervisor, and the exporter of their metrics.

`supervisor` keeps workers, `http_worker` is one of them: HTTP by Granian's core. `core_metrics` is
a process that shows what the core counts.
"""
