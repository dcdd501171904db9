"""What `make bench` runs and prints: ratios to a peer or to the raw limit, measured in one run.

A bench is a module here with a function `run() -> list[Table]`, named in `bench.__main__.BENCHES`.
"""
