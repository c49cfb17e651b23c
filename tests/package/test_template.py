"""The SAM template, as CloudFormation gets it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.settings import NAMES
from chalicelib.web.api.exports import XLSX
from chalicelib.web.methods import ELSEWHERE, METHODS
from local.aws.gateway import DEFAULT_ANSWERS
from tests.package.artefact import (
    FUNCTIONS,
    ROOT,
    WORKERS,
    as_list,
    built,
    functions,
    resources,
    statements,
    template,
)

pytestmark = pytest.mark.package

WILDCARDS = {
    "identity/*@${SenderDomain}": "addresses of the one domain we send from",
    "identity/*.${SenderDomain}": "its subdomains, and their addresses",
    "template/*": "SendBulkEmail is asked for a template's right even where the template is given inline",
}
"""The only resources with a star in them, and why."""


def test_the_api_gives_out_workbooks_as_bytes() -> None:
    (api,) = resources("Serverless::Api").values()
    assert XLSX in api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"]


def test_cfn_lint_has_nothing_to_say() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    command: list[str | Path] = [linter, "--include-checks", "I", "--", built("package") / "sam.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_template_is_chalices_with_ours_merged_in() -> None:
    ours = json.loads((ROOT / "infra" / "resources.json").read_text())
    assert template()["Transform"] == "AWS::Serverless-2016-10-31"
    assert set(ours["Resources"]) <= set(template()["Resources"])
    # A name of ours that Chalice does not know (any more) would stay behind as a resource without a type.
    assert not [name for name, one in template()["Resources"].items() if "Type" not in one]


def test_no_value_has_two_intrinsics() -> None:
    """The merge adds to a dict what it should replace: ``Fn::GetAtt`` beside Chalice's own ``Fn::Sub``."""

    def mixed(value: Any, path: str) -> list[str]:
        if isinstance(value, list):
            return [found for number, one in enumerate(value) for found in mixed(one, f"{path}/{number}")]
        if not isinstance(value, dict):
            return []
        intrinsics = [key for key in value if key == "Ref" or key.startswith("Fn::")]
        here = [path] if intrinsics and len(value) > 1 else []
        return here + [found for key, one in value.items() for found in mixed(one, f"{path}/{key}")]

    assert mixed(template()["Resources"], "") == []


# Functions


def test_these_are_the_functions() -> None:
    assert set(functions()) == set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_memory_the_cheaper_processor_and_a_log_that_forgets(name: str) -> None:
    function = functions()[name]
    assert function["MemorySize"] >= 512
    assert function["Architectures"] == ["arm64"]
    assert function["CodeUri"] == "./deployment.zip"
    assert "ReservedConcurrentExecutions" not in function
    assert 0 < resources("Logs::LogGroup")[function["LoggingConfig"]["LogGroup"]["Ref"]]["RetentionInDays"] <= 30


def test_timeouts_fit_who_waits() -> None:
    timeouts = {name: function["Timeout"] for name, function in functions().items()}
    assert timeouts == {
        "APIHandler": 29,
        "AdminKey": 10,
        "Tick": 60,
        "Transactional": 120,
        "Broadcast": 120,
        "Feedback": 30,
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_setting_is_in_every_functions_environment(name: str) -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert set(NAMES) <= set(variables | functions()[name].get("Environment", {}).get("Variables", {}))
    named = {value["Ref"] for value in variables.values() if isinstance(value, dict)}
    assert named
    assert named <= set(template()["Resources"]) | set(template()["Parameters"])


def test_secrets_come_from_parameters_that_are_not_echoed() -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    for setting in ("SIGNING_KEYS", "ADDRESS_KEY", "ADMIN_KEY_HASHES"):
        parameter = template()["Parameters"][variables[setting]["Ref"]]
        assert parameter["NoEcho"] is True
        assert "Default" not in parameter


def test_the_tick_comes_every_minute() -> None:
    (event,) = functions()["Tick"]["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)"}}


# Queues


