"""Who a mail is from: its series, or the site, where it belongs to none."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.domain.series import Series


class Sender(NamedTuple):
    """``title`` stands above the mail, ``name`` and ``address`` in its From, and beneath it whatever of imprint and
    privacy notice there is."""

    title: str
    name: str
    address: str
    reply_to: str = ""
    imprint_url: str = ""
    privacy_url: str = ""


def sender_of(series: Series | None, *, site: Sender) -> Sender:
    if series is None:
        return site
    return Sender(
        title=series.title,
        name=series.sender_name,
        address=series.sender_address,
        reply_to=series.reply_to,
        imprint_url=series.imprint_url,
        privacy_url=series.privacy_url,
    )
