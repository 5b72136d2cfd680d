"""Compose YAML to nodes: what people write so that mistakes are told best, what is longer with libyaml."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import ruamel.yaml.error
import ruamel.yaml.nodes
import yaml
from ruamel.yaml import YAML
from ruamel.yaml.resolver import implicit_resolvers

HAND_WRITTEN = 32 * 1024
"""Characters up to which mistakes are told best; the pure parser needs most of a second for this much hostile
text. What is longer was made by programs, such as the results in an embedding model's card."""

Node = ruamel.yaml.nodes.Node | yaml.Node
Mapping = ruamel.yaml.nodes.MappingNode | yaml.MappingNode
Sequence = ruamel.yaml.nodes.SequenceNode | yaml.SequenceNode
Scalar = ruamel.yaml.nodes.ScalarNode | yaml.ScalarNode

Error = (ruamel.yaml.error.YAMLError, yaml.YAMLError)
MarkedError = (ruamel.yaml.error.MarkedYAMLError, yaml.MarkedYAMLError)
"""What is raised with the place of a mistake."""

_DIALECT = (1, 2)
"""The version of YAML whose rules tell a number from a text; by those of 1.1 ``no`` would be false."""
_TAG = "tag:yaml.org,2002:"
_Fits = Callable[[str], object]


def compose(text: str, max_depth: int) -> Node | None:
    """Compose a document whose values are nested at most so deep; an empty one is ``None``.

    Raises one of ``Error``, and for some malformed texts plain Python errors.
    """
    return (_written_by_hand if len(text) <= HAND_WRITTEN else _long)(text, max_depth)


def _written_by_hand(text: str, max_depth: int) -> Node | None:
    reader = YAML(typ="safe", pure=True)
    reader.max_depth = max_depth
    reader.composer.warn_double_anchors = False
    composed: Node | None = reader.compose(text)
    return composed


def _long(text: str, max_depth: int) -> Node | None:
    composed: Node | None = _Composer(text, max_depth).get_single_node()
    return composed


class _Composer(yaml.CBaseLoader):
    """Compose nodes as ``ruamel.yaml`` does; libyaml asks for the tag of each.

    Only a value that was left empty stands elsewhere: behind its key, not before what follows.
    """

    def __init__(self, text: str, max_depth: int) -> None:
        super().__init__(text)
        self._depth = 0
        self._max_depth = max_depth

    def descend_resolver(self, parent: yaml.Node | None, index: object) -> None:
        self._depth += 1
        if self._depth > self._max_depth:
            mark = parent.start_mark if parent else None
            raise yaml.MarkedYAMLError(problem="maximum depth", problem_mark=mark)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        if kind is not yaml.ScalarNode:
            return f"{_TAG}seq" if kind is yaml.SequenceNode else f"{_TAG}map"
        if implicit[0]:
            for tag, fits in _implicit().get(value[:1], ()):
                if fits(value):
                    return tag
        return f"{_TAG}str"


@cache
def _implicit() -> dict[str, list[tuple[str, _Fits]]]:
    """Give the tags of what is written without quotes, by its first character."""
    table: dict[str, list[tuple[str, _Fits]]] = {}
    for versions, tag, pattern, first_characters in implicit_resolvers:
        for first in first_characters if _DIALECT in versions else ():
            table.setdefault(first, []).append((tag, pattern.match))
    return table
