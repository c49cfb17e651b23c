"""Addresses, their keyed hashes, and links that only we can make."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.refusals import Forged, Invalid
from chalicelib.identity import Addresses, Links, Purpose

SITE = "https://kaffee.example.org"
NEW, OLD = "n" * 32, "o" * 32
ADDRESSES = Addresses("key")
LINKS = Links(SITE, (NEW,))
PERSON = "a" * 32

LOCAL_PARTS = st.text(string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~", min_size=1, max_size=64)
LABELS = st.text(string.ascii_letters + string.digits + "äöüßéñø", min_size=1, max_size=20)


@given(LOCAL_PARTS, LABELS)
def test_an_address_is_kept_as_mail_needs_it_and_known_in_any_spelling(local: str, label: str) -> None:
    typed = f"{local}@{label}.example.org"
    try:
        address = ADDRESSES.parse(typed)
    except Invalid:
        return
    assert address.mail.isascii()
    assert address.mail.startswith(f"{local}@")
    assert ADDRESSES.parse(address.mail) == address
    assert ADDRESSES.parse(f"  {typed} ").hash == address.hash
    assert ADDRESSES.parse(f"{local.swapcase()}@{label}.EXAMPLE.org").hash == address.hash


@given(st.text(max_size=80))
def test_whatever_is_typed_is_an_address_or_an_error_beside_the_field(text: str) -> None:
    mail, fields = "", ["reply_to"]
    try:
        mail = ADDRESSES.parse(text, field="reply_to").mail
    except Invalid as invalid:
        fields = [error.name for error in invalid.errors]
    assert fields == ["reply_to"]
    assert mail.isascii()
    assert not set(mail) & set(' ,;<>()"')
    assert not mail or mail.isprintable()


@pytest.mark.parametrize(
    "pasted",
    ["\u200bmia@example.org\ufeff", "mia@exam\u00adple.org", "\u2068mia@example.org\u2069",
     "\u00a0mia@example.org\u202f",
     "mia@example.org\v",
     "mia\u200b@\u2060example.org", "\u200emia@example.org\u200f", "\u2028mia@example.org\u2029",
     "\x85mia@example.org\x0c",
     "m\u200dia@example.org",
     "\tmia@example.org\r\n", "\u202amia@example.org\u202c"],
)  # fmt: skip
def test_an_address_is_read_without_what_was_pasted_along(pasted: str) -> None:
    assert ADDRESSES.parse(pasted).mail == "mia@example.org"


def test_a_hash_says_nothing_without_the_key() -> None:
    mine, theirs = Addresses("key").hash("mia@example.org"), Addresses("another").hash("mia@example.org")
    assert mine != theirs
    assert len(mine) == 32
    assert set(mine) <= set(string.hexdigits.lower())


def test_the_longest_address_and_no_longer() -> None:
    domain = ".".join(["e" * 61] * 3 + ["org"])
    longest = "m" * (254 - len(domain) - 1) + "@" + domain
    assert ADDRESSES.parse(longest).mail == longest
    with pytest.raises(Invalid):
        ADDRESSES.parse("m" + longest)


# Links


@given(st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=60), st.sampled_from(Purpose))
def test_a_link_reads_back_what_it_was_made_of(where: str, purpose: Purpose) -> None:
    token = LINKS.token(purpose, where, PERSON)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_."), "fit for a path"
    assert LINKS.read(purpose, token) == (where, PERSON)


@given(st.data())
def test_a_link_changed_in_any_place_is_forged(data: st.DataObject) -> None:
    """But for its last character, of which base64 leaves two bits unread: the same signature, written another way."""
    token = LINKS.token(Purpose.REGISTRATION, "0123456789ab", PERSON)
    at = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from(string.ascii_letters + string.digits + "-_."))
    changed = token[:at] + other + token[at + 1 :]
    if changed != token:
        with pytest.raises(Forged):
            LINKS.read(Purpose.REGISTRATION, changed)


@given(st.text(max_size=200))
def test_nonsense_is_forged_and_no_bug(token: str) -> None:
    with pytest.raises(Forged):
        LINKS.read(Purpose.SUBSCRIPTION, token)


def test_a_link_for_one_purpose_serves_no_other() -> None:
    with pytest.raises(Forged):
        LINKS.read(Purpose.SUBSCRIPTION, LINKS.token(Purpose.REGISTRATION, "kaffeepause", PERSON))


def test_a_link_to_confirm_names_one_request_and_serves_for_nothing_else() -> None:
    first, second = (LINKS.confirmation("kaffee-pause", PERSON, number) for number in (1, 12))
    assert LINKS.read_confirmation(second) == ("kaffee-pause", PERSON, 12)
    assert first != second
    for purpose in (Purpose.SUBSCRIPTION, Purpose.REGISTRATION):
        with pytest.raises(Forged):
            LINKS.read(purpose, first)
    with pytest.raises(Forged):
        LINKS.read_confirmation(LINKS.token(Purpose.SUBSCRIPTION, "kaffee-pause.1", PERSON))


def test_keys_rotate_the_first_signs_and_all_are_read() -> None:
    before, between, after = Links(SITE, (OLD,)), Links(SITE, (NEW, OLD)), Links(SITE, (NEW,))
    old_link, new_link = (links.token(Purpose.REGISTRATION, "x", PERSON) for links in (before, between))
    assert between.read(Purpose.REGISTRATION, old_link) == ("x", PERSON)
    assert after.read(Purpose.REGISTRATION, new_link) == ("x", PERSON)
    with pytest.raises(Forged):
        after.read(Purpose.REGISTRATION, old_link)
