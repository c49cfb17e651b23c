"""What was used, and what AWS would charge for it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from bench.prices import MB_OF_ONE_CPU, Prices, megabytes


@dataclass(eq=False)
class Bill:
    """What was used, and by which function."""

    writes: float = 0.0
    reads: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)
    sqs: int = 0
    sns: int = 0
    gateway: int = 0
    mails: int = 0
    invocations: Counter[str] = field(default_factory=Counter)
    cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    waits: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def ours(self, prices: Prices) -> dict[str, float]:
        """US dollars by service, without what SES takes."""
        each = prices.each
        return {
            "DynamoDB": self.writes * each["DynamoDB write"] + self.reads * each["DynamoDB read"],
            "SQS": self.sqs * each["SQS request"],
            "Lambda": sum(self.invocations.values()) * each["Lambda request"] + self._time() * each["Lambda time"],
            "SNS": self.sns * each["SNS request"],
            "API Gateway": self.gateway * each["API Gateway request"],
        }

    def ses(self, prices: Prices) -> float:
        return self.mails * prices.each["SES mail"]

    def _time(self) -> float:
        """GB-seconds: a function with less than a whole CPU takes longer, and is billed while it waits."""
        return sum(
            (self.cpu[name] * max(1, MB_OF_ONE_CPU / megabytes(name)) + self.waits[name]) * megabytes(name) / 1024
            for name in self.invocations
        )
