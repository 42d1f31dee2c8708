"""YAML that remembers its lines, so that a mistake can be shown where it stands. Pure.

Values are read one by one, by functions that take a node and either return what it holds or raise
Unexpected; an `Item` notes each mistake and goes on, so that all of them come out at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

T = TypeVar("T")
Reader: TypeAlias = Callable[[Node], T]

_LONGEST_SHOWN = 60


@dataclass(frozen=True, order=True)
class Mistake:
    """Something in the document that cannot be: on which line, in which value, and why."""

    line: int
    where: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where}: expected {self.expected}, found {self.found}"


class Unexpected(Exception):
    """A node does not hold what its reader takes; `found` is shown in place of its content."""

    def __init__(self, expected: str, node: Node, *, found: str | None = None) -> None:
        super().__init__(expected)
        self.expected, self.node = expected, node
        self.found = shown(node) if found is None else found


class Item:
    """One mapping of the document: gives its values by key and notes the mistakes."""

    def __init__(self, node: Node, where: str, mistakes: list[Mistake]) -> None:
        self.where, self.line = where, _line(node)
        self._mistakes = mistakes
        self._values: dict[str, Node] = {}
        self._taken: set[str] = set()
        if isinstance(node, MappingNode):
            self._collect(node)
        else:
            self._note(node, where, "a mapping of keys to values", shown(node))

    def _collect(self, node: MappingNode) -> None:
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._note(key, self.where, "a word as key", shown(key))
            elif key.value in self._values:
                self._note(key, self._path(key.value), "each key once", "it a second time")
            else:
                self._values[key.value] = value

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def required(self, name: str, reader: Reader[T]) -> T | None:
        """The value; None, with the mistake noted, when it is absent or not as it should be."""
        if name not in self._values:
            self._taken.add(name)
            self._mistakes.append(Mistake(self.line, self._path(name), "a value", "none"))
            return None
        return self.optional(name, reader, None)

    def optional(self, name: str, reader: Reader[T], default: T) -> T:
        """The value; `default` when it is absent, or a mistake, which is then noted."""
        self._taken.add(name)
        node = self._values.get(name)
        if node is None:
            return default
        try:
            return reader(node)
        except Unexpected as error:
            self._note(error.node, self._path(name), error.expected, error.found)
            return default

    def items(self, name: str) -> Iterator[Item]:
        """The mappings of a list; an absent or empty list has none."""
        self._taken.add(name)
        node = self._values.get(name)
        if node is None or _is_null(node):
            return
        if not isinstance(node, SequenceNode):
            self._note(node, self._path(name), "a list", shown(node))
            return
        for index, inner in enumerate(node.value):
            yield Item(inner, f"{self._path(name)}[{index}]", self._mistakes)

    def refuse_others(self, *names: str) -> None:
        """Note every key that was not asked for; the message names those that are known."""
        known = ", ".join(sorted(self._taken.union(names)))
        for name, node in self._values.items():
            if name not in self._taken:
                self._note(node, self._path(name), f"one of the keys {known}", repr(name))

    def mistake(self, name: str, expected: str, found: str) -> None:
        """Note a mistake about a value that could be read, but does not fit with the rest."""
        node = self._values.get(name)
        line = self.line if node is None else _line(node)
        self._mistakes.append(Mistake(line, self._path(name), expected, found))

    def _note(self, node: Node, where: str, expected: str, found: str) -> None:
        self._mistakes.append(Mistake(_line(node), where or "the file", expected, found))

    def _path(self, name: str) -> str:
        return f"{self.where}.{name}".lstrip(".")


def parse(text: str, mistakes: list[Mistake]) -> Item | None:
    """The mapping that the document is; None when it is empty or cannot be read at all."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        mistakes.append(Mistake(line, "the file", "YAML", error.problem or "something else"))
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        mistakes.append(Mistake(line, "the file", "YAML", "a character that is not text"))
        return None
    return None if node is None or _is_null(node) else Item(node, "", mistakes)


