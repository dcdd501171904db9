"""Stands in for StackStorm's package of this name where there is none."""
