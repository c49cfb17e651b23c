"""How text is read that people paste: what is joined, what keeps its breaks, what is a list."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.words.prose.html import to_html
from chalicelib.words.prose.reading import read
from chalicelib.words.prose.text import to_text
from chalicelib.words.text import paragraphs

PASTED = (Path(__file__).parent / "announcement.txt").read_text("utf-8")

AS_MEANT = """\
Manche Aufgaben in einer Stadt sind für eine Einrichtung allein zu groß. Wer Einsamkeit im Alter ernst nimmt, braucht Nachbarschaften, \
Vereine und die Verwaltung an einem Tisch. Das nennt sich „Sorgende Stadt“ (manchmal auch „Caring Community“).

Damit so ein Tisch trägt, müssen alle wissen, wozu sie da sind: Ehrenamtliche, Pflegedienste, Kirchengemeinden und das Quartiersbüro. \
Niemand gibt dabei seine Aufgabe ab, aber jede und jeder sieht, was die anderen tun. So entsteht mit der Zeit ein Netz, das auch dann \
hält, wenn eine Stelle wegfällt.

Das „Netz am Fluss“ erzählt, wie es angefangen hat

Jule Sander vom Netz am Fluss hat den runden Tisch aufgebaut. In vier Jahren sind daraus neun feste Angebote geworden, und kein einziges \
davon gehört nur einer Organisation.

In unserer Virtuellen Kaffeepause am 24.02. um 16 Uhr erzählt Jule Sander…

- was eine Sorgende Stadt eigentlich ist
- wie das Netz am Fluss Leute gewinnt, die noch nie bei einem Treffen waren.
- was die Arbeit am runden Tisch leicht macht.
- warum kleine Schritte hier mehr bewirken als ein großer Plan

Außerdem hat Jule drei Fragen dabei, mit denen ihr am nächsten Tag anfangen könnt.

Neugierig? Wir freuen uns, wenn du mitredest, deine Fragen stellst und von deiner Stadt erzählst.

Alles zum Nachlesen: www.example.org/netz-am-fluss (oder schreib an hallo@example.org).

Die Virtuelle Kaffeepause ist eine Reihe des Campus Miteinander. Hier treffen sich Engagierte in entspannter Runde, um sich über \
wechselnde Themen auszutauschen. Zu jedem Termin gibt es einen kurzen Impuls und die Chance, neue Leute kennenzulernen.

