"""Kaffeepause: what runs in Lambda, and nothing else."""

import logging

# Here, and not in app.py: Lambda imports the handlers from where they are written, and the log of each is wanted.
logging.getLogger(__name__).setLevel(logging.INFO)
