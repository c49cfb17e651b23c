"""``python -m local.demo.story``: an edition from its first word to its first minute, and the next one from its draft
to the thanks, told as a timeline.

Every line is checked before it is printed, against the real local system: real HTTP, real mails. Exit code 0 means that
all of it is true.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from local.demo.seed import DRAFT, GERMAN
from local.demo.visitor import Visitor
from local.processes.system import LocalSystem
from local.site.client import Unexpected
from local.site.form_tools import AGREE, Delivery, FilledIn, Sender, Typeform, deliver

BERLIN = ZoneInfo("Europe/Berlin")
MIA, OLE, EDA, TARIK = "mia@example.org", "ole@example.org", "eda@example.org", "tarik@example.org"
KIM, NOOR, LEA = "kim@example.org", "noor@example.org", "lea@example.org"
COMING = (MIA, EDA, TARIK, KIM, NOOR, LEA)
OURSELVES = GERMAN["reply_to"]
NEXT, RIGHT = "Erenamt und Beruf", "Ehrenamt und Beruf"
"""The title of the next edition, as it was written first and as it should be."""


class Untrue(Exception):
    """The story went another way."""


class Story:
    """Keeps time as people on site read it, and knows which mails have been told of already."""

    def __init__(self, system: LocalSystem) -> None:
        self.system = system
        self.people = Visitor(system)
        self.edition = ""
        day = system.now().astimezone(BERLIN) + timedelta(days=21)
        self.day = day.replace(hour=14, minute=30, second=0, microsecond=0)
        self._told: set[tuple[str, str]] = set()
        self._day = ""

    def tell(self, who: str, what: str) -> None:
        now = self.system.now().astimezone(BERLIN)
        if (day := f"{now:%A, %d %B %Y}") != self._day:
            self._day = day
            print(f"\n{day}")
        print(f"  {now:%H:%M}  {who:<10} {what}", flush=True)

    def mails(self, *expected: tuple[str, str]) -> None:
        """Exactly these people got a mail with these words in its subject since the last time; nobody else
        got anything.

        What the organisers hear themselves is told, and not expected.
        """
        self.system.drain(hidden_too=False)
        new = [mail for mail in self.system.inbox() if (mail["id"], mail["address"]) not in self._told][::-1]
        self._told |= {(mail["id"], mail["address"]) for mail in new}
        ours = [(mail["address"], mail["subject"]) for mail in new if mail["address"] == OURSELVES]
        got = sorted((mail["address"], mail["subject"]) for mail in new if mail["address"] != OURSELVES)
        wanted = sorted(expected)
        if len(got) != len(wanted) or any(
            address != to or words not in subject for (address, subject), (to, words) in zip(got, wanted, strict=True)
        ):
            raise Untrue(f"expected mails {wanted}, but these arrived: {got}")
        for address, subject in got + ours:
            self.tell("", f"✉  {address:<18} {subject}")
        if not got + ours:
            self.tell("", "✉  nothing, to nobody")

    def until(self, day: datetime, time_of_day: str) -> None:
        """On to ``time_of_day`` of ``day``, in Berlin."""
        hour, minute = map(int, time_of_day.split(":"))
        there = day.astimezone(BERLIN).replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.system.travel(to=there.isoformat())

    def registered(self) -> int:
        return len(self.people.api("GET", f"/editions/{self.edition}/registrations")["items"])

    def expect(self, *, true: bool, what: str) -> None:
        if not true:
            raise Untrue(what)


class Connected:
    """A form elsewhere with its source. It is for the next edition of the series."""

    def __init__(self, story: Story, kind: str) -> None:
        self._people = story.people
        made = self._people.api("POST", "/sources", {"name": kind, "kind": kind, "to": {"series": GERMAN["slug"]}})
        self.id, self._url = str(made["id"]), str(made["url"])
        self.secret = str(self._people.api("GET", f"/sources/{self.id}/secrets")["items"][0]["secret"])

    def post(self, delivery: Delivery) -> dict[str, str]:
        """What the webhook answers. Raises ``Unexpected`` unless it was taken."""
        status, answer = self._people.http.send("POST", self._url, delivery.body, delivery.headers)
        if status != 200:  # noqa: PLR2004
            raise Unexpected(f"POST {self._url}: {status} {answer}")
        found: dict[str, str] = json.loads(answer)
        return found


def subscribe(story: Story) -> str:
    people = story.people
    people.api("POST", "/series", GERMAN)
    story.tell("Organiser", f"opens the series „{GERMAN['title']}“")
    for email in (MIA, TARIK):
        people.fill_in(f"/series/{GERMAN['slug']}/subscriptions", email=email)
    story.tell("Mia, Tarik", "leave their addresses on the series' page")
    story.mails((MIA, "Bitte bestätige"), (TARIK, "Bitte bestätige"))
    people.look_at(people.link(MIA, "/confirm"))
    people.fill_in(people.link(MIA, "/confirm"))
    story.tell("Mia", "opens the link and presses the button; Tarik forgets to")
    return "nobody is subscribed before they confirm"


def announce(story: Story) -> str:
    given = DRAFT | {"starts_at": f"{story.day:%Y-%m-%dT%H:%M}", "duration_minutes": 45, "seats": 6}
    story.edition = str(story.people.api("POST", f"/series/{GERMAN['slug']}/editions", given)["id"])
    plan = story.people.api("POST", f"/editions/{story.edition}/publish", {"announce": "now"})
    story.expect(true=plan["subscribers"] == 1, what="one subscriber will hear of it")
    story.tell("Organiser", f"publishes „{DRAFT['title']}“ for {story.day:%d %B, %H:%M}")
    story.mails((MIA, str(DRAFT["title"])))
    again = story.people.api("POST", f"/editions/{story.edition}/publish", {"announce": "now"})
    story.expect(true=not again["changed"], what="publishing twice changes nothing")
    story.tell("Organiser", "publishes again, to be sure; nothing changes")
    story.mails()
    return "an announcement goes to those who confirmed, once"


def connect(story: Story) -> str:
    typeform, website = Connected(story, "typeform"), Connected(story, "standard")
    story.tell("Organiser", "connects two forms by webhook: a Typeform, and that of the web site")
    tool, kim = Typeform(), FilledIn(name="Kim Berger", email=KIM, email_field=Typeform.email_field)
    delivery = deliver(tool, tool.payload(kim, story.system.now()), typeform.secret)
    first = typeform.post(delivery)
    story.expect(true=first["state"] == "registered", what="a Typeform registers")
    story.tell("Kim", "fills in the Typeform")
    story.mails((KIM, "Du bist dabei"))
    story.expect(true=typeform.post(delivery) == first, what="a repetition gets the first answer")
    story.expect(true=story.registered() == 1, what="a repetition registers nobody")
    story.tell("Typeform", "did not hear the answer, and sends the same again")
    story.mails()

    sender, person = Sender(website.secret), {"privacy": AGREE}
    data = person | {"name": "Noor Aziz", "email": NOOR}
    answer = website.post(sender.delivery(data, message="msg_noor", now=story.system.now()))
    story.expect(true=answer["state"] == "registered", what="Standard Webhooks register")
    story.tell("Noor", "registers on the web site, which sends a Standard Webhook")
    story.mails((NOOR, "Du bist dabei"))

    data = person | {"name": "Lea Wolff", "contact": LEA}
    kept = website.post(sender.delivery(data, message="msg_lea", now=story.system.now()))
    listed = story.people.api("GET", f"/sources/{website.id}/submissions?state=kept")["items"]
    story.expect(
        true=[(one["id"], one["reason"]) for one in listed] == [(kept["submission"], "address-missing")],
        what="what cannot be understood is kept with its reason",
    )
    story.tell("Lea", "registers too; but “email” is called “contact” there by now: kept, address missing")
    story.mails()
    story.people.api("PATCH", f"/sources/{website.id}", {"fields": {"email": "contact"}})
    replayed = story.people.api("POST", f"/sources/{website.id}/submissions/{kept['submission']}/replay")
    story.expect(true=replayed["state"] == "registered", what="what is kept registers once its mapping is mended")
    story.expect(true=story.registered() == 3, what="three people came by webhook")  # noqa: PLR2004
    story.tell("Organiser", "mends the mapping and replays what was kept; Lea did nothing twice")
    story.mails((LEA, "Du bist dabei"))
    return "whoever fills in a form elsewhere has a seat: once, and even if the form was changed"


def register(story: Story) -> str:
    people = story.people
    for name, email in (("Mia Lang", MIA), ("Ole Sand", OLE), ("Eda Kaya", EDA)):
        people.register(story.edition, name, email)
    story.tell("Mia & co.", "Mia, Ole and Eda register; now all six seats are taken")
    story.mails(*((email, "Du bist dabei") for email in (MIA, OLE, EDA)))
    try:
        people.register(story.edition, "Tarik Noor", TARIK)
    except Unexpected:
        story.tell("Tarik", "comes too late: the page says that all seats are taken")
    else:
        raise Untrue("a seventh person got one of six seats")
    manage = people.link(OLE, "/registrations/")
    people.look_at(manage)
    people.fill_in(f"{manage}/cancel")
    story.tell("Ole", "cannot come after all, and gives his seat back by the link in his mail")
    story.mails((OLE, "Du bist abgemeldet"))
    people.register(story.edition, "Tarik Noor", TARIK)
    story.tell("Tarik", "tries again, and has it")
    story.mails((TARIK, "Du bist dabei"))
    return "seats are given, given back and never oversold"


def remind(story: Story) -> str:
    story.until(story.day - timedelta(days=1), "09:01")
    story.tell("", "the day before, at nine")
    story.mails(*((email, "Morgen, 14:30 Uhr") for email in COMING))
    return "the reminder comes the day before, and not to Ole"


def move(story: Story) -> str:
    story.day += timedelta(days=1)
    story.people.api("POST", f"/editions/{story.edition}/move", {"starts_at": f"{story.day:%Y-%m-%dT%H:%M}"})
    story.tell("Organiser", "the guest is ill: moves it by a day")
    story.mails(*((email, "Neuer Termin") for email in COMING))
    story.until(story.day - timedelta(days=1), "09:01")
    story.mails(*((email, "Morgen, 14:30 Uhr") for email in COMING))
    return "a moved edition takes its reminders along"


def begin(story: Story) -> str:
    story.until(story.day, "13:31")
    story.tell("", "one hour before")
    story.mails(*((email, "Heute, 14:30 Uhr") for email in COMING))
    story.until(story.day, "14:30")
    story.tell("Everybody", "☕ it begins")
    story.until(story.day, "18:00")
    story.mails()
    planned = story.people.api("GET", f"/editions/{story.edition}/mailings")["items"]
    left = {mailing["progress"] for mailing in planned} - {"finished", "cancelled"}
    story.expect(true=not left, what="nothing is left to be sent")
    return "nobody hears anything that is no longer true"


def prepare_the_next(story: Story) -> str:
    people = story.people
    last, story.day = story.edition, story.day + timedelta(days=28)
    draft = people.api("POST", f"/editions/{last}/copy", {"starts_at": f"{story.day:%Y-%m-%dT%H:%M}"})
    story.edition = str(draft["id"])
    people.api("PATCH", f"/editions/{story.edition}", {"title": NEXT, "location": {"online": True}})
    story.tell("Organiser", f"copies the edition to {story.day:%d %B}; the link is not known yet")
    ahead = people.api("GET", f"/editions/{story.edition}/future?announce=now")["items"]
    story.expect(
        true=[(one["message"], one["get_it"]) for one in ahead]
        == [("announcement", 1), ("reminder", 0), ("reminder", 0)],
        what="every mail is known before anything is published",
    )
    story.tell("Organiser", "looks at each mail that it is going to cause; nothing is sent by looking")
    story.mails()
    plan = people.api("POST", f"/editions/{story.edition}/publish", {"announce": {"in_minutes": 10}})
    waiting = plan["mailings"][0]["id"]
    story.tell("Organiser", "publishes it, to be announced in ten minutes; sees a typing mistake")
    people.api("POST", f"/mailings/{waiting}/cancel")
    story.system.travel(advance="PT1H")
    story.tell("Organiser", "withdraws the announcement in time")
    story.mails()
    return "what was sent by mistake can be withdrawn for some minutes"


def announce_and_correct(story: Story) -> str:
    people, edition = story.people, f"/editions/{story.edition}"
    people.api("POST", f"{edition}/announce", {"announce": "now"})
    story.tell("Organiser", "announces it")
    story.mails((MIA, NEXT))
    story.system.travel(advance="PT1H")
    people.api("PATCH", edition, {"title": RIGHT})
    people.api("POST", f"{edition}/correct", {"text": "Ein Tippfehler, entschuldigt!"})
    story.tell("Organiser", "finds the mistake all the same, and corrects it for those who got it")
    story.mails((MIA, "Berichtigung"))
    story.system.travel(advance="PT1H")
    people.api("POST", f"{edition}/announce", {"announce": "now"})
    story.tell("Organiser", "announces it once more, to be sure: whoever has read this text does not get it again")
    story.mails()
    return "nobody is sent the same text twice, and a correction goes to exactly those who got it"


def write(story: Story) -> str:
    people, edition = story.people, f"/editions/{story.edition}"
    for name, email in (("Eda Kaya", EDA), ("Noor Aziz", NOOR)):
        people.register(story.edition, name, email)
    story.tell("Eda, Noor", "register; their mail says that the link will follow")
    story.mails((EDA, "Du bist dabei"), (NOOR, "Du bist dabei"))
    link = {"join_url": "https://meet.example.org/ehrenamt"}
    people.api("PATCH", edition, {"location": link, "tell_registered": True})
    story.tell("Organiser", "has the link by now: whoever registered gets it")
    story.mails((EDA, "Zugangslink"), (NOOR, "Zugangslink"))
    people.api("POST", f"{edition}/messages", {"subject": "Bringt Fragen mit", "text": "Und *Kaffee*.", "at": "now"})
    story.tell("Organiser", "writes a word of their own to those who registered")
    story.mails((EDA, "Bringt Fragen mit"), (NOOR, "Bringt Fragen mit"))
    story.day += timedelta(days=1)
    people.api("POST", f"{edition}/move", {"starts_at": f"{story.day:%Y-%m-%dT%H:%M}", "note": "Der Raum ist belegt."})
    story.system.travel(advance="PT10M")
    story.tell("Organiser", "moves it by a day: Mia, who only read the announcement, hears of it as well")
    story.mails((EDA, "Neuer Termin"), (NOOR, "Neuer Termin"), (MIA, "Neuer Termin"))
    return "whoever was told a date hears when it is another one, registered or not"


def thank(story: Story) -> str:
    story.until(story.day, "18:00")
    story.mails(*((email, when) for email in (EDA, NOOR) for when in ("Morgen, 14:30 Uhr", "Heute, 14:30 Uhr")))
    recording = {"recording_url": "https://video.example.org/ehrenamt", "thank": "now"}
    story.people.api("PATCH", f"/editions/{story.edition}", recording)
    story.tell("Organiser", "adds the recording, and with it thanks those who were registered")
    story.mails((EDA, "Danke"), (NOOR, "Danke"))
    report = story.people.api("GET", f"/editions/{story.edition}/report")
    story.expect(true=report["coming"] == 2, what="the report counts who came")  # noqa: PLR2004
    story.tell("Organiser", "reads the numbers: told, registered, come; nobody's reading is measured")
    return "those who were registered are thanked once, with the recording"


CHAPTERS = (
    subscribe,
    announce,
    connect,
    register,
    remind,
    move,
    begin,
    prepare_the_next,
    announce_and_correct,
    write,
    thank,
)


def main() -> int:
    began = time.monotonic()
    shown: list[str] = []
    with LocalSystem() as system:
        story = Story(system)
        try:
            shown.extend(chapter(story) for chapter in CHAPTERS)
        except (Untrue, Unexpected) as wrong:
            print(f"\n✗ The story went another way: {wrong}", file=sys.stderr)
            return 1
    print("\nShown:")
    for lesson in shown:
        print(f"  ✓ {lesson}")
    print(f"\nAll of it in {time.monotonic() - began:.0f} seconds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
