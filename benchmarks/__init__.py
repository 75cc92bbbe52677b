"""What feedsvc costs: `python -m benchmarks`."""
