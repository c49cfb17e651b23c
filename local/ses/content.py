"""What a send call says, as the mailbox keeps it."""

from __future__ import annotations

import base64
from typing import Any

from local.ses.mailbox import Attachment, Composed


def simple_content(simple: dict[str, Any], given: dict[str, Any]) -> Composed:
    body = simple["Body"]
    return Composed(
        subject=simple["Subject"]["Data"],
        text=body.get("Text", {}).get("Data", ""),
        html=body.get("Html", {}).get("Data", ""),
        headers=tuple((header["Name"], header["Value"]) for header in simple.get("Headers", [])),
        attachments=attachments(simple.get("Attachments", [])),
        to=", ".join(given["Destination"].get("ToAddresses", [])),
        sender=given["FromEmailAddress"],
        reply_to=", ".join(given.get("ReplyToAddresses", [])),
    )


def attachments(given: list[dict[str, Any]]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            found["FileName"],
            found.get("ContentType", "application/octet-stream"),
            base64.b64decode(found["RawContent"]),
        )
        for found in given
    )
