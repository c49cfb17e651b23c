"""Words by which a line is told to go on, in German and in English: what ends with one of them is no whole phrase."""

from __future__ import annotations


def _of(words: str) -> frozenset[str]:
    return frozenset(words.split())


MONTHS = _of("""
    jan feb mär mar apr mai may jun jul aug sep okt oct nov dez dec jänner januar februar märz april juni juli august
    september oktober november dezember january february march june july october december
""")

ORDINALS = _of("""
    advent platz stock stockwerk etage obergeschoss untergeschoss halbjahr halbzeit quartal jahrhundert weihnachtstag
    weihnachtsfeiertag feiertag preis klasse jahrestag geburtstag auflage bundesliga liga sonntag montag dienstag
    mittwoch donnerstag freitag samstag und bis oder
""")
"""What days, ranks and floors are counted in: "2. Advent", "1. Platz"."""

# German and English: articles and their kin, prepositions, conjunctions. No verbs: a German clause may end with one.
LEADS_ON = _of("""
    der die das den dem des ein eine einer eines einem einen kein keine keiner keines keinem keinen mein meine meiner
    meinem meinen dein deine deiner deinem deinen sein seine seiner seinem seinen ihr ihre ihrer ihrem ihren unser
    unsere unserer unserem unseren unseres euer eure eurer eurem euren dieser diese dieses diesem diesen jeder jede
    jedes jedem jeden welche welcher welches welchem welchen in im ins am ans auf aus bei beim bis durch für gegen
    hinter mit nach neben ohne über um unter von vom vor während wegen zu zum zur zwischen seit außer statt trotz pro
    per und oder aber sondern denn weil dass damit wenn als ob obwohl sowie wie sowohl weder noch nur auch sehr so sich
    wir ich du dr prof frau herr herrn sankt st
    the a an of at on for to with from by into about over after before between our your my his her their its this that
    these those and or but because if when where which who whose is are was were be been has have had can could will
    would shall should may might must not we you they i he she mr mrs ms
""")

BEFORE_AN_ADJECTIVE = _of("""
    der die das den dem des ein eine einer eines einem einen kein keine keiner keinem keinen mein meine meiner meinem
    meinen dein deine deiner deinem deinen ihr ihre ihrer ihrem ihren unser unsere unserer unserem unseren unseres euer
    eure eurer eurem euren dieser diese dieses diesem diesen jeder jede jedes jedem jeden im am zum zur beim vom ins ans
    mit für in an auf
""")

NO_ADJECTIVE = _of("""
    alle allen andere anderen beide beiden heute morgen viele vielen gerne immer wieder
""")
"""What ends like an adjective and is none."""
