"""The one endpoint of GraphQL."""

from __future__ import annotations

from bot.sandbox.github.calls import Call, Reply, Routes
from bot.sandbox.github.graphql import operation_of, refusal, together
from bot.sandbox.github.operations import OPERATIONS
from bot.sandbox.github.problems import Problem

routes = Routes()


@routes("POST", "/graphql")
async def answer(call: Call) -> Reply:
    """Answer one of the operations the sandbox knows; GraphQL is for those who signed in."""
    if call.actor.account is None:
        raise Problem(401, "This endpoint requires you to be authenticated.")
    text = call.fields.text("query") or ""
    name = operation_of(text)
    call.request.state.operation = name
    operation = OPERATIONS.get(name or "")
    if operation is None:
        raise Problem(422, f"The sandbox has no answer to the operation {name}")
    given = call.fields.object("variables") or call.fields
    answered, refused = {}, []
    for one in (operation, *operation.also):
        try:
            answered[one.field] = await one.handler(call, given)
        except Problem as problem:
            refused.append(refusal(problem, one.field))
    return together(answered, refused)
