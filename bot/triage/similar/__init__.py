"""Find issues like another, from a local index that is kept up one issue at a time; see ``index``."""
