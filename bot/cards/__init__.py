"""Model cards: facts from training artifacts, rendering, linting. A library that knows no service."""
