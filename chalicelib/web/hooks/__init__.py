"""Webhooks: registrations posted by form tools."""
