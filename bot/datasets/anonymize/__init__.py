"""Take out of a table what tells who people are, by a policy that says what happens to each column."""
