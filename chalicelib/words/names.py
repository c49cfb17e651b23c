"""A person's name: one line, and nothing that a mail program turns into a link.

A name stands in the greeting of the confirmation, and the confirmation goes to whatever address was typed: a web
address in it would be an advertisement to a stranger, sent by us.
"""

from __future__ import annotations

import re
import unicodedata

from chalicelib.domain.refusals import mark
from chalicelib.domain.registration import LONGEST_NAME
from chalicelib.words.text import Unfit, one_line

NO_ADDRESS = mark("Please write a name here, without a web or e-mail address.")

DOTS = str.maketrans({"\u3002": "."})
"""Browsers read the ideographic full stop as the dot of a host (RFC 3490 §3.1); NFKC knows the others."""

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:\s?/|\bmailto:|\btel:\s*\+?\d|\bwww\d{0,3}\.\S", re.IGNORECASE)
MAIL = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
HOST = re.compile(r"[^\W_][\w-]*(?:\.[^\W_][\w-]*)+")
NUMBERS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words(
    "dr prof hr fr frl st sr jr mr mrs ms mag ing dipl med phil jur rer nat h c v d van von co univ priv doz lic"
)
"""What people write before a dot without a space behind it: "Dr.Li", "St.John", "Hr.de Vries"."""

PARTICLES = _words("de da do di du la le el al af av zu am im sc st")
"""Parts of names and degrees that are the ends of hosts as well; hosts only where more than initials stands
before them."""

GENERIC = _words(
    "com org net edu gov mil int info biz io ai app dev xyz top shop online site store club live life world today news "
    "blog page link click web website space tech cloud digital email services company agency solutions group team "
    "works media network systems support center zone city land house homes estate fund finance money cash credit loan "
    "loans bet bingo casino poker game games win vip fun icu buzz monster quest rest cyou sbs cfd lol gdn mom ren wang "
    "bid trade webcam date party racing review science stream download accountant cricket faith men work ninja guru "
    "expert academy school training courses university health care clinic dental fitness yoga beauty fashion jewelry "
    "shoes clothing boutique sale deals discount promo gift gifts photo photos pics pictures gallery video film movie "
    "music band audio radio art design studio graphics ink wiki chat forum social community events tickets tours "
    "travel flights hotel holiday vacations cruises restaurant bar cafe pub pizza coffee wine beer farm garden green "
    "eco bio organic energy solar car cars auto bike taxi berlin hamburg koeln cologne bayern ruhr saarland wien tirol "
    "swiss paris london nyc tokyo global international foundation charity ngo ong church mobi name pro tel travel jobs "
    "museum aero coop asia cat post xxx adult porn sexy dating singles onion local localhost example test host hosting "
    "domains codes computer software tools directory bz"
)
"""Ends of hosts with more than two letters that are in use; two letters are the code of a country."""


def person_name(text: str, *, most: int = LONGEST_NAME, required: bool = False) -> str:
    """Raises ``Unfit``."""
    name = one_line(text, most=most, required=required)
    if has_address(name):
        raise Unfit(NO_ADDRESS)
    return name


def has_address(text: str) -> bool:
    """Whether a mail program may turn a part of the text into a link."""
    plain = "".join(one for one in text if unicodedata.category(one) != "Cf")
    return any(map(_has_address, {plain, unicodedata.normalize("NFKC", plain).translate(DOTS)}))


def _has_address(plain: str) -> bool:
    if SCHEME.search(plain) or MAIL.search(plain) or NUMBERS.search(plain):
        return True
    return any(_is_host(found[0].split("."), plain[found.end() :]) for found in HOST.finditer(plain))


def _is_host(labels: list[str], rest: str) -> bool:
    """``J.R.R`` and ``Dr.Li`` are none: what is an initial or a title before the last dot makes a name of
    what follows it."""
    *before, last = labels
    end = last.lower()
    if re.match(r"(:\d+)?/\w", rest):
        return True
    if not (end in GENERIC or end.startswith("xn--") or re.fullmatch("[a-z]{2}", end)):
        return False
    if all(len(one) == 1 or one.lower() in TITLES for one in before):
        return end in ("com", "org", "net", "info", "biz") or (last == end and end not in PARTICLES)
    return True
