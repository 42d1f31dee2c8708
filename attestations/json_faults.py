"""What keeps a text from being JSON, in words that can be told in every language. Pure."""

from __future__ import annotations

import msgspec

# What decoding raises for a text that is not JSON, or holds a number beyond any use.
NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def fault_of(error: Exception) -> str:
    """The end of a sentence that says what is wrong with the text, and where if that is known."""
    match error:
        case UnicodeDecodeError():  # says where in a part of the text, not in which
            return "it is not UTF-8"
        case RecursionError():
            return "it is nested too deep"
        case msgspec.ValidationError():
            return "a number is out of range"
    return str(error)
