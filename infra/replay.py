"""``python -m infra.replay feedback``: send what lies in a queue's dead letters to the queue once more.

Made for after a mended bug. Safe at any time: whatever a message asks for is done once, however often it is asked.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LANES = ("transactional", "broadcast", "feedback")


def replay(sqs: SQSClient, *, stack: str, lane: str, most: int = 100_000) -> int:
    """How many messages were moved, ``most`` at the most. Each is deleted only after the queue has it."""
    queue = sqs.get_queue_url(QueueName=f"{stack}-{lane}")["QueueUrl"]
    dead = sqs.get_queue_url(QueueName=f"{stack}-{lane}-dead-letters")["QueueUrl"]
    moved = 0
    while moved < most:
        messages = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, VisibilityTimeout=60).get("Messages", [])
        if not messages:
            break
        entries: Any = [{"Id": str(number), "MessageBody": one["Body"]} for number, one in enumerate(messages)]
        sent = {int(done["Id"]) for done in sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]}
        for number in sent:
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=messages[number]["ReceiptHandle"])
        moved += len(sent)
    return moved


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.replay", description=__doc__)
    parser.add_argument("lane", choices=LANES)
    parser.add_argument("--stack", default="kaffeepause", help="the CloudFormation stack (kaffeepause)")
    asked = parser.parse_args()
    import boto3

    moved = replay(boto3.client("sqs"), stack=asked.stack, lane=asked.lane)
    print(f"{moved} messages sent to {asked.stack}-{asked.lane} once more.")  # noqa: T201


if __name__ == "__main__":
    main()
