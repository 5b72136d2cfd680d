"""A GitHub and a Hub that look real, on loopback: for the demo, the tests and trying the bot out."""
