"""Whom there is to tell."""

from __future__ import annotations

from chalicelib.domain.hint import Hint
from tests import inside
from tests.builders import a_subscriber, organised
from tests.faults.books import books
from tests.faults.life import Life
from tests.stage import Stage

BOUNCES = "bounce@simulator.amazonses.com"
COMPLAINS = "complaint@simulator.amazonses.com"


def readers(on_stage: Stage, number: int, *more: str) -> list[str]:
    """Subscribers as if they had confirmed; gives their keyed hashes, in the order in which batches are cut."""
    made = []
    for address in (*more, *(f"reader-{one}@example.org" for one in range(number))):
        hash_ = on_stage.world.addresses.hash(address)
        on_stage.world.store.changes().save(a_subscriber(hash=hash_, address=address)).commit()
        made.append(hash_)
    return sorted(made)


def announced(life: Life, number: int, *more: str) -> str:
    """An edition that is announced right now to so many readers; gives its id. Nothing has been worked on yet."""
    edition = organised(life.stage, publish=False)
    readers(life.stage, number, *more)
    announce(life, edition)
    return edition


def announce(life: Life, edition: str) -> None:
    status, answer = life.stage.api("POST", f"/editions/{edition}/publish", {"announce": "now"})
    assert status == 200, answer


def asked_to_register(life: Life, edition: str, name: str) -> None:
    """Somebody fills in the form; their confirmation waits in its queue."""
    fields = {"name": name, "email": f"{name}@example.org", "privacy": "yes"}
    assert life.stage.post(f"/editions/{edition}/registrations", fields).status_code == 303


def cut(life: Life) -> list[Hint]:
    """The mailing is cut into batches, and the hints to them are taken out of the queue; here they are."""
    life.stage.lanes_named("broadcast").turn()
    inside.lose_messages()
    (edition,) = life.stage.api("GET", "/series/kaffeepause/editions")[1]["items"]
    found = books(life.stage).batches
    return [
        Hint(mailing=batch.mailing, series="kaffeepause", edition=edition["id"], batch=batch.first) for batch in found
    ]
