"""Issues that leave their repository: transferred to another, or deleted."""

from __future__ import annotations

from dataclasses import replace

from bot.sandbox.github import threads
from bot.sandbox.github.calls import Call
from bot.sandbox.github.problems import Problem
from bot.sandbox.github.records import Issue, Repository
from bot.sandbox.github.shapes import issues as shapes
from bot.sandbox.github.shapes import repositories
from bot.sandbox.github.store import timestamp


def transfer(call: Call, issue: Issue, target: Repository) -> Issue:
    """Move an issue of the call's repository, with its comments, and tell the Apps of both repositories.

    Labels and milestone go along where the other repository has them by the same name
    (docs: transferring an issue to another repository).
    """
    source, store = call.repository, call.store
    if target.id == source.id or target.owner_id != source.owner_id:
        raise Problem(422, "The issue cannot be transferred to that repository")
    if source.private and not target.private:
        raise Problem(422, "Issues of a private repository cannot be transferred to a public one")
    before, moved = shapes.issue(call.view, issue), _copy(call, issue, target)
    store.issues.remove(issue)
    source.transferred[issue.number] = moved.id
    for comment in store.comments.all(issue=issue.id):
        comment.issue_id, comment.repository_id = moved.id, target.id
        store.comments.save(comment)
    for happening in store.happenings.all(issue=issue.id):
        happening.issue_id, happening.repository_id = moved.id, target.id
        store.happenings.save(happening)
    for reaction in store.reactions.all(subject=issue.id):
        reaction.subject_id = moved.id
        store.reactions.save(reaction)
    threads.record(call, moved, "transferred")
    after = shapes.issue(call.view, moved)
    there = {"new_issue": after, "new_repository": repositories.repository(call.view, target)}
    here = {"old_issue": before, "old_repository": repositories.repository(call.view, source)}
    call.emit("issues", "transferred", lambda: {"issue": before, "changes": there})
    call.emit("issues", "opened", lambda: {"issue": after, "changes": here}, repository=target)
    store.repositories.save(source)
    return moved


def _copy(call: Call, issue: Issue, target: Repository) -> Issue:
    store = call.store
    named = [store.labels.one(name=(target.id, store.labels[id].name.lower())) for id in issue.label_ids]
    title = store.milestones[issue.milestone_id].title if issue.milestone_id is not None else None
    milestones = store.milestones.all(repository=target.id)
    target.last_number += 1
    store.repositories.save(target)
    return store.issues.save(
        replace(
            issue,
            id=store.next_id(),
            repository_id=target.id,
            number=target.last_number,
            label_ids=[label.id for label in named if label is not None],
            assignee_ids=list(issue.assignee_ids),
            milestone_id=next((each.id for each in milestones if each.title == title), None),
            updated_at=timestamp(),
        )
    )


def delete(call: Call, issue: Issue) -> None:
    """Delete an issue of the call's repository for good: its number answers 410 from now on."""
    shaped = shapes.issue(call.view, issue)
    call.store.issues.remove(issue)
    call.repository.deleted_numbers.append(issue.number)
    call.store.repositories.save(call.repository)
    call.emit("issues", "deleted", lambda: {"issue": shaped})
