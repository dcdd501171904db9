"""`make demo`: the main jobs, shown step by step and checked, on a lab of their own."""
