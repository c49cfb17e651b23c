"""How SES says no to a whole call."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class Refused(ServiceException):
    """An error of the SES v2 model: its code and a message."""
