"""How the fields of a form elsewhere become a registration: by mapping, or by the names that forms usually have."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.intake import EMAIL_TYPE, Unclear, Wish, find, read
from chalicelib.domain.source import Condition, ConsentRule, Fields, Source, SourceKind, Target
from chalicelib.domain.submission import Answer, Reason
from tests.builders import NOW


def a_source(**given: Any) -> Source:
    usual: dict[str, Any] = {
        "id": "5ou2ce000000",
        "name": "Our form",
        "kind": SourceKind.TOKEN,
        "target": Target(series="kaffeepause"),
        "secrets": (),
        "created_at": NOW,
    }
    return Source(**usual | given)


def answer(name: str, *values: str, also: tuple[str, ...] = ()) -> Answer:
    return Answer((name, *also), values)


def wish(*answers: Answer, **source: Any) -> Wish:
    return read(a_source(**source), answers)


# Mapping


@pytest.mark.parametrize("name", ["Wie erreichen wir dich?", "ref_mail", "q7.value", "q7"])
def test_a_field_is_mapped_by_its_title_ref_path_or_key(name: str) -> None:
    field = answer("Wie erreichen wir dich?", "ada@example.org", also=("ref_mail", "q7.value", "q7"))
    assert wish(field, fields=Fields(email=name)).email == "ada@example.org"


@pytest.mark.parametrize(
    "name", ["e-mail  adresse", "E-MAIL ADRESSE", " E-Mail\nAdresse * ", "E-Mail\u00a0Adresse:", "E-Mail Adresse?!"]
)
def test_case_spaces_and_punctuation_at_the_end_are_forgiven(name: str) -> None:
    assert wish(answer("E-Mail Adresse", "ada@example.org"), fields=Fields(email=name)).email == "ada@example.org"
    assert wish(answer(name, "ada@example.org"), fields=Fields(email="E-Mail Adresse")).email == "ada@example.org"


def test_an_umlaut_is_one_however_it_is_encoded() -> None:
    assert find([answer("Rückfrage", "ja")], "Ru\u0308ckfrage") == answer("Rückfrage", "ja")


def test_a_title_comes_before_other_names_and_exact_before_forgiving() -> None:
    titled, called = answer("mail", "title@example.org"), answer("Kontakt", "ref@example.org", also=("mail",))
    assert find([called, titled], "mail") is titled
    exact, forgiven = answer("Mail", "exact@example.org"), answer("mail:", "forgiven@example.org")
    assert find([forgiven, exact], "Mail") is exact


def test_what_was_filled_in_comes_before_what_was_left_empty() -> None:
    empty, filled = answer("E-Mail"), answer("E-Mail", "ada@example.org")
    assert find([empty, filled], "E-Mail") is filled
    assert find([empty], "E-Mail") is empty
    assert find([empty], "Name") is None


def test_two_fields_of_one_name_are_not_guessed_between() -> None:
    fields = [answer("Name", "Ada Kern", also=("ref1",)), answer("Name", "Kern GmbH", also=("ref2",))]
    with pytest.raises(Unclear) as unclear:
        wish(*fields, fields=Fields(name=("Name",)))
    assert (unclear.value.reason, unclear.value.detail) == (Reason.FIELD_AMBIGUOUS, "Name")
    assert wish(*fields, fields=Fields(name=("ref1",))).name == "Ada Kern"
    assert wish(answer("Name", "Ada"), answer("Name", "Ada"), fields=Fields(name=("Name",))).name == "Ada"


def test_first_and_last_name_make_the_name_and_one_may_be_missing() -> None:
    mapped = {"fields": Fields(name=("Rufname", "Familie"))}
    assert wish(answer("Familie", "Kern"), answer("Rufname", "Ada"), **mapped).name == "Ada Kern"
    assert wish(answer("Familie", "Kern"), answer("Rufname"), **mapped).name == "Kern"
    assert wish(answer("Familie", "Kern"), **mapped).name == "Kern"


def test_it_says_which_field_each_was_read_from() -> None:
    read_as = wish(
        answer("Vorname", "Ada"), answer("Nachname", "Kern"), answer("Firma"), answer("Mail", "a@example.org")
    )
    assert read_as.used == {"email": "Mail", "name": "Vorname + Nachname", "organisation": "Firma"}


def test_several_values_are_one_text() -> None:
    assert wish(answer("Themen", "Recht", "Geld"), fields=Fields(note="Themen")).note == "Recht, Geld"


# Without a mapping


@pytest.mark.parametrize(
    "names",
    [
        ("E-Mail-Adresse", "Dein Name", "Verein", "Anmerkungen"),
        ("Email Address *", "Your name", "Organization", "Comments"),
        ("your-email", "your-name", "company", "your-message"),
        ("email", "full_name", "organisation", "note"),
        ("MAIL", "Vor- und Nachname:", "Einrichtung", "Deine Frage?"),
    ],
)
def test_common_names_in_german_and_english_are_found_by_themselves(names: tuple[str, str, str, str]) -> None:
    values = ("ada@example.org", "Ada Kern", "Stadtgarten", "Bis bald")
    found = wish(*(answer(name, value) for name, value in zip(names, values, strict=True)))
    assert (found.email, found.name, found.organisation, found.note) == values


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Vorname", "Nachname"),
        ("Vorname", "Name"),
        ("First Name", "Last Name"),
        ("first_name", "surname"),
        ("name.first", "name.last"),
    ],
)
def test_first_and_last_name_are_found_by_themselves(first: str, last: str) -> None:
    fields = [answer(name, value, also=(name.rpartition(".")[2],)) for name, value in ((last, "Kern"), (first, "Ada"))]
    assert wish(*fields).name == "Ada Kern"


def test_a_whole_name_beside_its_first_half_is_not_doubled() -> None:
    assert wish(answer("first_name", "Ada"), answer("name", "Ada Kern")).name == "Ada Kern"
    assert wish(answer("Vorname"), answer("Nachname"), answer("Name", "Ada Kern")).name == "Ada Kern"


def test_an_address_is_found_by_the_type_of_its_question() -> None:
    asked = answer("Wohin dürfen wir schreiben?", "ada@example.org", also=("q1", EMAIL_TYPE))
    assert wish(asked).email == "ada@example.org"


def test_of_two_questions_for_an_address_the_one_called_so_is_meant_and_else_none() -> None:
    own, other = (
        answer(name, f"{n}@example.org", also=(EMAIL_TYPE,)) for n, name in enumerate(("E-Mail", "Begleitung"))
    )
    assert wish(other, own).email == "0@example.org"
    with pytest.raises(Unclear, match="field-ambiguous"):
        wish(other, answer("Vertretung", "2@example.org", also=(EMAIL_TYPE,)))


# Consent

WORDS = "Ich bin einverstanden, dass meine Angaben nicht länger als nötig gespeichert werden."


@pytest.mark.parametrize(
    ("rule", "values", "consent"),
    [
        ({"field": "Einwilligung"}, ("true",), "Einwilligung"),
        ({"field": "Einwilligung"}, ("on",), "Einwilligung"),
        ({"field": "Einwilligung"}, (WORDS,), WORDS),
        ({"field": "Einwilligung"}, (), None),
        ({"field": "Einwilligung", "equals": "Ja, gern"}, ("ja,  GERN",), "ja,  GERN"),
        ({"field": "Einwilligung", "equals": "Ja, gern"}, ("Ja, gern nicht",), None),
        ({"field": "Einwilligung", "equals": "Recht, Geld"}, ("Recht", "Geld"), "Einwilligung"),
        ({"field": "Einwilligung", "contains": "einverstanden"}, ("Bitte Newsletter", WORDS), WORDS),
        ({"field": "Einwilligung", "contains": "einverstanden"}, ("Bitte Newsletter",), None),
        ({"field": "Zustimmung"}, ("true",), None),
    ],
)
def test_consent_by_a_field_is_kept_with_the_words_of_its_box_or_title(
    rule: dict[str, str], values: tuple[str, ...], consent: str | None
) -> None:
    found = wish(answer("Einwilligung", *values), consent=ConsentRule(when=Condition(**rule)))
    assert found.consent == consent


def test_a_wording_that_the_source_names_comes_first() -> None:
    rule = ConsentRule(when=Condition(field="Einwilligung"), wording="Was im Formular steht.")
    assert wish(answer("Einwilligung", WORDS), consent=rule).consent == "Was im Formular steht."
    assert wish(answer("Einwilligung", "nein"), consent=rule).consent is None
    assert (
        wish(consent=ConsentRule(collected_by_form=True, wording="Mit dem Absenden …")).consent == "Mit dem Absenden …"
    )


@pytest.mark.parametrize(
    "no",
    [
        *(
            "false",
            "False",
            "0",
            "off",
            "no",
            "No, thanks",
            "nein",
            "NEIN!",
            "Nein, danke",
            "n",
            "none",
            "null",
            "unchecked",
            "nicht",
        ),
        *(
            "Ich stimme nicht zu",
            "Ich stimme der Verarbeitung meiner Daten nicht zu.",
            "Damit bin ich nicht einverstanden",
        ),
        *(
            "Ich möchte das lieber nicht",
            "I do not agree",
            "I don’t accept",
            "I don't accept",
            "I disagree",
            "I am not okay with it",
        ),
    ],
)
def test_no_is_no_however_it_is_spelled(no: str) -> None:
    rule = Condition(field="Datenschutz")
    assert wish(answer("Datenschutz", no), consent=ConsentRule(when=rule)).consent is None
    assert wish(answer("Datenschutz", no)).consent is None
    assert not wish(answer("Newsletter", no)).announcements
    assert not wish(answer("News", no), announcements=Condition(field="News")).announcements


@pytest.mark.parametrize(
    "yes",
    [
        "true",
        "1",
        "on",
        "yes",
        "Ja",
        "Ja, nichts dagegen",
        WORDS,
        "Ich willige ein, dass nicht nur ihr sie seht",
        "No-show fee accepted",
    ],
)
def test_what_does_not_say_no_in_a_field_for_consent_is_yes(yes: str) -> None:
    assert wish(answer("Datenschutz", yes)).consent


@pytest.mark.parametrize(
    "title", ["Datenschutz", "Privacy policy", "Ich stimme der Einwilligung zu", "GDPR consent", "DSGVO"]
)
def test_a_field_for_consent_is_found_by_itself(title: str) -> None:
    assert wish(answer(title, "true")).consent == title


def test_of_two_fields_for_consent_none_is_guessed() -> None:
    found = wish(answer("Datenschutz", "true"), answer("Einwilligung in Fotos", "true"))
    assert found.consent is None
    assert "privacy" not in found.used


def test_consent_to_a_newsletter_is_no_consent_to_anything_else() -> None:
    found = wish(answer("Ich bin einverstanden, den Newsletter zu erhalten", "true"))
    assert (found.consent, found.announcements) == (None, True)
    boxes = ("Datenschutz gelesen, einverstanden", "Bitte den Newsletter schicken")
    assert wish(answer("Einwilligungen", *boxes)).consent == boxes[0]
    assert wish(answer("Datenschutz und Newsletter", "true")) == Wish()


# Announcements


@pytest.mark.parametrize(
    "value", ["true", "Ja", "Yes please", "x", "Newsletter abonnieren", "Tell me of further dates."]
)
def test_a_wish_for_announcements_is_found_by_itself(value: str) -> None:
    assert wish(answer("Newsletter", value)).announcements


def test_announcements_are_never_guessed() -> None:
    assert not wish(answer("Newsletter Verein", "ja"), answer("Rundbrief Stadt", "ja")).announcements
    assert not wish(answer("Woher kennst du unseren Newsletter?", "Von einer Freundin")).announcements
    assert not wish(answer("Bleiben wir in Verbindung?", "ja")).announcements


def test_announcements_by_mapping() -> None:
    rule = Condition(field="Verbindung", contains="Einladungen")
    assert wish(answer("Verbindung", "Ja", "Bitte Einladungen schicken"), announcements=rule).announcements
    assert not wish(answer("Verbindung", "Ja"), announcements=rule).announcements
    assert not wish(announcements=rule).announcements


# Edition


def test_the_edition_is_only_read_where_the_source_asks_for_it() -> None:
    field = answer("hidden.termin", "2027-03-10", also=("termin",))
    assert wish(field, target=Target(field="termin")).edition == "2027-03-10"
    assert wish(field).edition == ""
