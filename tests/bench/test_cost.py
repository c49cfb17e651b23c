"""What AWS would charge, at toy size, where DynamoDB Local is at hand (``make test-dynamodb``)."""

from __future__ import annotations

import pytest

from bench.prices import Prices
from tests.bench.test_figures import check, printed


@pytest.mark.dynamodb
def test_cost_tells_units_and_money(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {figure["name"]: figure for figure in printed(capsys, "cost", "--size", "10")}
    for name in ("cost-registration-writes", "cost-mail-writes", "cost-reminder-writes"):
        check(figures[name], name, "write units")
        assert figures[name]["value"] >= figures[name]["floor"]
    for name in ("cost-registration-reads", "cost-mail-reads", "cost-reminder-reads", "cost-idle-day-reads"):
        check(figures[name], name, "read units")
        assert figures[name]["value"] >= figures[name]["floor"]
    # The edition is read; the registration is written, with its entry in the index, and claimed and recorded.
    assert (figures["cost-registration-reads"]["floor"], figures["cost-registration-writes"]["floor"]) == (1, 4)
    for name in ("cost-1000-mails", "cost-1000-registrations", "cost-1000-reminders", "cost-edition", "cost-idle-day"):
        check(figures[name], name, "USD")
    assert figures["cost-idle-day-writes"]["value"] == 0
    for name in ("cost-1000-mails", "cost-1000-reminders", "cost-1000-registrations"):
        assert figures[name]["floor"] == pytest.approx(1000 * Prices.read().each["SES mail"])


def test_the_page_of_prices_is_read_whole() -> None:
    prices = Prices.read()
    assert prices.each["DynamoDB write"] == pytest.approx(0.7625e-6)
    assert prices.each["Lambda time"] == pytest.approx(0.0000133334)
    assert set(prices.each) == {
        "DynamoDB write",
        "DynamoDB read",
        "SQS request",
        "SNS request",
        "Lambda request",
        "Lambda time",
        "API Gateway request",
        "SES mail",
    }
    assert len(prices.assumed) == 6
