"""Names as people have them, and addresses in the place of a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.words.names import has_address, person_name
from chalicelib.words.text import MISSING, Unfit

NAMES = """Dr. Müller-Lüdenscheidt|J.R.R. Tolkien|Mia v. d. Lang|St.John|O'Neil|Anna @ home|Hr.de Vries|Y.Li|Dr.Li|K.Kim|Anna.Maria
|Dipl.-Ing. Max Moll|Ph.D. Ada|B.Sc. Anna|LL.M. Anna|Max M.A.|max.mustermann|M.v.d.Lang|Dr.med.Müller|Prof.Dr.Ma|J.de la Cruz|Anna (she/her)
|Mia/Ole|Müller & Co.KG|Sammy Davis, Jr.|Dr.rer.nat. Eva|Mag.a Eva|Freiwilligenagentur e.V.|M.ª José|@mia|A.-M. Roth|Univ.-Prof. Ode|Ö.Ü.
|李小龍|محمد|نرگس|Ngô Thị|3.14|Mia: Verein|Nr.5|Mia http""".replace("\n", "").split("|")

ADDRESSES = """evil.com|www.evil.example|http://evil|Hallo evil.de/x|mia@example.org|Mia mia@example.org|evil.example/x|evil。com|t.me/x|t.me|x.com
|EVIL.COM|Evil.De|bücher.de|https: //x|gewinn.shop jetzt|192.168.0.1|http:/evil.com|xn--bcher-kva.xn--p1ai|evil．com|a.co.uk|mailto:mia
|ev\u200bil.c\u00adom|evil\u2060.com|\u2068evil.com\u2069|evil․com|Klick(evil.com)|*evil.com*|ｅｖｉｌ.ｃｏｍ|HTTPS://EVIL|evil.com:8080
|ftp://evil""".replace("\n", "").split("|")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_name(name: str) -> None:
    assert person_name(name, required=True) == name


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_is_no_name(name: str) -> None:
    with pytest.raises(Unfit, match="without a web or e-mail address"):
        person_name(name, required=True)


WORD = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=1, max_size=12)


@given(st.lists(WORD, min_size=1, max_size=5), st.sampled_from([" ", "-", ". ", "'", "’", ", ", " @ "]))
def test_words_with_whatever_people_put_between_them_are_a_name(words: list[str], between: str) -> None:
    assert not has_address(between.join(words))


@given(WORD, st.sampled_from(["com", "org", "de", "shop", "co.uk"]), WORD)
def test_a_host_is_found_wherever_it_stands(host: str, end: str, word: str) -> None:
    for text in (
        f"aa{host}.{end}",
        f"{word} aa{host}.{end} {word}",
        f"({word}, aa{host}.{end})",
        f"Hallo aa{host}.{end}!",
    ):
        assert has_address(text), text


@pytest.mark.parametrize(
    "nothing",
    ["\u3164", "\u2800\u2800", "\u115f\u1160", "\uffa0", "\u0301", "\u200b", "\u2060\ufeff", "\u200d", "\ufe0f", "\u3000 \u00a0",
     "\u034f", "\u17b4\u17b5", "\U0001d159", "\u20dd", "\u202c", "\u200e\u061c", "\U000e0041", "\x0b\x0c", "\u2028\u2029\x85"],
)  # fmt: skip
def test_characters_that_nobody_sees_are_no_name(nothing: str) -> None:
    for text in (nothing, nothing * 3, f" {nothing} "):
        with pytest.raises(Unfit) as unfit:
            person_name(text, required=True)
        assert unfit.value.message == MISSING
