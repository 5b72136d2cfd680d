"""What people declare about a model, because no file can say it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.facts import Reading


@dataclass(frozen=True)
class EvaluatedOn:
    """Name the data the result files were measured on; ``id`` is a Hub dataset id or a short name."""

    id: str
    name: str
    split: str | None = None


@dataclass(frozen=True)
class Declared:
    """Hold what people say about a model. Free text may be Markdown; what is None is not known."""

    model_id: str | None = None
    title: str | None = None
    description: str | None = None
    license: str | None = None
    license_name: str | None = None
    license_link: str | None = None
    base_models: tuple[str, ...] = ()
    base_model_relation: str | None = None
    datasets: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    library_name: str | None = None
    pipeline_tag: str | None = None
    tags: tuple[str, ...] = ()
    evaluated_on: EvaluatedOn | None = None
    intended_use: str | None = None
    limitations: str | None = None


@dataclass(frozen=True)
class Question:
    """Ask people for one thing; ``key`` is the field of Declared that answers it."""

    key: str
    text: str


_QUESTIONS = (
    Question("license", "Under which licence may others use the model?"),
    Question("description", "What does the model do, in one or two sentences?"),
    Question("pipeline_tag", "Which task is it for (for example image-classification)?"),
    Question("library_name", "Which library loads it (for example transformers)?"),
    Question("intended_use", "What is it meant to be used for, and what not?"),
    Question("limitations", "Where does it fail, and what should users watch out for?"),
    Question("datasets", "Which datasets was it trained on?"),
    Question("evaluated_on", "Which dataset were the results measured on?"),
)


def questions(reading: Reading, declared: Declared) -> tuple[Question, ...]:
    """List what neither the files nor the people have said yet, the most needed first."""
    has_results = any(fact.name.startswith(("eval_", "test_")) for fact in reading.facts)
    known = {
        "library_name": library(reading, declared) is not None,
        "pipeline_tag": task(reading, declared) is not None,
        "evaluated_on": declared.evaluated_on is not None or not has_results,
    }
    return tuple(one for one in _QUESTIONS if not known.get(one.key, bool(getattr(declared, one.key))))


def library(reading: Reading, declared: Declared) -> str | None:
    """Name the library: as declared, or transformers when its version stands in the configuration."""
    if declared.library_name:
        return declared.library_name
    return "transformers" if reading.get("transformers_version") else None


_TASKS = {
    "ForCausalLM": "text-generation",
    "ForImageClassification": "image-classification",
    "ForMaskedLM": "fill-mask",
    "ForQuestionAnswering": "question-answering",
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
}


def task(reading: Reading, declared: Declared) -> str | None:
    """Name the pipeline tag: as declared, or as the architecture's name says without doubt."""
    if declared.pipeline_tag:
        return declared.pipeline_tag
    architectures = reading.get("architectures")
    names = architectures.value if architectures and isinstance(architectures.value, list) else []
    found = {tag for name in names for ending, tag in _TASKS.items() if name.endswith(ending)}
    return found.pop() if len(found) == 1 else None
