"""Play the whole of Giveback on one machine: ``giveback demo``."""
