"""Makes what production deploys, from the same ``infra/resources.json``.

moto's CloudFormation makes table, queues and topics. What it skips is made from the same entries by plain calls. Everything else in the
file belongs to the functions and the API, which are not AWS's here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from local.deployment import Deployment
from local.surroundings import ACCOUNT, REGION, Clients

BY_CLOUDFORMATION = ("AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic")

_STACK = "kaffeepause"


def provision(client: Clients, *, deployment: Deployment) -> dict[str, str]:
    """Make everything; gives the functions' environment variables that name it."""
    wanted = deployment.resources
    stack = {name: found for name, found in wanted.items() if found.get("Type") in BY_CLOUDFORMATION}
    cloudformation = client("cloudformation")
    cloudformation.create_stack(StackName=_STACK, TemplateBody=json.dumps({"Resources": _standing_alone(stack)}))
    made = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName=_STACK)["StackResources"]
    }
    _Rest(client, made).make(wanted)
    return {
        name: made[value["Ref"]]
        for name, value in deployment.variables.items()
        if isinstance(value, dict) and value.get("Ref") in made
    }


def _standing_alone(stack: dict[str, Any]) -> dict[str, Any]:
    """Without the attributes that speak of resources left out, or mean nothing here."""
    return {name: {"Type": found["Type"], "Properties": found.get("Properties", {})} for name, found in stack.items()}


class _Rest:
    """What moto's CloudFormation skips."""

    def __init__(self, client: Clients, made: dict[str, str]) -> None:
        self.made = made
        self.dynamodb, self.sns = client("dynamodb"), client("sns")
        self.sqs, self.sesv2 = client("sqs"), client("sesv2")

    def make(self, wanted: Mapping[str, Any]) -> None:
        makers = {
            "AWS::SES::ConfigurationSet": self.configuration_set,
            "AWS::SES::ConfigurationSetEventDestination": self.event_destination,
            "AWS::SNS::Subscription": self.subscription,
            "AWS::SNS::TopicPolicy": self.topic_policy,
            "AWS::SQS::QueuePolicy": self.queue_policy,
            "AWS::DynamoDB::Table": self.table,
        }
        for kind, maker in makers.items():
            for name, found in wanted.items():
                if found.get("Type") == kind:
                    maker(name, found.get("Properties", {}))

    def configuration_set(self, name: str, given: dict[str, Any]) -> None:
        self.made[name] = self.resolve(given.get("Name", f"{_STACK}-{name}"))
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

    def table(self, name: str, given: dict[str, Any]) -> None:
        if ttl := given.get("TimeToLiveSpecification"):
            self.dynamodb.update_time_to_live(TableName=self.made[name], TimeToLiveSpecification=ttl)

    def resolve(self, value: Any) -> Any:
        """``Ref``, ``Fn::GetAtt`` of an ARN, ``Fn::Sub`` and ``Fn::Join``, as far as the file uses them."""
        match value:
            case {"Ref": name}:
                return self.reference(name)
            case {"Fn::GetAtt": [name, "Arn"]}:
                return self.arn(name)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda match: self.named(match[1]), text)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.resolve(parts))
            case dict():
                return {key: self.resolve(found) for key, found in value.items()}
            case list():
                return [self.resolve(found) for found in value]
        return value

    def named(self, name: str) -> str:
        logical, _, attribute = name.partition(".")
        return self.arn(logical) if attribute == "Arn" else self.reference(logical)

    def reference(self, name: str) -> str:
        pseudo = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::StackName": _STACK}
        return pseudo.get(name) or self.made[name]

    def arn(self, name: str) -> str:
        """Of a queue; nothing else in the file is named by ``Fn::GetAtt``."""
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.made[name], AttributeNames=["QueueArn"])
        return str(attributes["Attributes"]["QueueArn"])
