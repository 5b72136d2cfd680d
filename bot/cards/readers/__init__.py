"""The readers: one module per kind of artifact, and one line here for each."""

from __future__ import annotations

from bot.cards.facts import Reader
from bot.cards.readers import config_json, results, safetensors_header, trainer_state

READERS: tuple[Reader, ...] = (
    Reader("config.json", config_json.read),
    Reader("trainer_state.json", trainer_state.read),
    Reader("*_results.json", results.read),
    Reader("*.safetensors", safetensors_header.read),
)
"""Every reader whose pattern a file's name matches is asked, in this order."""
