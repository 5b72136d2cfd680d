"""GitHub's JSON, built from the sandbox's records: one module per family of things."""
