"""What an operator sees: counts of requests and renderings, and who reads which feed.

`counters` are numbers that all workers add up, `requests` says what is counted of a response,
`exposition` writes them as Prometheus reads them, and who may read it. Off until `[metrics]`
turns it on; nothing of it is loaded before.
"""
