"""An announcement on its way: organisers ask, readers unsubscribe, and functions send it that may die while SES is
called."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from bench.events import Called, accepted, sqs_event
from bench.ground import BROADCAST, FORM, KEY, SITE, Ground, Wrong
from bench.measure import Meter
from bench.told import TITLE, Told, people_read, words
from chalicelib import world as worlds
from chalicelib.domain.corrections import said
from chalicelib.domain.delivery import BATCH_SIZE
from chalicelib.domain.mailing import Mailing, Progress
from chalicelib.domain.mails import Kind
from chalicelib.usecases.mailings import READ_IN_A_REQUEST

READS = ("GetItem", "Query", "BatchGetItem")
SENDS = ("SendEmail", "SendBulkEmail")
MOST_READ = (READ_IN_A_REQUEST + 1) * BATCH_SIZE
"""So many people of one list may be read in a request: those whose mails are counted in it, and whether there are more.
"""

AT_ONCE = 10
"""So many messages SQS hands to one call; fewer where there are only few."""

PATIENCE = 60
"""Minutes: longer than a lease and a proof that does not come."""

Message = tuple[str, str]


class Died(BaseException):
    """A function's process is gone: nothing is caught, nothing tidied up."""


class Watched:
    """The application's calls of SES: which version was the present one at each, and where a function dies.

    ``dies`` is ``before`` or ``after`` the next call, or ``between`` two of one batch. ``meanwhile`` happens once,
    while SES is being called.
    """

    def __init__(self) -> None:
        self.versions: list[int] = []
        self.dies = ""
        self.meanwhile: Callable[[], None] | None = None
        self._batch = ""

    def before(self, version: int, batch: str) -> None:
        again, self._batch = batch == self._batch, batch
        if self.dies == "before" or (self.dies == "between" and again):
            self._die()
        self.versions.append(version)
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            meanwhile()

    def after(self) -> None:
        if self.dies == "after":
            self._die()

    def _die(self) -> None:
        self.dies = ""
        raise Died


