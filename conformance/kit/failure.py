"""How a case ends other than well."""

from process import Failure

__all__ = ["Failure", "NotApplicable", "require", "same"]


class NotApplicable(Exception):
    """The case asks for something this station does not have; the sentence says what."""


def require(condition, sentence):
    if not condition:
        raise Failure(sentence)


def same(what, actual, wanted):
    """`wanted` is a value, or a tuple of those that are allowed."""
    allowed = wanted if isinstance(wanted, tuple) else (wanted,)
    if actual not in allowed:
        raise Failure(f"{what} is {actual!r}, not {' or '.join(repr(w) for w in allowed)}")
