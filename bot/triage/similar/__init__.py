"""Find issues like another, from a local index that is kept up one issue at a time."""

from bot.triage.similar.index import SimilarIndex
from bot.triage.similar.meaning import Embedding, EmbeddingError
from bot.triage.similar.score import SHOWN, Match
from bot.triage.similar.storage import IndexFormatError

__all__ = ["SHOWN", "Embedding", "EmbeddingError", "IndexFormatError", "Match", "SimilarIndex"]
