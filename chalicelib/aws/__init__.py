"""The way to AWS: clients, and the calls that are made often."""
