"""The demo: a small real model and the story played with it."""
