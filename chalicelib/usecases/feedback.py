"""What SES reports of a mail, by the tags it was sent with: who must not be written to any more."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.refusals import NotFound
from chalicelib.usecases.subscribe import end
from chalicelib.world import World


def feedback(world: World, event: dict[str, Any]) -> None:
    """A hard bounce and a complaint suppress the address; a complaint also ends the subscription. Anything else changes nothing.

    The shape is SES's event publishing: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """
    tags = event["mail"].get("tags", {})
    person, series = "".join(tags.get("person", [])), "".join(tags.get("series", []))
    if not person:
        return  # a mail that is not ours
    match event["eventType"]:
        case "Bounce" if event["bounce"]["bounceType"] == "Permanent":
            world.store.suppress(person, "bounce", world.clock())
        case "Complaint":
            world.store.suppress(person, "complaint", world.clock())
            try:
                end(world, series, person)
            except NotFound:
                return  # they complained of a mail about their registration
