"""How likely people are to be told apart in a table: k, l, t, unique rows, and what would lower the risk."""
