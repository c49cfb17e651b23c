"""What moto lacks of SES v2, as a responses class for moto, so that the application's own boto3 calls run unchanged.

Every sender address counts as verified. Tenants, contact lists and stored templates are not there: the
application uses none.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from moto.sesv2.responses import SESV2Response

from local.aws.clock import Clock, stamp
from local.ses import faulty_calls, rules
from local.ses.bulk import Accepted, Bulk
from local.ses.content import simple_content
from local.ses.errors import Refused
from local.ses.events import Event, Publisher, fate
from local.ses.faults import Faults
from local.ses.mailbox import Content, Mail, Mailbox, Raw, normal
from local.ses.template import CannotRender

PATHS = (
    "{0}/v2/email/account$",
    "{0}/v2/email/suppression/addresses/(?P<EmailAddress>[^/]+)$",
    "{0}/v2/email/outbound-bulk-emails$",
    "{0}/v2/email/configuration-sets/(?P<ConfigurationSetName>[^/]+)/event-destinations$",
)
"""What moto's table of paths lacks."""

MOST_A_DAY = 1_000_000
MOST_A_SECOND = 500


class Ses(SESV2Response):
    """One instance a request, as moto does it; what lasts is on the class, put there by ``local.processes.aws``."""

    clock: Clock
    mailbox: Mailbox
    faults: Faults
    publisher: Publisher

    sent: dict[datetime, int]
    suppressed: set[str]
    destinations: dict[str, dict[str, dict[str, Any]]]

    def get_account(self) -> str:
        quota = {"Max24HourSend": MOST_A_DAY, "MaxSendRate": MOST_A_SECOND, "SentLast24Hours": self._sent_last_day()}
        return json.dumps(
            {
                "DedicatedIpAutoWarmupEnabled": False,
                "EnforcementStatus": "HEALTHY",
                "ProductionAccessEnabled": True,
                "SendQuota": quota,
                "SendingEnabled": True,
                "SuppressionAttributes": {"SuppressedReasons": []},
            }
        )

    def create_configuration_set_event_destination(self) -> str:
        name, given = self._configuration_set(self._get_param("ConfigurationSetName")), json.loads(self.body)
        known = self.destinations.setdefault(name, {})
        if given["EventDestinationName"] in known:
            raise Refused(
                "AlreadyExistsException", f"Event destination {given['EventDestinationName']} already exists."
            )
        known[given["EventDestinationName"]] = given["EventDestination"]
        return "{}"

    def get_configuration_set_event_destinations(self) -> str:
        known = self.destinations.get(self._configuration_set(self._get_param("ConfigurationSetName")), {})
        return json.dumps({"EventDestinations": [{"Name": name} | given for name, given in known.items()]})

    def delete_suppressed_destination(self) -> str:
        faulty_calls.begin(self.faults.on_call("DeleteSuppressedDestination"), bulk=False)
        address = normal(unquote(self._get_param("EmailAddress")))
        if address not in self.suppressed:
            raise Refused("NotFoundException", f"Email address {address} does not exist on your suppression list.")
        self.suppressed.remove(address)
        return "{}"

    def send_email(self) -> str:
        given = json.loads(self.body)
        fault = faulty_calls.begin(self.faults.on_call("SendEmail"), bulk=False)
        content, destination = given.get("Content", {}), given.get("Destination", {})
        tags = given.get("EmailTags", [])
        _refuse(rules.destination(destination) or rules.tags(tags) or rules.sender(given))
        if "Raw" in content:
            data = base64.b64decode(content["Raw"]["Data"])
            _refuse(rules.raw(data))
            made: Content = Raw(data)
        elif "Simple" in content:
            simple = content["Simple"]
            _refuse(rules.headers(simple.get("Headers", [])) or rules.attachments(simple.get("Attachments", [])))
            made = simple_content(simple, given)
        else:
            raise Refused("BadRequestException", "Raw or Simple content is needed here.")
        name = given.get("ConfigurationSetName", "")
        mail = self._mail(given, name, tags, destination, "SendEmail")
        self._accept([(mail, made)], name)
        faulty_calls.end(fault)
        return json.dumps({"MessageId": mail["messageId"]})

    def send_bulk_email(self) -> str:
        if len(self.body.encode()) > rules.LARGEST_BULK_REQUEST:
            raise Refused("BadRequestException", "The request is larger than 1 MB.")
        given = json.loads(self.body)
        fault = faulty_calls.begin(self.faults.on_call("SendBulkEmail"), bulk=True)
        template, entries = given["DefaultContent"].get("Template", {}), given["BulkEmailEntries"]
        headers, tags = template.get("Headers", []), given.get("DefaultEmailTags", [])
        if not 0 < len(entries) <= rules.MOST_ENTRIES:
            raise Refused("BadRequestException", f"1 to {rules.MOST_ENTRIES} entries, not {len(entries)}.")
        if "TemplateContent" not in template:
            raise Refused("BadRequestException", "TemplateContent is needed here.")
        _refuse(rules.headers(headers) or rules.tags(tags) or rules.sender(given))
        _refuse(rules.attachments(template.get("Attachments", [])))
        bulk = Bulk(given, template, self._mail)
        results = [bulk.entry(index, entry, fault) for index, entry in enumerate(entries)]
        self._accept(bulk.accepted, bulk.configuration_set)
        faulty_calls.end(fault)
        return json.dumps({"BulkEmailEntryResults": results})

    def _accept(self, mails: list[Accepted], configuration_set: str) -> None:
        """Deliver what can be rendered, and tell what became of everything."""
        now = self.clock.now()
        events: list[Event] = []
        for mail, content in mails:
            if isinstance(content, CannotRender):
                events.append(Event("RENDERING_FAILURE", mail, {"errorMessage": str(content), "templateName": ""}))
                continue
            self.sent[now] = self.sent.get(now, 0) + len(mail["destination"])
            for recipient in mail["destination"]:
                arrives, told = fate(recipient, mail, now, suppressed=normal(recipient) in self.suppressed)
                events += told
                if arrives:
                    self.mailbox.receive(Mail(mail["messageId"], normal(recipient), now, content, mail["tags"]))
        listeners = [given for given in self.destinations.get(configuration_set, {}).values() if given.get("Enabled")]
        self.publisher.tell(
            [
                (listener["SnsDestination"]["TopicArn"], event)
                for event in events
                for listener in listeners
                if event.kind in listener["MatchingEventTypes"] and "SnsDestination" in listener
            ]
        )

    def _mail(
        self,
        given: dict[str, Any],
        configuration_set: str,
        tags: list[dict[str, str]],
        to: dict[str, Any],
        operation: str,
    ) -> dict[str, Any]:
        """The ``mail`` object of the events. Raises ``NotFoundException`` for an unknown configuration set."""
        if configuration_set:
            self._configuration_set(configuration_set)
        sender = given["FromEmailAddress"]
        automatic = {
            "ses:operation": [operation],
            "ses:configuration-set": [configuration_set],
            "ses:from-domain": [normal(sender).rpartition("@")[2]],
            "ses:source-ip": ["127.0.0.1"],
        }
        return {
            "timestamp": stamp(self.clock.now()),
            "source": sender,
            "sendingAccountId": self.current_account,
            "messageId": f"0107{uuid4().hex[:12]}-{uuid4()}-000000",
            "destination": rules.recipients(to),
            "headersTruncated": False,
            "tags": automatic | {tag["Name"]: [tag["Value"]] for tag in tags},
        }

    def _configuration_set(self, name: str) -> str:
        if name not in self.sesv2_backend.core_backend.config_sets:
            raise Refused("NotFoundException", f"Configuration set <{name}> does not exist.")
        return name

    def _sent_last_day(self) -> float:
        since = self.clock.now() - timedelta(days=1)
        for moment in [moment for moment in list(self.sent) if moment < since]:
            self.sent.pop(moment, None)
        return float(sum(list(self.sent.values())))


def _refuse(reason: str) -> None:
    if reason:
        raise Refused("BadRequestException", reason)
