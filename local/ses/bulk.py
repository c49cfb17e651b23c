"""SendBulkEmail, entry by entry."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local.ses import faulty_calls, rules
from local.ses.content import attachments
from local.ses.errors import Refused
from local.ses.faults import Rule
from local.ses.mailbox import Composed, Content
from local.ses.template import CannotRender, render

MakeMail = Callable[[dict[str, Any], str, list[dict[str, str]], dict[str, Any], str], dict[str, Any]]
Accepted = tuple[dict[str, Any], Content | CannotRender]
"""The ``mail`` object of the events, and what there is to deliver."""


class Bulk:
    """One SendBulkEmail call: its defaults, and entry by entry what becomes of it."""

    def __init__(self, given: dict[str, Any], template: dict[str, Any], mail: MakeMail) -> None:
        self.given, self._mail = given, mail
        self.configuration_set = given.get("ConfigurationSetName", "")
        self.content = template["TemplateContent"]
        self.headers = {
            header["Name"].lower(): (header["Name"], header["Value"]) for header in template.get("Headers", [])
        }
        self.attachments = attachments(template.get("Attachments", []))
        self.accepted: list[Accepted] = []
        try:
            self.data: dict[str, Any] = json.loads(template.get("TemplateData") or "{}")
        except ValueError:
            raise Refused("BadRequestException", "TemplateData is not JSON.") from None

    def entry(self, index: int, entry: dict[str, Any], fault: Rule) -> dict[str, str]:
        if failure := faulty_calls.entry_status(fault, index):
            return {"Status": failure, "Error": "A fault on purpose."}
        destination, headers = entry.get("Destination", {}), entry.get("ReplacementHeaders", [])
        tags = [*self.given.get("DefaultEmailTags", []), *entry.get("ReplacementTags", [])]
        if wrong := rules.destination(destination) or rules.headers(headers) or rules.tags(tags):
            return {"Status": "INVALID_PARAMETER", "Error": wrong}
        replacement = entry.get("ReplacementEmailContent", {}).get("ReplacementTemplate", {})
        try:
            data = self.data | json.loads(replacement.get("ReplacementTemplateData") or "{}")
        except ValueError:
            return {"Status": "INVALID_PARAMETER", "Error": "ReplacementTemplateData is not JSON."}
        try:
            mail = self._mail(self.given, self.configuration_set, tags, destination, "SendBulkEmail")
        except Refused as refused:
            return {"Status": "CONFIGURATION_SET_NOT_FOUND", "Error": refused.message}
        self.accepted.append((mail, self._content(destination, headers, data)))
        return {"Status": "SUCCESS", "MessageId": mail["messageId"]}

    def _content(
        self, destination: dict[str, Any], headers: list[dict[str, str]], data: dict[str, Any]
    ) -> Content | CannotRender:
        own = {header["Name"].lower(): (header["Name"], header["Value"]) for header in headers}
        try:
            parts = {part.lower(): render(self.content.get(part, ""), data) for part in ("Subject", "Text", "Html")}
        except CannotRender as failure:
            return failure
        return Composed(
            **parts,
            headers=tuple((self.headers | own).values()),
            attachments=self.attachments,
            to=", ".join(destination.get("ToAddresses", [])),
            sender=self.given["FromEmailAddress"],
            reply_to=", ".join(self.given.get("ReplyToAddresses", [])),
        )
