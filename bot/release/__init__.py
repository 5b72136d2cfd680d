"""Releasing a model: manifest, gates, publishing. A library and one durable workflow that know no service."""
