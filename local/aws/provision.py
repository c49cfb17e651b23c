"""Makes what production deploys, by plain calls, from the same ``infra/resources.json``.

moto's CloudFormation would make a part of it (table, queues, topics), but importing that needs models of thirty
services and their libraries, several hundred MB that nothing else here uses. The functions and the API in the file are
not AWS's here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local.aws.deployment import Deployment
from local.aws.surroundings import ACCOUNT, REGION, Clients

_STACK = "kaffeepause"

_PARAMETERS = {"SenderDomain": "example.org"}
"""Of the template, as far as it says anything here: the local SES lets everybody send."""

_AFTER_CREATION = ("TimeToLiveSpecification", "PointInTimeRecoverySpecification")
"""Properties of a table that DynamoDB sets by calls of their own."""


def provision(client: Clients, *, deployment: Deployment) -> dict[str, str]:
    """Make everything; gives the functions' environment variables that name it."""
    made: dict[str, str] = {}
    _Maker(client, made).make(deployment.resources)
    return {
        name: made[value["Ref"]]
        for name, value in deployment.variables.items()
        if isinstance(value, dict) and value.get("Ref") in made
    }


class _Maker:
    """``made`` gets what ``Ref`` gives for each resource: a table's name, a queue's URL, a topic's ARN."""

    def __init__(self, client: Clients, made: dict[str, str]) -> None:
        self.made = made
        self.dynamodb, self.sns = client("dynamodb"), client("sns")
        self.sqs, self.sesv2 = client("sqs"), client("sesv2")

    def make(self, wanted: Mapping[str, Any]) -> None:
        """Kind by kind: each refers only to kinds above it."""
        makers = {
            "AWS::DynamoDB::Table": self.table,
            "AWS::SQS::Queue": self.queue,
            "AWS::SNS::Topic": self.topic,
            "AWS::SES::ConfigurationSet": self.configuration_set,
            "AWS::SES::ConfigurationSetEventDestination": self.event_destination,
            "AWS::SNS::Subscription": self.subscription,
            "AWS::SNS::TopicPolicy": self.topic_policy,
            "AWS::SQS::QueuePolicy": self.queue_policy,
        }
        for kind, maker in makers.items():
            found = [(name, one.get("Properties", {})) for name, one in wanted.items() if one.get("Type") == kind]
            # A queue is made after the one that its dead letters go to.
            for name, given in sorted(found, key=lambda one: "RedrivePolicy" in one[1]):
                maker(name, given)

    def table(self, name: str, given: dict[str, Any]) -> None:
        self.made[name] = self.named("TableName", name, given)
        wanted = {part: value for part, value in given.items() if part not in _AFTER_CREATION}
        self.dynamodb.create_table(**wanted | {"TableName": self.made[name]})
        if ttl := given.get("TimeToLiveSpecification"):
            self.dynamodb.update_time_to_live(TableName=self.made[name], TimeToLiveSpecification=ttl)

    def queue(self, name: str, given: dict[str, Any]) -> None:
        attributes = {part: _attribute(self.resolve(value)) for part, value in given.items() if part != "QueueName"}
        made = self.sqs.create_queue(QueueName=self.named("QueueName", name, given), Attributes=attributes)
        self.made[name] = made["QueueUrl"]

    def topic(self, name: str, given: dict[str, Any]) -> None:
        self.made[name] = self.sns.create_topic(Name=self.named("TopicName", name, given))["TopicArn"]

    def configuration_set(self, name: str, given: dict[str, Any]) -> None:
        self.made[name] = self.named("Name", name, given)
        self.sesv2.create_configuration_set(ConfigurationSetName=self.made[name])

    def event_destination(self, name: str, given: dict[str, Any]) -> None:
        destination = given["EventDestination"]
        self.sesv2.create_configuration_set_event_destination(
            ConfigurationSetName=self.resolve(given["ConfigurationSetName"]),
            EventDestinationName=self.resolve(destination.get("Name", name)),
            EventDestination={
                "Enabled": destination.get("Enabled", True),
                # CloudFormation spells renderingFailure what the API spells RENDERING_FAILURE.
                "MatchingEventTypes": [
                    re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).upper() for kind in destination["MatchingEventTypes"]
                ],
                "SnsDestination": {"TopicArn": self.resolve(destination["SnsDestination"]["TopicARN"])},
            },
        )

    def subscription(self, _: str, given: dict[str, Any]) -> None:
        raw = str(given.get("RawMessageDelivery", False)).lower()
        self.sns.subscribe(
            TopicArn=self.resolve(given["TopicArn"]),
            Protocol=given["Protocol"],
            Endpoint=self.resolve(given["Endpoint"]),
            Attributes={"RawMessageDelivery": raw},
        )

    def topic_policy(self, _: str, given: dict[str, Any]) -> None:
        policy = json.dumps(self.resolve(given["PolicyDocument"]))
        for topic in given["Topics"]:
            self.sns.set_topic_attributes(TopicArn=self.resolve(topic), AttributeName="Policy", AttributeValue=policy)

    def queue_policy(self, _: str, given: dict[str, Any]) -> None:
        policy = json.dumps(self.resolve(given["PolicyDocument"]))
        for queue in given["Queues"]:
            self.sqs.set_queue_attributes(QueueUrl=self.resolve(queue), Attributes={"Policy": policy})

    def named(self, part: str, name: str, given: Mapping[str, Any]) -> str:
        """What ``part`` says, or a name after the logical id, as CloudFormation gives one."""
        return str(self.resolve(given.get(part, f"{_STACK}-{name}")))

    def resolve(self, value: Any) -> Any:
        """``Ref``, ``Fn::GetAtt`` of an ARN, ``Fn::Sub`` and ``Fn::Join``, as far as the file uses them."""
        match value:
            case {"Ref": name}:
                return self.reference(name)
            case {"Fn::GetAtt": [name, "Arn"]}:
                return self.arn(name)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda match: self.inserted(match[1]), text)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.resolve(parts))
            case dict():
                return {key: self.resolve(found) for key, found in value.items()}
            case list():
                return [self.resolve(found) for found in value]
        return value

    def inserted(self, name: str) -> str:
        logical, _, attribute = name.partition(".")
        return self.arn(logical) if attribute == "Arn" else self.reference(logical)

    def reference(self, name: str) -> str:
        pseudo = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::StackName": _STACK}
        return (pseudo | _PARAMETERS).get(name) or self.made[name]

    def arn(self, name: str) -> str:
        """Of a queue; nothing else in the file is named by ``Fn::GetAtt``."""
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.made[name], AttributeNames=["QueueArn"])
        return str(attributes["Attributes"]["QueueArn"])


def _attribute(value: Any) -> str:
    """As SQS takes attributes: all of them text."""
    return value if isinstance(value, str) else json.dumps(value)
