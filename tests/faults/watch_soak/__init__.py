"""The watch under faults for as long as one likes: `python -m tests.faults.watch_soak --real --minutes 60`."""
