"""Kaffeepause: what runs in Lambda, and nothing else."""
