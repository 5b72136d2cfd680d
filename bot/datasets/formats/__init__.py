"""Read the files that datasets come in, a bounded piece at a time."""
