"""Every page in every state it can be in, as people, an organiser and the passing of time bring it about."""

from __future__ import annotations

from datetime import timedelta

from tests.browser.site import Site

LONG = (
    "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente: wer sie bekommt, wer sie bezahlt und warum das alle angeht"
)


def every_page(site: Site) -> dict[str, str]:
    """Paths by name."""
    people = site.people
    full, closed = site.edition("Ausverkauft", seats=1), site.edition("Nur bis gestern", in_days=3)
    over, off = site.edition("Gestern war schön", in_days=1), site.edition("Fällt ins Wasser")
    running = site.edition("Drei Tage am Stück", in_days=1, duration_minutes=42 * 60)
    elsewhere = site.edition(
        LONG,
        location={"place": "Gemeindehaus, " + "Lange" * 30},
        speakers=[{"name": "N" * 100, "organisation": "O" * 120, "link": "https://lang.example/" + "x" * 300}],
        announcement="# Eins\n\n## Zwei\n\n> Zitat\n\n1. Erstens\n2. Zweitens\n\n`code` "
        + "w" * 200
        + "\n\n---\n\n    eingerückt "
        + "v" * 200,
        registration_closes_at=f"{site.system.now() + timedelta(days=2):%Y-%m-%dT%H:%M}",
    )
    people.api(
        "PATCH",
        f"/editions/{closed}",
        {"registration_closes_at": f"{site.system.now() + timedelta(hours=26):%Y-%m-%dT%H:%M}"},
    )
    personal = {
        "coming": site.personal_page(site.talk, "Pia Platz", "pia@example.org"),
        "given back": site.personal_page(site.talk, "Rolf Rückzug", "rolf@example.org"),
        "at a place": site.personal_page(elsewhere, "E" * 100, "lang@example.org"),
        "over": site.personal_page(over, "Paul Perfekt", "paul@example.org"),
        "running": site.personal_page(running, "Rita Rundum", "rita@example.org"),
        "cancelled": site.personal_page(off, "Olga Off", "olga@example.org"),
    }
    people.fill_in(f"{personal['given back']}/cancel")
    people.register(full, "Ada Früh", "ada@example.org")
    people.api("POST", f"/editions/{off}/cancel")
    people.fill_in(f"{site.german}/subscriptions", email="neu@example.org")
    pending = people.link("neu@example.org", "/confirm")
    people.subscribe("virtuelle-kaffeepause", "aktiv@example.org")
    active = people.link("aktiv@example.org", "/confirm")
    people.subscribe("virtuelle-kaffeepause", "ende@example.org")
    ended = people.link("ende@example.org", "/confirm")
    unsubscribed = people.end_link("ende@example.org")
    people.fill_in(unsubscribed)
    registered = site.led_to(site.talk, "gerade@example.org")
    with_announcements = site.led_to(site.talk, "gern@example.org", announcements="yes")
    unreachable = [site.led_to(site.talk, "bounce@simulator.amazonses.com") for _ in range(2)][-1]
    site.system.travel(advance="P1DT10H")
    decks = [
        {"title": LONG, "url": "https://lang.example/" + "x" * 300},
        {"title": "Notizen", "url": "https://n.example"},
    ]
    people.api("PATCH", f"/editions/{over}", {"recording_url": "https://film.example/abend", "slides": decks})
    mail = site.system.inbox("pia@example.org")[0]["id"]
    return {
        "front page": "/",
        "series, German": site.german,
        "series, English": site.english,
        "subscribed": f"{site.german}/subscribed",
        "subscribed-unreachable": f"{site.german}/subscribed?mail=not-sent",
        "edition": f"/editions/{site.talk}",
        "edition, English": f"/editions/{site.lunch}",
        "edition, full": f"/editions/{full}",
        "edition, closed": f"/editions/{closed}",
        "edition, running": f"/editions/{running}",
        "edition, over": f"/editions/{over}",
        "edition, cancelled": f"/editions/{off}",
        "edition, everything long": f"/editions/{elsewhere}",
        "registered": registered,
        "registered, announcements": with_announcements,
        "registered-unreachable": unreachable,
        "registered, by its address": f"/editions/{site.talk}/registered",
        **{f"registration, {state}": path for state, path in personal.items()},
        "confirm, pending": pending,
        "confirm, active": active,
        "confirm, ended": ended,
        "unsubscribe": people.end_link("aktiv@example.org"),
        "unsubscribed": unsubscribed,
        "forged": "/registrations/forged",
        "reference of the API": "/api/docs",
        "not found": "/nowhere/at/all",
        "address of a form": f"/editions/{site.talk}/registrations",
        "local": "/local",
        "local inbox": "/local/inbox",
        "local inbox, empty": "/local/inbox?to=nobody@example.org",
        "local mail": f"/local/inbox/{mail}",
        "local mail, text": f"/local/inbox/{mail}?view=text",
        "local mail, source": f"/local/inbox/{mail}?view=source",
        "local mail, headers": f"/local/inbox/{mail}?view=headers",
        "local forms": f"/local/forms/{people.api('GET', '/sources')['items'][0]['id']}",
        "local clock": "/local/clock",
        "local, not found": "/local/nothing",
    }
