"""The tests; a package, because StackStorm's own site-packages have one of this name too."""