def text(node: Node) -> str:
    """Any scalar as it is written, so that 0123456749 keeps its zero without quotes too."""
    if not isinstance(node, ScalarNode) or _is_null(node) or not node.value.strip():
        raise Unexpected("a text", node)
    return str(node.value).strip()


def matching(pattern: str, expected: str) -> Reader[str]:
    """A text that the whole pattern matches."""

    def read(node: Node) -> str:
        found = text(node)
        if not re.fullmatch(pattern, found):
            raise Unexpected(expected, node)
        return found

    return read


def one_of(choices: Iterable[str]) -> Reader[str]:
    """One of some words."""
    allowed = tuple(choices)

    def read(node: Node) -> str:
        if not isinstance(node, ScalarNode) or node.value not in allowed:
            raise Unexpected(f"one of: {', '.join(allowed)}", node)
        return str(node.value)

    return read


def list_of(reader: Reader[T]) -> Reader[list[T]]:
    """A list of things that `reader` takes, each at most once."""

    def read(node: Node) -> list[T]:
        if not isinstance(node, SequenceNode):
            raise Unexpected("a list", node)
        found: list[T] = []
        for inner in node.value:
            value = reader(inner)
            if value in found:
                raise Unexpected("each value once", inner, found=f"{value!r} a second time")
            found.append(value)
        return found

    return read


def texts_by(keys: Iterable[str]) -> Reader[dict[str, str]]:
    """A mapping of some of the keys, at least one, to texts."""
    allowed = tuple(keys)

    def read(node: Node) -> dict[str, str]:
        if not isinstance(node, MappingNode) or not node.value:
            raise Unexpected(f"a text for one or more of: {', '.join(allowed)}", node)
        return {one_of(allowed)(key): text(value) for key, value in node.value}

    return read


def day(node: Node) -> date:
    """A day, written yyyy-mm-dd."""
    try:
        return date.fromisoformat(text(node))
    except ValueError:
        raise Unexpected("a day, as in 2026-03-17", node) from None


def boolean(node: Node) -> bool:
    value = plain(node)
    if not isinstance(value, bool):
        raise Unexpected("true or false", node)
    return value


def whole_number(lowest: int, highest: int) -> Reader[int]:
    """A whole number from `lowest` to `highest`, both included."""

    def read(node: Node) -> int:
        value = plain(node)
        if type(value) is not int or not lowest <= value <= highest:
            raise Unexpected(f"a whole number from {lowest} to {highest}", node)
        return value

    return read


def plain(node: Node) -> Any:
    """Whatever a scalar stands for in YAML; a fraction stays the text it is written as."""
    if not isinstance(node, ScalarNode):
        raise Unexpected("a single value", node)
    if node.tag == "tag:yaml.org,2002:float":
        return node.value
    try:
        return _constructed(node)
    except ValueError:
        raise Unexpected("a value", node) from None


def mapping(node: Node) -> dict[str, Any]:
    """A mapping of texts to anything that YAML can write."""
    if not isinstance(node, MappingNode):
        raise Unexpected("a mapping of keys to values", node)
    return {text(key): plain_or_list(value) for key, value in node.value}


def plain_or_list(node: Node) -> Any:
    """A scalar, or a list of scalars."""
    if isinstance(node, SequenceNode):
        return [plain(inner) for inner in node.value]
    return plain(node)


def shown(node: Node) -> str:
    """A node as it is put in a message: short, and on one line."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    if _is_null(node):
        return "nothing"
    content = repr(node.value)
    return content if len(content) <= _LONGEST_SHOWN else content[:_LONGEST_SHOWN] + "…'"


def _constructed(node: Node) -> Any:
    try:
        return yaml.SafeLoader("").construct_object(node, deep=True)
    except yaml.YAMLError:
        raise Unexpected("a value", node) from None


def _is_null(node: Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
