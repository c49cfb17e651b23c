"""What a fault on a call does: before anything is accepted, to single entries, and to the answer."""

from __future__ import annotations

import time

from local.ses.errors import Refused
from local.ses.faults import Rule


def begin(fault: Rule, *, bulk: bool) -> Rule:
    """The fault again, if the call goes on; raises where it is refused as a whole.

    Bulk calls tell quota and pause by entry.
    """
    match fault.get("do"):
        case "throttle":
            raise Refused("TooManyRequestsException", "Maximum sending rate exceeded.")
        case "error":
            raise Refused("InternalServiceErrorException", "Something went wrong.")
        case "quota" if not bulk:
            raise Refused("TooManyRequestsException", "Daily message quota exceeded.")
        case "paused" if not bulk:
            raise Refused("SendingPausedException", "Email sending for this account is paused.")
    return fault


def entry_status(fault: Rule, index: int) -> str:
    """Why the entry at ``index`` fails; empty when it does not."""
    match fault.get("do"):
        case "quota":
            return "ACCOUNT_DAILY_QUOTA_EXCEEDED"
        case "paused":
            return "ACCOUNT_SENDING_PAUSED"
        case "partial" if index in fault.get("entries", [0]):
            return str(fault.get("status", "TRANSIENT_FAILURE"))
    return ""


def end(fault: Rule) -> None:
    """Everything is accepted by now; only the answer suffers."""
    if fault.get("do") == "hang-after-accepting":
        time.sleep(fault.get("seconds", 60))
    if fault.get("do") == "error-after-accepting":
        raise Refused("InternalServiceErrorException", "Something went wrong.")
