"""Learn what a repository's people call their issues, from the labels they gave before."""

PRECISION = 0.95
"""Share of applied labels that must be right, unless another is asked for."""


class ModelFileError(ValueError):
    """A model file cannot be read; the message says why and what to do."""
