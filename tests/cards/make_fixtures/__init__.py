"""Train tiny models with the real libraries, and keep the small artifacts they leave behind.

What is kept stands in ``tests/cards/fixtures``, so no test needs any of these libraries. To make it again::

    python -m venv /tmp/trainers
    /tmp/trainers/bin/pip install -r tests/cards/make_fixtures/requirements-trainers.txt
    /tmp/trainers/bin/python -m tests.cards.make_fixtures.with_transformers

Modules that say "torch" need ``requirements-trainers.txt``, the others ``requirements-frameworks.txt``,
unless they name another file.
"""
