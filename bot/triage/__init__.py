"""What an issue or a pull request is about, learned and read from its words: a library without GitHub."""