@pytest.mark.parametrize("worker", WORKERS)
def test_lambda_heeds_which_messages_failed(worker: str) -> None:
    (event,) = functions()[worker]["Events"].values()
    assert event["Type"] == "SQS"
    assert event["Properties"]["Queue"] == {"Fn::Sub": f"${{{worker}Queue.Arn}}"}
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    # Mails go out at once; reports may gather, as all that are about one batch cost one read together.
    window, size = (10, 100) if worker == "Feedback" else (0, 10)
    assert event["Properties"]["MaximumBatchingWindowInSeconds"] == window
    assert event["Properties"]["BatchSize"] <= size


def test_a_flood_of_announcements_or_reports_leaves_room_for_the_pages() -> None:
    scaled = {
        worker: next(iter(functions()[worker]["Events"].values()))["Properties"].get("ScalingConfig")
        for worker in WORKERS
    }
    # The pace of a lane is shared among so many workers: there must not be more of them.
    for lane in ("Transactional", "Broadcast"):
        assert scaled[lane]["MaximumConcurrency"] == {"Ref": "WorkersPerLane"}
    assert scaled["Feedback"]["MaximumConcurrency"] <= 5


@pytest.mark.parametrize("worker", WORKERS)
def test_a_queue_has_dead_letters_encryption_and_patience(worker: str) -> None:
    queue, dead = (resources("SQS::Queue")[worker + part] for part in ("Queue", "DeadLetters"))
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [f"{worker}DeadLetters", "Arn"]}
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert queue["VisibilityTimeout"] >= 6 * functions()[worker]["Timeout"]
    assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600 > queue["MessageRetentionPeriod"]
    assert queue["SqsManagedSseEnabled"] is dead["SqsManagedSseEnabled"] is True


def test_no_queue_goes_without_a_worker() -> None:
    assert set(resources("SQS::Queue")) == {worker + part for worker in WORKERS for part in ("Queue", "DeadLetters")}


def test_queues_are_named_as_the_handlers_name_them() -> None:
    sources = "\n".join(file.read_text() for file in (ROOT / "chalicelib").rglob("*.py"))
    asked = set(re.findall(r"on_sqs_message\(\s*queue=\"([^\"]+)\"", sources))
    named = {resources("SQS::Queue")[f"{worker}Queue"]["QueueName"]["Fn::Sub"] for worker in WORKERS}
    assert {name.replace("${AWS::StackName}", "kaffeepause") for name in named} == asked


