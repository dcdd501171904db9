"""The lab's command line: one module a family of commands."""
