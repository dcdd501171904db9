"""The errors of the lab's StackStorm that somebody catches."""

from __future__ import annotations


class StackStormError(Exception):
    """Anything the lab's StackStorm refuses; the message is a sentence for a person."""


class MetadataError(StackStormError):
    """A file of a pack does not say what StackStorm wants it to say; the message names file, attribute and reason."""


class NotFound(StackStormError):
    """There is no action, rule, trigger, key or execution of that name."""


class Invalid(StackStormError):
    """A request cannot be accepted as it is: parameters, payload, state."""


class ParameterError(StackStormError):
    """A parameter's template could not be rendered, or its dependencies are missing or circular."""
