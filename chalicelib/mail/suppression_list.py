"""SES's own list of addresses it does not write to, kept for the whole account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


class SuppressionList:
    """SES puts an address here after a hard bounce or a complaint, and answers each further mail to it with
    a hard bounce."""

    def __init__(self, client: SESV2Client) -> None:
        self.client = client

    def take_off(self, address: str) -> None:
        """Whether or not it is on the list, which may have it as it was written or in lower case."""
        for spelled in dict.fromkeys((address, address.lower())):
            try:
                self.client.delete_suppressed_destination(EmailAddress=spelled)
            except ClientError as error:
                if error.response["Error"]["Code"] != "NotFoundException":
                    raise
