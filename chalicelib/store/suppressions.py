"""Which addresses are never written to again, what led to it, and what was taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.suppression import SOFT_BOUNCES_WITHIN, Cause, Lifting, SoftBounce, Suppression
from chalicelib.store import items, keys
from chalicelib.store.table import Item, LostRace, Table, attributes


class Suppressions:
    table: Table

    def why_suppressed(self, person: str) -> str:
        """The reason, or nothing."""
        suppression = self.find_suppression(person)
        return suppression.reason if suppression else ""

    def find_suppression(self, person: str) -> Suppression | None:
        item = self.table.get(keys.suppression(person))
        return Suppression(item["reason"]["S"], datetime.fromisoformat(item["since"]["S"])) if item else None

    def count_test_mail(self, day: datetime, person: str = "ALL") -> int:
        """How many test mails with this one went to ``person``, or to anybody, on that day (UTC)."""
        return self.table.count(keys.test_mails(day.date(), person), expires=day + timedelta(days=2))

    def liftings(self, person: str) -> list[Lifting]:
        """The suppressions of this address that were taken back, oldest first."""
        return [items.load(Lifting, item) for item in self.table.query(keys.liftings(person))]

    def remember_soft_bounce(self, person: str, bounce: SoftBounce, *, now: datetime) -> list[SoftBounce]:
        """The soft bounces of this address that still count, this one included. Forgets older ones."""
        since, expires = now - SOFT_BOUNCES_WITHIN, now + SOFT_BOUNCES_WITHIN
        key = keys.soft_bounces(person)
        kept = self.table.add_to_set(key, "bounces", f"{keys.iso(bounce.at)}#{bounce.mail}", expires=expires)
        old = {text for text in kept if text < keys.iso(since)}
        if old:
            self.table.take_from_set(key, "bounces", old)
        read = (text.partition("#") for text in kept - old)
        return [SoftBounce(mail, datetime.fromisoformat(at)) for at, _, mail in read]

    def suppress(self, person: str, reason: str, at: datetime) -> None:
        """Never write to this address again. A complaint stays one, whatever else comes."""
        said = {"reason": {"S": reason}, "since": {"S": keys.iso(at)}, "person": {"S": person}}
        put: Item = {"Item": attributes(keys.suppression(person)) | said}
        if reason != Cause.COMPLAINT:
            put |= {
                "ConditionExpression": "attribute_not_exists(pk) OR #reason <> :complaint",
                "ExpressionAttributeNames": {"#reason": "reason"},
                "ExpressionAttributeValues": {":complaint": {"S": Cause.COMPLAINT}},
            }
        try:
            self.table.write([{"Put": put}])
        except LostRace:
            if self.why_suppressed(person) != Cause.COMPLAINT:
                raise
