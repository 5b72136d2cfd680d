"""Hold queries and answers to GitHub's own GraphQL schema."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    get_variable_values,
    parse,
    validate,
)

FILE = Path(__file__).parents[2] / "contract/node_modules/@octokit/graphql-schema/schema.graphql"


@cache
def schema() -> GraphQLSchema:
    """Read GitHub's schema; it takes a few seconds."""
    return build_schema(FILE.read_text(encoding="utf-8"), assume_valid=True)


def violations(text: str) -> list[str]:
    """List what in a query GitHub's schema does not know."""
    return [error.message for error in validate(schema(), parse(text))]


def wrong_variables(text: str, variables: dict[str, Any]) -> list[str]:
    """List what in the variables of a query GitHub's schema does not take."""
    (operation,) = (one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode))
    found = get_variable_values(schema(), operation.variable_definitions or (), variables)
    return [error.message for error in found] if isinstance(found, list) else []


def wrong_in_answer(text: str, variables: dict[str, Any], data: Any) -> list[str]:
    """List what in an answer is missing or not of the type GitHub's schema has.

    The query is carried out on the answer itself: what comes out has to be the same once more.
    """
    result = execute_sync(
        schema(), parse(text), root_value=data, variable_values=variables, field_resolver=_as_answered
    )
    if result.errors:
        return [str(error) for error in result.errors]
    return [] if result.data == data else [f"{data} has more than was asked for: {result.data}"]


def _as_answered(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Take a field from an answer, where it stands under its alias if the query gave it one."""
    return source.get(info.path.key)