Jule Sander
Netz am Fluss"""

WRAPPED = """\
Wer einen Garten teilt, lernt seine Nachbarn kennen, ob er will oder nicht: beim
Gießen, beim Ernten und beim Streit um die Gartenschere. Davon handelt der Abend.
"""

ENGLISH = """\
Sharing a garden means getting to know the neighbours, whether you want to or
not: while watering, while harvesting and while looking for the one good pair of
secateurs. That is what this evening is about.
"""

LONG = " ".join(["Ein langer Satz, der seinen Platz auf einer Zeile hat."] * 3)


def shown(text: str) -> str:
    """The text part on lines of any length, in which each kind of break is seen: a line, a blank line, a bullet."""
    return to_text(text, columns=100_000)


def test_an_announcement_pasted_from_a_web_page_is_read_as_an_editor_would_set_it() -> None:
    assert shown(PASTED) == AS_MEANT


@pytest.mark.parametrize("change", ["\r\n", "\r"], ids=["Windows", "an old Mac"])
def test_it_is_read_so_whatever_ends_its_lines(change: str) -> None:
    assert shown(PASTED.replace("\n", change)) == AS_MEANT


def test_it_is_read_so_with_blank_lines_between_its_paragraphs_too() -> None:
    apart = (
        PASTED.replace("\nDamit", "\n\nDamit").replace("\nDas „Netz", "\n\nDas „Netz").replace("\nIn uns", "\n\nIn uns")
    )
    assert apart.count("\n\n") == 3
    assert shown(apart) == AS_MEANT


def test_it_is_read_so_with_the_bullets_of_other_programs() -> None:
    for mark in ("• ", "•\t", "–\u00a0", "· ", "* ", "▪\t", "◦ ", "o\t"):
        assert shown(PASTED.replace("\n- ", f"\n{mark}")) == AS_MEANT, mark


@pytest.mark.parametrize("text", ["\tPflege\n\tKirche", "    • Pflege\n    • Kirche", "  1. Pflege\n  2. Kirche"])
def test_a_list_that_a_text_begins_with_is_read_like_one_further_down(text: str) -> None:
    kept = paragraphs(text, most=100)
    assert str(to_html(f"Themen:\n{kept}")) == "<p>Themen:</p>\n" + str(to_html(kept))
    assert str(to_html(kept)).count("<li>") == 2
    assert "<li>Pflege</li>" in str(to_html(kept))


KINDS = {
    # What a program wrapped is joined.
    "two wrapped lines": (
        "Wir treffen uns am Dienstag zum ersten Mal im neuen Gemeindehaus und reden über\ndas, was uns wichtig ist.",
        "Wir treffen uns am Dienstag zum ersten Mal im neuen Gemeindehaus und reden über das, was uns wichtig ist.",
    ),
    "wrapped English": (ENGLISH, ENGLISH.replace("\n", " ").strip()),
    "wrapped paragraphs, blank lines between": (
        WRAPPED + "\n" + WRAPPED, "\n\n".join([WRAPPED.replace("\n", " ").strip()] * 2),
    ),
    "a short line with a full stop ends its paragraph": (
        ENGLISH + "Nobody needs to know anything about plants, and nobody needs to bring a thing\nexcept an appetite.",
        ENGLISH.replace("\n", " ").strip()
        + "\n\nNobody needs to know anything about plants, and nobody needs to bring a thing except an appetite.",
    ),
    "odd short lines in a sentence": (
        ("Am Donnerstag um\n18 Uhr kommt Ben\nund erzählt, was aus dem alten Bahnhof geworden ist, seit dort niemand mehr\n"
        "auf einen Zug wartet."),
        ("Am Donnerstag um 18 Uhr kommt Ben und erzählt, was aus dem alten Bahnhof geworden ist, seit dort niemand mehr auf einen Zug "
        "wartet."),
    ),
    "a wrapped date": (
        ("Der nächste Abend mit Gästen aus allen Gruppen, die es bei uns gibt, ist am\n24. Februar im Rathaus, und alle, die mögen, "
        "bringen etwas zu essen für\ndas Buffet mit."),
        ("Der nächste Abend mit Gästen aus allen Gruppen, die es bei uns gibt, ist am 24. Februar im Rathaus, und alle, die mögen, bringen "
        "etwas zu essen für das Buffet mit."),
    ),
    "a heading": (
        "Ein Garten für alle\n" + WRAPPED, "Ein Garten für alle\n\n" + WRAPPED.replace("\n", " ").strip(),
    ),
    "a heading that asks": ("Wem gehört der Garten?\n" + WRAPPED, "Wem gehört der Garten?\n\n" + WRAPPED.replace("\n", " ").strip()),
    "a heading behind a full line": (
        WRAPPED + "So geht es\nJede Gruppe hat zehn Minuten. Danach ist Zeit für Fragen.",
        WRAPPED.replace("\n", " ").strip() + "\n\nSo geht es\n\nJede Gruppe hat zehn Minuten. Danach ist Zeit für Fragen.",
    ),
    "somebody who signs for somebody": (
        WRAPPED + "Mit herzlichen Grüßen\nEuer Team\ni. A. Mia Lang",
        WRAPPED.replace("\n", " ").strip() + "\n\nMit herzlichen Grüßen\nEuer Team\ni. A. Mia Lang",
    ),
    "a quotation broken in its name": (
        ("In der Reihe „Lange Nacht der\nNachbarschaft“ zeigt das Kino am Hafen einen Film über Menschen, die in einem\n"
        "Hochhaus leben."),
        "In der Reihe „Lange Nacht der Nachbarschaft“ zeigt das Kino am Hafen einen Film über Menschen, die in einem Hochhaus leben.",
    ),
    "a word that was bold": (
        ("In diesem Monat geht es um das Thema\nEinsamkeit\nund darum, was wir als Nachbarinnen und Nachbarn tun können, damit niemand allein\n"
        "bleiben muss."),
        ("In diesem Monat geht es um das Thema Einsamkeit und darum, was wir als Nachbarinnen und Nachbarn tun können, damit niemand allein "
        "bleiben muss."),
    ),
    "punctuation that was torn off": (
        "Zu Gast ist\nMia Lang\n, die den Garten am Hang gegründet hat und weiß, wie man Menschen zum Graben\nbringt.",
        "Zu Gast ist Mia Lang, die den Garten am Hang gegründet hat und weiß, wie man Menschen zum Graben bringt.",
    ),
    "a word parted at its hyphen": (
        ("Wir laden alle, die in der Nachbarschaft etwas bewegen, sehr herzlich zum Online-\nTreffen ein und freuen uns auf alle Groß-\n"
        "und Kleingärtner."),
        ("Wir laden alle, die in der Nachbarschaft etwas bewegen, sehr herzlich zum Online-Treffen ein und freuen uns auf alle Groß- und "
        "Kleingärtner."),
    ),
    "an adjective before its noun": (
        "Wir laden alle, die in der Nachbarschaft etwas bewegen, sehr herzlich ein und gute\nLaune bringen wir mit.",
        "Wir laden alle, die in der Nachbarschaft etwas bewegen, sehr herzlich ein und gute Laune bringen wir mit.",
    ),
    "lines with a picture each": (
        WRAPPED + "☕ Kaffee\n🍰 Kuchen\nBis bald!",
        WRAPPED.replace("\n", " ").strip() + "\n\n☕ Kaffee\n🍰 Kuchen\nBis bald!",
    ),
    "short sentences behind a list of a wrapped text": (
        WRAPPED + "- Gießen\n- Ernten\nDanach essen wir.\nOrt: Garten am Hang\nZeit: 16 Uhr\nKommt alle!\nDas Team",
        WRAPPED.replace("\n", " ").strip()
        + "\n\n- Gießen\n- Ernten\n\nDanach essen wir.\n\nOrt: Garten am Hang\nZeit: 16 Uhr\nKommt alle!\n\nDas Team",
    ),
    "a name behind an address": (
        WRAPPED + "Mehr: https://example.org/garten_(am_hang)\nMia Lang\nGarten am Hang",
        WRAPPED.replace("\n", " ").strip() + "\n\nMehr: https://example.org/garten_(am_hang)\n\nMia Lang\nGarten am Hang",
    ),
    "letters": (
        WRAPPED + "a) Gießen\nb) Ernten",
        WRAPPED.replace("\n", " ").strip() + "\n\na) Gießen\nb) Ernten",
    ),
    "a signature": (
        WRAPPED + "Viele Grüße\nMia Lang\nGarten am Hang",
        WRAPPED.replace("\n", " ").strip() + "\n\nViele Grüße\nMia Lang\nGarten am Hang",
    ),
    "an English signature": (
        ENGLISH + "Best wishes,\nMia Lang", ENGLISH.replace("\n", " ").strip() + "\n\nBest wishes,\nMia Lang",
    ),
    "a salutation": ("Liebe Nachbarn,\n" + WRAPPED, "Liebe Nachbarn,\n\n" + WRAPPED.replace("\n", " ").strip()),
    "wrapped before nouns": (
        ("Wir treffen uns im Rathaus und reden über Gärten, Höfe, Spielplätze, Bänke und\nBäume, denn das alles macht aus Häusern erst Straßen, "
        "aus Straßen macht das\nViertel, und aus Vierteln macht das am Ende ganz von selbst eine sehr nette\nStadt."),
        ("Wir treffen uns im Rathaus und reden über Gärten, Höfe, Spielplätze, Bänke und Bäume, denn das alles macht aus Häusern erst Straßen, "
        "aus Straßen macht das Viertel, und aus Vierteln macht das am Ende ganz von selbst eine sehr nette Stadt."),
    ),
    "wrapped before nouns only": (
        ("Wir bauen in diesem Sommer zusammen mit allen Menschen aus dem Viertel Bänke\nTische, Beete, Zäune, Lauben, Schaukeln und was wir sonst noch "
        "alles brauchen\nDann feiern wir mit Musik, Kuchen, Spielen und Tanz bis spät in die Nacht hinein\nWer Lust hat, meldet sich bei Mia und "
        "sagt, was er oder sie am liebsten bauen mag\nMia freut sich."),
        ("Wir bauen in diesem Sommer zusammen mit allen Menschen aus dem Viertel Bänke Tische, Beete, Zäune, Lauben, Schaukeln und was wir sonst noch "
        "alles brauchen Dann feiern wir mit Musik, Kuchen, Spielen und Tanz bis spät in die Nacht hinein Wer Lust hat, meldet sich bei Mia und "
        "sagt, was er oder sie am liebsten bauen mag Mia freut sich."),
    ),
    "a label behind a full sentence": (
        WRAPPED + "Wann: Mittwoch, 10. März, 16 Uhr im Gemeindehaus.",
        WRAPPED.replace("\n", " ").strip() + "\n\nWann: Mittwoch, 10. März, 16 Uhr im Gemeindehaus.",
    ),
    "labels in a wrapped text": (
        WRAPPED + "Wann: Mittwoch, 10. März, 16 Uhr\nWo: Gemeindehaus\nAnmeldung: nicht nötig",
        WRAPPED.replace("\n", " ").strip() + "\n\nWann: Mittwoch, 10. März, 16 Uhr\nWo: Gemeindehaus\nAnmeldung: nicht nötig",
    ),
    "a poem in a wrapped text": (
        WRAPPED + "\nDie Beete ruhn,\nder Spaten lehnt,\nund wer sich sehnt,\nhat nichts zu tun.\n\n" + WRAPPED,
        WRAPPED.replace("\n", " ").strip()
        + "\n\nDie Beete ruhn,\nder Spaten lehnt,\nund wer sich sehnt,\nhat nichts zu tun.\n\n"
        + WRAPPED.replace("\n", " ").strip(),
    ),
    # What people type keeps its breaks.
    "short lines": ("Hallo zusammen,\nes ist so weit.\nBis bald!\nMia", "Hallo zusammen,\nes ist so weit.\nBis bald!\nMia"),
    "labels": ("Ort: Gemeindehaus\nZeit: 16 Uhr", "Ort: Gemeindehaus\nZeit: 16 Uhr"),
    "a poem": ("Die Beete ruhn,\nder Spaten lehnt.\n\nDer Abend kommt,", "Die Beete ruhn,\nder Spaten lehnt.\n\nDer Abend kommt,"),
    "an address": ("Garten am Hang\nMusterweg 3\n12345 Musterstadt", "Garten am Hang\nMusterweg 3\n12345 Musterstadt"),
    "a programme": (
        "14:00 Uhr Begrüßung durch die Bürgermeisterin und den Vorstand\n14:30 Uhr Vortrag\n16:00 Uhr Kaffee",
        "14:00 Uhr Begrüßung durch die Bürgermeisterin und den Vorstand\n14:30 Uhr Vortrag\n16:00 Uhr Kaffee",
    ),
    # One long line each.
    "a paragraph a line": (
        f"{LONG}\nNoch einer, der für sich steht und auch nicht kurz ist.\n{LONG}",
        f"{LONG}\n\nNoch einer, der für sich steht und auch nicht kurz ist.\n\n{LONG}",
    ),
    # Lists.
    "a list, then a paragraph": ("Es gibt\n- Kaffee\n- Kuchen\nKommt alle!", "Es gibt\n\n- Kaffee\n- Kuchen\n\nKommt alle!"),
    "a list, then small letters": ("- Kaffee\n- Kuchen\nund noch mehr", "- Kaffee\n- Kuchen\n\nund noch mehr"),
    "a wrapped bullet": (
        WRAPPED + "- wie man eine Gießkanne teilt, ohne dass am Ende alle drei auf einmal da\nsind und keiner gießt\n- warum\nDanach essen wir.",
        WRAPPED.replace("\n", " ").strip()
        + "\n\n- wie man eine Gießkanne teilt, ohne dass am Ende alle drei auf einmal da sind und keiner gießt\n- warum\n\nDanach essen wir.",
    ),
    "a wrapped bullet, indented": ("- Kaffee\n  und Kuchen\n- Tee", "- Kaffee\n  und Kuchen\n- Tee"),
    "a full bullet that ends, then a sentence": (
        WRAPPED + "- wie man eine Gießkanne teilt, ohne dass am Ende alle drei davon weg sind.\nDanach essen wir.",
        WRAPPED.replace("\n", " ").strip()
        + "\n\n- wie man eine Gießkanne teilt, ohne dass am Ende alle drei davon weg sind.\n\nDanach essen wir.",
    ),
    "levels in Word": ("•\tObst\no\tÄpfel\no\tBirnen\n•\tGemüse", "- Obst\n  - Äpfel\n  - Birnen\n- Gemüse"),
    "bullets lost in the clipboard": ("Themen:\n\tPflege\n\tKirche\nBis bald!", "Themen:\n\n- Pflege\n- Kirche\n\nBis bald!"),
    "bullets without a space": ("•Obst\n•Gemüse", "- Obst\n- Gemüse"),
    "indented bullets": ("Themen:\n\n    • Pflege\n    • Kirche", "Themen:\n\n- Pflege\n- Kirche"),
    "a dash in a wrapped sentence": (
        "Kommt vorbei, bringt Kuchen mit und nehmt am Abend wieder mit, was übrig ist\n– wenn denn etwas übrig ist, und das war noch nie so.",
        "Kommt vorbei, bringt Kuchen mit und nehmt am Abend wieder mit, was übrig ist – wenn denn etwas übrig ist, und das war noch nie so.",
    ),
    "no-break spaces": ("•\u00a0\u00a0Obst\n•\u00a0\u00a0Gemüse\n\u00a0\u00a0\u00a0\u00a0\n16\u00a0Uhr", "- Obst\n- Gemüse\n\n16 Uhr"),
    # Numbers.
    "a date": ("24. Dezember: Glühwein", "24. Dezember: Glühwein"),
    "a date with a bracket": ("24) Dezember", "24) Dezember"),
    "two days in a row": ("24. Dezember: Glühwein\n25. Dezember: Gans", "24. Dezember: Glühwein\n25. Dezember: Gans"),
    "a date and time": ("10. März 2027, 14:30 Uhr\nGemeindehaus", "10. März 2027, 14:30 Uhr\nGemeindehaus"),
    "an Advent": ("2. Advent", "2. Advent"),
    "ranks": ("1. Platz: Mia\n2. Platz: Ben", "1. Platz: Mia\n2. Platz: Ben"),
    "a date in figures": ("24. 12. 2026\n25. 12. 2026", "24. 12. 2026\n25. 12. 2026"),
    "a year": ("Seit\n1998. Das war schön.", "Seit\n1998. Das war schön."),
    "a real list": ("So geht es:\n3. Anmelden\n4. Kommen\nFertig.", "So geht es:\n\n3. Anmelden\n4. Kommen\n\nFertig."),
    "a list that goes on": ("1. Anmelden\n2. Kommen\nDann Pause.\n3. Essen\n4. Gehen",
                            "1. Anmelden\n2. Kommen\n\nDann Pause.\n\n3. Essen\n4. Gehen"),
    "items with a paragraph each": ("1. Anmelden\nGeht online.\n2. Kommen\nMit dem Rad.",
                                    "1. Anmelden\n\nGeht online.\n\n2. Kommen\n\nMit dem Rad."),
    "brackets": ("1) Anmelden\n2) Kommen", "1. Anmelden\n2. Kommen"),
    # Markdown stays what it is.
    "a forced break": ("eins  \nzwei\\\ndrei", "eins\nzwei\ndrei"),
    "forced breaks in a wrapped text": (
        WRAPPED + "Hier bricht die Zeile, weil sie es soll und nicht, weil sie voll ist und dann  \nnoch weitergeht.",
        WRAPPED.replace("\n", " ").strip()
        + " Hier bricht die Zeile, weil sie es soll und nicht, weil sie voll ist und dann\nnoch weitergeht.",
    ),
    "no definition": ("[Ort]: Gemeindehaus", "[Ort]: Gemeindehaus"),
    "lines of signs": ("Eins\nzwei\n-----\ndrei\n--\nMia", "Eins\nzwei\n\n---\n\ndrei\n\n---\n\nMia"),
    "a quote ends": ("> Zitat\nAntwort", "> Zitat\n\nAntwort"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), KINDS.values(), ids=KINDS)
def test_each_kind_of_text_is_read_as_it_is_meant(text: str, meant: str) -> None:
    assert shown(text) == meant


@pytest.mark.parametrize(("text", "meant"), KINDS.values(), ids=KINDS)
def test_what_was_read_once_is_read_the_same_again(text: str, meant: str) -> None:
    assert read(read(text).markdown).markdown == read(text).markdown


MARKDOWN = {
    "a heading": ("# Eins\nzwei", "<h2>Eins</h2><p>zwei</p>"),
    "an underlined heading": ("Eins\n---\nzwei", "<h2>Eins</h2><p>zwei</p>"),
    "code": ("```\n24. Mai\n  - x\n```", "<pre><code>24. Mai\n  - x\n</code></pre>"),
    "indented code": ("So:\n\n    a  b\n\n    c", "<p>So:</p><pre><code>a  b\n\nc\n</code></pre>"),
    "levels": ("- a\n  - b\n    1. c\n    2. d\n- e", "<ul><li>a<ul><li>b<ol><li>c</li><li>d</li></ol></li></ul></li><li>e</li></ul>"),
    "a loose list": ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
    "an item of two paragraphs": ("- a\n\n  b\n- c", "<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>"),
    "a list in a quote": ("> - a\n> - b", "<blockquote><ul><li>a</li><li>b</li></ul></blockquote>"),
    "code in an item": ("- a\n\n  ```\n  b\n    c\n  ```", "<ul><li><p>a</p><pre><code>b\n  c\n</code></pre></li></ul>"),
    "a start": ("Erst\n\n7. a\n8. b", '<p>Erst</p><ol start="7"><li>a</li><li>b</li></ol>'),
    "a lone number with a list below": ("1. a\n   - b", "<ol><li>a<ul><li>b</li></ul></li></ol>"),
    "emphasis over a wrapped line": (
        "Kommt alle, denn dieser Abend wird **der beste, den es je bei uns gegeben hat, seit\nes uns gibt**.",
        "<p>Kommt alle, denn dieser Abend wird <strong>der beste, den es je bei uns gegeben hat, seit es uns gibt</strong>.</p>",
    ),
    "a date is no list": ("24. Dezember\n25. Dezember", "<p>24. Dezember<br>25. Dezember</p>"),
    "a sign alone is no list": ("*\nEnde\n-\nEnde", "<p>*<br>Ende<br>-<br>Ende</p>"),
    "a label in brackets": ("[Ort]: https://example.org/a", '<p>[Ort]: <a href="https://example.org/a" rel="noopener noreferrer">https://example.org/a</a></p>'),
    "a definition": ("[Ort] ist hier\n\n[Ort]: https://example.org/a", '<p><a href="https://example.org/a" rel="noopener noreferrer">Ort</a> ist hier</p>'),
    "an escape": (r"\*kein Stern\* und 1\. kein Punkt", "<p>*kein Stern* und 1. kein Punkt</p>"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "html"), MARKDOWN.values(), ids=MARKDOWN)
def test_whoever_writes_markdown_gets_commonmark(text: str, html: str) -> None:
    assert re.sub(r"(?<=>)\n|\n(?=<(?!/code))", "", str(to_html(text))) == html
