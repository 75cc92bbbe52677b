"""What an operator sees: counts of requests and renderings, and who reads which feed.

`counters` adds up the numbers of all workers, `requests` says what is counted of a response, and
`exposition` writes them in Prometheus' formats and decides who may read them. All of it is off,
and not even loaded, unless `[metrics]` turns it on.
"""
