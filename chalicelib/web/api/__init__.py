"""What organisers ask for: JSON under ``/api/v1``, with a Bearer key."""
