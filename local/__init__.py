"""The whole system on one machine, never shipped.

From top to bottom: aws, ses, site, processes, demo; each imports only from those above it.
"""
