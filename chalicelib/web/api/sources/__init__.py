"""The admin API of sources: forms elsewhere that post registrations to us."""
