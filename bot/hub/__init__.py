"""Everything that talks to the Hub. A library that knows no service."""
