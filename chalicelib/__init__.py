"""Kaffeepause: what runs in Lambda, and nothing else."""

import gc
import logging

# Here, and not in app.py: Lambda imports the handlers from where they are written, and the log of each is wanted.
logging.getLogger(__name__).setLevel(logging.INFO)

# What is imported stays. Python would by default look through all of it some hundred times for cycles to free: a fifth
# of a cold start. So many objects of one request are never alive.
gc.set_threshold(100_000)