class Announced:
    """An edition in versions, and what became of each. ``now`` is the clock of the application.

    ``left`` are those who have unsubscribed, with what they had been told until then; ``requests`` the milliseconds of
    CPU of each, by name; ``digests`` the versions by what the ledger keeps of them.
    """

    def __init__(self, here: Ground, people: int, now: list[datetime]) -> None:
        self.here, self.people, self.now = here, people, now
        self.told, self.ses, self.meter = Told(), Watched(), Meter()
        self.left: dict[str, list[int]] = {}
        self.requests: dict[str, list[float]] = {}
        self.most_read = 0
        self.queued: list[list[Message]] = []
        self.edition = here.edition(publish=False, title=TITLE.format(1), announcement=words(1))
        self.version, self.digests = 0, dict[str, int]()
        self._becomes(1)

    # What organisers and readers do

    def request(self, name: str, method: str, path: str, body: Any = None, status: int = HTTPStatus.OK) -> Any:
        """Ask, and keep what it cost. Raises ``Wrong`` for another ``status``, or where it read too many people."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        event = self.here.request(method, f"/api/v1{path}", "" if body is None else json.dumps(body), headers)
        self._hear(self.here.record(*READS))
        meter = Meter()
        with meter:
            answer = self.here.call("api_handler", event)
        read = people_read(self.here.record(*SENDS))
        self.requests.setdefault(name, []).append(1000 * meter.cpu)
        self.most_read = max(self.most_read, read)
        if read > MOST_READ:
            raise Wrong(f"{method} {path} read of {read} people")
        if answer["statusCode"] != status:
            raise Wrong(f"{method} {path}: {answer['statusCode']} {answer['body']}")
        return json.loads(answer["body"])

    def edit(self) -> None:
        """The next version."""
        self.now[0] += timedelta(seconds=1)
        version = self.version + 1
        change = {"title": TITLE.format(version), "announcement": words(version)}
        self.request("edit", "PATCH", f"/editions/{self.edition}", change)
        self._becomes(version)

    def edit_both_at_once(self) -> None:
        """The next version, by two organisers: the one's title is written while the other's text is about to be."""
        version, path = self.version + 1, f"/editions/{self.edition}"
        titles = [{"title": TITLE.format(version)}]

        def meanwhile(**_: Any) -> None:
            if titles:
                self.here.api("PATCH", path, titles.pop())

        with _listening(worlds.world().store.table.client, "before-call.dynamodb.TransactWriteItems", meanwhile):
            self.here.api("PATCH", path, {"announcement": words(version)})
        self._becomes(version)

    def _becomes(self, version: int) -> None:
        kept = worlds.world().store.edition(self.edition)
        if (kept.title, kept.announcement) != (TITLE.format(version), words(version)):
            raise Wrong(f"version {version} is not what is kept: {kept.title}, {kept.announcement}")
        self.version, self.digests[said(kept).digest] = version, version

    def leave(self, first: int, step: int) -> None:
        """Everybody ``step`` after the ``first`` unsubscribes by the link in the mail that they have, or will not
        have."""
        for number in range(first, self.people, step):
            link = worlds.world().links.end("kaffeepause", f"{number * (16**32 // self.people):032x}")
            event = self.here.request("POST", link.removeprefix(SITE), "List-Unsubscribe=One-Click", FORM)
            answer = self.here.call("api_handler", event)
            if answer["statusCode"] != HTTPStatus.OK:
                raise Wrong(answer["body"])
            address = address_of(number)
            self.left[address] = list(self.told.by_address.get(address, []))

    # What the functions do

    def batches(self) -> list[Message]:
        """The messages that ask for what is to be sent, once it is cut into batches."""
        with self.meter:
            return self.here.batches(BROADCAST)

    def send(self, messages: list[Message]) -> None:
        """Until there are none; what a function that died was called with comes again later."""
        while messages:
            self._call(messages)

    def die(self, when: str, messages: list[Message]) -> Called | None:
        """Until a function dies; gives the last call that SES took. Raises ``Wrong`` where it never came to that."""
        self.ses.dies = when
        taken = None
        while self.ses.dies:
            if not messages:
                raise Wrong(f"no function came to die {when} a call of SES")
            taken = self._call(messages)
        return taken

    def come_again(self) -> None:
        """What was not done is received once more."""
        again, self.queued = self.queued, []
        for messages in again:
            self.send(messages)

    def report(self, taken: Called | None) -> None:
        """SES reports the mails that it took of somebody who could not note it any more."""
        for event in accepted(taken, self.here.clock()) if taken else ():
            answer = self.here.call("feedback", sqs_event("kaffeepause-feedback", [("event", json.dumps(event))]))
            if answer["batchItemFailures"]:
                raise Wrong("a report of SES failed; its reason is above")

    def finish(self) -> None:
        """Minute after minute: a lease has to pass, a proof is waited for, and everything is counted at the end."""
        for _ in range(PATIENCE):
            self.come_again()
            self.send(self.here.batches(BROADCAST))
            if all(mailing.progress is Progress.FINISHED for mailing in self.mailings()):
                return
            self.now[0] += timedelta(minutes=1)
            self.here.call("tick", self.here.scheduled())
        raise Wrong(f"not finished after {PATIENCE} minutes")

    def mailings(self) -> list[Mailing]:
        """The announcement and its corrections, in order."""
        found = worlds.world().store.mailings_of(self.edition)
        told = [one for one in found if one.kind in (Kind.ANNOUNCEMENT, Kind.CORRECTION)]
        return sorted(told, key=lambda one: (one.began_at or self.now[0], one.id))

    def _call(self, messages: list[Message]) -> Called | None:
        """A function is called with the first of them; gives the last call that SES took."""
        size = min(AT_ONCE, max(1, self.people // 600))
        called, messages[:] = messages[:size], messages[size:]
        try:
            with self.meter:
                answer = self.here.call("broadcast", sqs_event(BROADCAST, called))
        except Died:
            self.queued.append(called)
        else:
            # What a busy machine leaves too little time for comes again, as it does to a function with more.
            failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
            if again := [message for message in called if message[0] in failed]:
                self.queued.append(again)
        calls = self.here.record(*SENDS)
        self._hear(calls)
        return calls[-1] if calls else None

    @contextmanager
    def watched(self) -> Iterator[Meter]:
        """Every call of SES is looked at; gives what the functions cost meanwhile."""
        self.meter, client = Meter(), worlds.world().mailer.client

        def before(model: Any, params: dict[str, Any], **_: Any) -> None:
            if model.name in SENDS:
                tags = params.get("DefaultEmailTags") or params["EmailTags"]
                self.ses.before(self.version, {one["Name"]: one["Value"] for one in tags}["batch"])

        def after(model: Any, **_: Any) -> None:
            if model.name in SENDS:
                self.ses.after()

        self.here.record(*SENDS)
        with _listening(client, "provide-client-params.sesv2", before), _listening(client, "after-call.sesv2", after):
            yield self.meter

    def _hear(self, calls: list[Called]) -> None:
        """Raises ``Wrong`` where a mail is not right."""
        versions, self.ses.versions = self.ses.versions, []
        for version, call in zip(versions, calls, strict=True):
            self.told.hear(call, version)


def address_of(number: int) -> str:
    return f"person-{number:07d}@example.org"


@contextmanager
def _listening(client: Any, event: str, handler: Callable[..., None]) -> Iterator[None]:
    client.meta.events.register_first(event, handler)
    try:
        yield
    finally:
        client.meta.events.unregister(event, handler)