def test_only_our_topic_reaches_the_feedback_queue() -> None:
    (policy,) = resources("SQS::QueuePolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert policy["Queues"] == [{"Ref": "FeedbackQueue"}]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "MailEvents"}}}


# Mail


def test_only_ses_and_only_for_our_mail_publishes_to_the_topic() -> None:
    (policy,) = resources("SNS::TopicPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    sources = [source["Fn::Sub"].rpartition("/")[2] for source in statement["Condition"]["ArnEquals"]["aws:SourceArn"]]
    # Events come in the name of a configuration set, bounces and complaints of an identity in the identity's.
    assert sources == ["${TransactionalMail}", "${BroadcastMail}", "${SenderDomain}"]


def test_reports_arrive_as_ses_wrote_them() -> None:
    (subscription,) = resources("SNS::Subscription").values()
    assert subscription["Protocol"] == "sqs"
    assert subscription["Endpoint"] == {"Fn::GetAtt": ["FeedbackQueue", "Arn"]}
    assert subscription["RawMessageDelivery"] is True


@pytest.mark.parametrize("mail", ["TransactionalMail", "BroadcastMail"])
def test_a_configuration_set_reports_everything_but_opens_and_clicks(mail: str) -> None:
    (destination,) = (
        one["EventDestination"]
        for one in resources("SES::ConfigurationSetEventDestination").values()
        if one["ConfigurationSetName"] == {"Ref": mail}
    )
    wanted = {"send", "bounce", "complaint", "reject", "renderingFailure", "deliveryDelay"}
    assert set(destination["MatchingEventTypes"]) == wanted  # and no pixel or rewritten link in anybody's mail
    assert destination["Enabled"] is True
    assert destination["SnsDestination"] == {"TopicARN": {"Ref": "MailEvents"}}
    assert resources("SES::ConfigurationSet")[mail]["SuppressionOptions"]["SuppressedReasons"] == [
        "BOUNCE",
        "COMPLAINT",
    ]


@pytest.mark.parametrize("mail", ["TransactionalMail", "BroadcastMail"])
def test_whatever_is_switched_on_for_the_account_ses_drops_no_mail_as_doubtful(mail: str) -> None:
    validation = resources("SES::ConfigurationSet")[mail]["SuppressionOptions"]["ValidationOptions"]
    assert validation == {"ConditionThreshold": {"ConditionThresholdEnabled": "DISABLED"}}


@pytest.mark.parametrize("mail", ["TransactionalMail", "BroadcastMail"])
def test_whatever_is_switched_on_for_the_account_ses_tracks_no_reader_of_ours(mail: str) -> None:
    """Engagement metrics put a pixel into each mail and rewrite its links; how mail is delivered shall not
    hang on it either."""
    assert resources("SES::ConfigurationSet")[mail]["VdmOptions"] == {
        "DashboardOptions": {"EngagementMetrics": "DISABLED"},
        "GuardianOptions": {"OptimizedSharedDelivery": "DISABLED"},
    }


def test_a_confirmation_or_reminder_is_tried_for_eight_hours_and_an_announcement_as_long_as_ses_does() -> None:
    sets = resources("SES::ConfigurationSet")
    assert sets["TransactionalMail"]["DeliveryOptions"]["MaxDeliverySeconds"] == 8 * 60 * 60
    assert "MaxDeliverySeconds" not in sets["BroadcastMail"]["DeliveryOptions"]


def test_ses_may_publish_before_it_is_asked_to() -> None:
    """SES tries the topic when the destination is made, and CloudFormation would else make both at once."""
    destinations = {
        name: one["DependsOn"]
        for name, one in template()["Resources"].items()
        if one["Type"] == "AWS::SES::ConfigurationSetEventDestination"
    }
    assert len(destinations) == 2
    assert set(destinations.values()) == {"MailEventsPolicy"}, destinations


# The table


def test_the_table_outlives_mistakes() -> None:
    table = template()["Resources"]["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


# Rights. Which of them are called is tested in tests/test_policies.py.


def test_each_function_has_a_role_of_its_own_with_a_policy_file_of_its_own() -> None:
    roles = {name: function["Role"]["Fn::GetAtt"][0] for name, function in functions().items()}
    assert len(set(roles.values())) == len(roles)
    stage = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]["prod"]["lambda_functions"]
    files = [one["iam_policy_file"] for one in stage.values()]
    assert len(set(files)) == len(files) == len(FUNCTIONS)
    assert sorted(files) == sorted(path.name for path in (ROOT / ".chalice").glob("policy-*.json"))
    for name, one in stage.items():
        logical = "APIHandler" if name == "api_handler" else name.title().replace("_", "")
        assert json.loads((ROOT / ".chalice" / one["iam_policy_file"]).read_text())["Statement"] == statements(logical)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_rights_name_actions_and_resources_of_our_own(function: str) -> None:
    assert statements(function)
    for statement in statements(function):
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action]
        for resource in as_list(statement["Resource"]):
            if resource == "*":
                assert statement["Action"] in (["ses:GetAccount"], ["ses:DeleteSuppressedDestination"]), (
                    "of no resource"
                )
                continue
            assert isinstance(resource, dict), (
                f"{statement['Sid']}: an ARN spelled out is another account's, a star is everybody's"
            )
            text = json.dumps(resource)
            assert "*" not in text or any(f'{allowed}"' in text for allowed in WILDCARDS), statement["Sid"]


# The API


def api() -> dict[str, Any]:
    return resources("Serverless::Api")["RestAPI"]


def test_the_api_is_regional_and_writes_no_log() -> None:
    assert api()["EndpointConfiguration"] == {"Type": "REGIONAL"}
    (settings,) = api()["MethodSettings"]
    assert (settings["LoggingLevel"], settings["DataTraceEnabled"]) == ("OFF", False)
    # Links in mails open a person's page: they would stand in an access log.
    assert "AccessLogSetting" not in api()


def test_what_the_gateway_refuses_is_a_problem_too() -> None:
    found = api()["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    assert set(found) == {*DEFAULT_ANSWERS, "DEFAULT_4XX", "DEFAULT_5XX"}
    for response in found.values():
        headers = response["responseParameters"]
        # Between API Gateway's quotes there is no place for others.
        assert all(re.fullmatch("'[^']+'", value) for value in headers.values())
        assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        problem = json.loads(response["responseTemplates"]["application/json"])
        assert problem["title"]
        assert problem["detail"]
        assert problem.get("status") == response.get("statusCode")
    challenge = found["UNAUTHORIZED"]["responseParameters"]["gatewayresponse.header.WWW-Authenticate"]
    assert challenge.startswith("'Bearer")


def test_every_path_takes_every_method_and_one_path_stands_for_all_others() -> None:
    """API Gateway answers what has no route itself, with one problem for everything."""
    paths = api()["DefinitionBody"]["paths"]
    assert ELSEWHERE in paths
    assert {tuple(sorted(methods)) for methods in paths.values()} == {tuple(sorted(name.lower() for name in METHODS))}


def test_answers_are_compressed_unless_they_are_too_small_to_gain() -> None:
    assert api()["MinimumCompressionSize"] == 1000


def test_the_template_is_within_cloudformations_limit() -> None:
    assert (built("package") / "sam.json").stat().st_size < 800_000  # of 1,000,000


def test_only_the_api_asks_for_a_key_and_all_of_it_does_but_its_description() -> None:
    paths = api()["DefinitionBody"]["paths"]
    open_to_all = {"/api/v1/openapi.json", "/api/docs"}
    assert open_to_all < paths.keys()
    assert {path.startswith("/api/") for path in paths} == {True, False}
    for path, methods in paths.items():
        for method, described in methods.items():
            assert ("security" in described) is (path.startswith("/api/") and path not in open_to_all), (
                f"{method} {path}"
            )


# Alarms


def test_whatever_stands_still_raises_an_alarm() -> None:
    alarms = resources("CloudWatch::Alarm")
    for worker in WORKERS:
        assert alarms[f"{worker}DeadLettersAlarm"]["Dimensions"][0]["Value"] == {
            "Fn::GetAtt": [f"{worker}DeadLetters", "QueueName"]
        }
        assert alarms[f"{worker}AgeAlarm"]["MetricName"] == "ApproximateAgeOfOldestMessage"
    for function in ("Tick", *WORKERS):
        told = {
            one["MetricStat"]["Metric"]["MetricName"]
            for one in alarms[f"{function}FailsAlarm"]["Metrics"]
            if "MetricStat" in one
        }
        assert told == {"Errors", "Throttles"}
    missed = alarms["TickMissedAlarm"]
    assert (missed["MetricName"], missed["TreatMissingData"]) == ("Invocations", "breaching")
    assert (missed["ComparisonOperator"], missed["Threshold"]) == ("LessThanThreshold", 1)


def test_alarms_reach_somebody_or_are_not_made() -> None:
    assert template()["Resources"]["Alarms"]["Condition"] == "HasAlarmAddress"
    alarms = {name: one for name, one in template()["Resources"].items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    assert alarms
    for name, one in alarms.items():
        assert one["Condition"] == "HasAlarmAddress", name
        assert one["Properties"]["AlarmActions"] == [{"Ref": "Alarms"}], name


def test_the_deployment_guide_names_every_parameter_and_counts_the_alarms() -> None:
    guide = (ROOT / "docs" / "howto" / "deploy.md").read_text()
    for parameter in template()["Parameters"]:
        assert f"`{parameter}`" in guide, parameter
    metrics = [
        len([one for one in alarm.get("Metrics", [{"MetricStat": 1}]) if "MetricStat" in one])
        for alarm in resources("CloudWatch::Alarm").values()
    ]
    assert f"the alarms watch {sum(metrics)} metrics" in guide
