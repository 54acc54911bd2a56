"""What a person is told of, and what it costs to be told."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
from assemblies import Assembly, Resource
from aws_cdk import App, assertions

from contract.embedded_metrics import KIND, NAMESPACE, STAGE, Metric
from contract.records import JobKind
from kit.__main__ import make_parser
from stacks.application import compose, file_context
from stacks.constructs.dashboard import caps
from stacks.settings import Settings
from stacks.sources import ROOT


def _alarms(assembly: Assembly) -> list[Resource]:
    return list(assembly.resources("AWS::CloudWatch::Alarm"))


def _anchors() -> set[str]:
    """Where links into the runbook lead, as GitHub names its headings."""
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_alarm_names_an_action(assembly: Assembly) -> None:
    """Its description, which the e-mail carries, has commands of `kit` for the right stage and a section of the runbook."""
    for alarm in _alarms(assembly):
        text = alarm.properties["AlarmDescription"]
        commands = re.findall(r"'(kit [^']+)'", text)
        assert commands, text
        for command in commands:
            given = make_parser().parse_args(shlex.split(command)[1:])
            assert given.stage == assembly.stage
        section = re.search(r"docs/runbook\.md#([a-z-]+)$", text)
        assert section is not None
        assert section[1] in _anchors()
        assert len(text) <= 1024  # CloudWatch's limit


def test_every_alarm_reaches_the_owner_and_none_rings_for_silence(assembly: Assembly) -> None:
    """All go to the topic of the deployment; a deployment that nobody uses has no data and no alarm."""
    for alarm in _alarms(assembly):
        (action,) = alarm.properties["AlarmActions"]
        assert "Notifications" in action["Fn::ImportValue"]
        assert alarm.properties["TreatMissingData"] == "notBreaching"
        assert alarm.properties["AlarmName"].startswith(f"tck-{assembly.stage}-")


def test_every_queue_of_dead_letters_that_files_depend_on_has_its_alarm(assembly: Assembly) -> None:
    """One event is enough. Left out are those whose loss is noticed or made good: of building images, and in dev of moving endpoints."""
    watched = {
        alarm.properties["Dimensions"][0]["Value"]: alarm.properties["Threshold"]
        for alarm in _alarms(assembly)
        if alarm.properties["Namespace"] == "AWS/SQS"
    }
    declared = {
        queue.properties["QueueName"]
        for stack in ("Training", "Prediction", "Labeling", *(["Realtime"] if assembly.stage == "prod" else []))
        for queue in assembly.resources("AWS::SQS::Queue", stack)
    }
    assert watched == dict.fromkeys(declared, 1)
    metrics = {(alarm.properties["MetricName"], alarm.properties["Statistic"]) for alarm in _alarms(assembly) if "QueueName" in str(alarm)}
    assert metrics == {("NumberOfMessagesSent", "Sum")}  # what lies there already keeps no alarm from telling of what comes


def test_the_bill_is_watched_where_aws_tells_it(assembly: Assembly) -> None:
    """The alarm on charges exists in the one region that has the metric; the budget everywhere, and it warns before the end."""
    (alarm,) = (alarm for alarm in _alarms(assembly) if alarm.properties["MetricName"] == "EstimatedCharges")
    conditions = assembly.templates["Monitoring"]["Conditions"]
    assert conditions[alarm.body["Condition"]] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}
    budget = assembly.only("AWS::Budgets::Budget").properties
    settings = Settings.of(assembly.stage)
    assert alarm.properties["Threshold"] == settings.charges_alarm_usd == 10  # in prod too, whose budget is larger
    assert budget["Budget"]["BudgetLimit"]["Amount"] == settings.monthly_budget_usd
    assert {entry["Notification"]["NotificationType"] for entry in budget["NotificationsWithSubscribers"]} == {"FORECASTED", "ACTUAL"}


def test_the_dev_stage_warns_at_ten_dollars() -> None:
    """What the kit promises to a careful beginner."""
    assert Settings.of("dev").monthly_budget_usd == 10


def test_who_wants_neither_has_no_watch_on_the_bill() -> None:
    """Nought switches budget and alarm off; the alarms on lost events stay."""
    app = App(context=file_context() | {"monthly_budget_usd": "0", "charges_alarm_usd": "0"}, analytics_reporting=False)
    compose(app)
    template = assertions.Template.from_stack(app.node.find_child("Monitoring"))  # type: ignore[arg-type]  # it is the stack of that name
    template.resource_count_is("AWS::Budgets::Budget", 0)
    template.has_resource_properties("AWS::CloudWatch::Alarm", {"Namespace": "AWS/SQS"})
    assert "EstimatedCharges" not in json.dumps(template.to_json())


def _dashboard(assembly: Assembly) -> dict[str, Any]:
    body = assembly.only("AWS::CloudWatch::Dashboard").properties["DashboardBody"]
    parts = body["Fn::Join"][1]
    parsed: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "here" for part in parts))
    return parsed


def test_the_dashboard_shows_what_is_asked_of_it(prod: Assembly) -> None:
    """Queue wait, rows per second, review rate, failures, dead letters and cost, for both kinds of jobs."""
    shown = json.dumps(_dashboard(prod))
    for metric in (Metric.QUEUE_WAIT, Metric.ROWS_PER_SECOND, Metric.ROWS_TO_REVIEW, Metric.FAILED, Metric.COST):
        assert f'"{metric}"' in shown
    for words in ("ApproximateNumberOfMessagesVisible", "EstimatedCharges", "100 * review / rows", *JobKind):
        assert words in shown


def test_the_dashboard_reads_metrics_as_the_functions_write_them(prod: Assembly) -> None:
    """Namespace, names and dimensions are those of the lines in the logs; a wrong one would show an empty graph for ever."""
    rows = [row for widget in _dashboard(prod)["widgets"] for row in widget["properties"].get("metrics", [])]
    ours = [row for row in rows if row[0] == NAMESPACE]
    assert ours
    for _, name, *rest in ours:
        assert name in set(Metric)
        assert dict(zip(rest[:4:2], rest[1:4:2], strict=True)).keys() == {STAGE, KIND}


def test_dev_has_no_dashboard_and_would_pay_for_one(dev: Assembly, prod: Assembly) -> None:
    """At the list price a dashboard costs more than all the rest of an idle dev stage."""
    assert list(dev.resources("AWS::CloudWatch::Dashboard")) == []
    cost = json.loads((prod.folder / "cost.json").read_text())
    assert cost["stacks"]["tck-prod-monitoring"] == pytest.approx(3.0 + 7 * 0.1)


def test_the_caps_are_those_of_the_settings() -> None:
    """Whoever looks at the dashboard sees what bounds machines, time and money."""
    settings = Settings.of(
        "prod", {"prediction_max_vcpus": "64", "training_max_run_minutes": "77", "monthly_budget_usd": "55", "charges_alarm_usd": "7"}
    )
    text = caps(settings)
    for words in (
        "64 virtual CPUs of spot and as many on-demand machines",
        "each of 5 tries",
        "every 1024 MiB",
        "77 minutes (`training_max_run_minutes`)",
        "240 minutes",
        "55 USD",
        "7 USD in a month",
        "kit doctor --stage prod",
    ):
        assert words in text


def test_nothing_depends_on_the_monitoring(assembly: Assembly) -> None:
    """It exports nothing, imports the topic alone, and can be deleted by itself."""
    template = assembly.templates["Monitoring"]
    assert "Outputs" not in template
    imported = set(re.findall(r'"Fn::ImportValue": "([^"]+)"', json.dumps(template)))
    assert {name.split(":")[0] for name in imported} == {f"tck-{assembly.stage}-storage"}
