"""As fast as SES allows this account, and no faster.

SES allows so many mails a second in all. Each lane has its share of that, and each of a lane's workers an equal part of
the share, so nobody has to ask anybody: there is no counter that all of them would have to write.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

REMEMBERED = 300.0
"""Seconds for which SES's word on the rate is taken."""

SLOWEST = 1.0
"""Mails a second where SES does not say: what it allows in its sandbox."""


class Account:
    """What SES allows the account (GetAccount's MaxSendRate), asked now and then."""

    def __init__(self, client: SESV2Client) -> None:
        self.client = client
        self._rate = 0.0
        self._until = 0.0

    def rate(self) -> float:
        """Mails a second."""
        if time.monotonic() >= self._until:
            try:
                self._rate = self.client.get_account()["SendQuota"]["MaxSendRate"]
            except (ClientError, BotoCoreError):
                self._rate = self._rate or SLOWEST
            self._until = time.monotonic() + REMEMBERED
        return self._rate


class Pace:
    """One worker's: ``share`` is its part of the account's rate."""

    def __init__(self, account: Account, share: float) -> None:
        self.account = account
        self.share = share
        self._free_at = 0.0

    def most_at_once(self, most: int) -> int:
        """How many mails one call may carry: no more than SES allows in a second."""
        return max(1, min(most, int(self.account.rate())))

    def wait(self, mails: int, *, until: float) -> bool:
        """Wait for the turn of so many mails; False, at once, if it comes only after ``until``."""
        now = time.monotonic()
        start = max(now, self._free_at)
        if start > until:
            return False
        if start > now:
            time.sleep(start - now)
        self._free_at = start + mails / (self.account.rate() * self.share)
        return True
