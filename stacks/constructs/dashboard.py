"""The dashboard: how jobs go, what is stuck, what it costs, and what bounds it all."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from contract.deployment import SHORT_NAME, Function
from contract.embedded_metrics import KIND, NAMESPACE, STAGE, Metric
from contract.records import JobKind
from stacks.constructs.alarms import BILLING_REGION, RUNBOOK, dead_letters, estimated_charges
from stacks.settings import Settings

HALF, WHOLE = 12, 24  # of the columns of a dashboard
HEIGHT = 6
PERIOD = Duration.hours(1)  # jobs are few; what is shorter would be mostly gaps
SUM, AVERAGE, MAXIMUM = cloudwatch.Stats.SUM, cloudwatch.Stats.AVERAGE, cloudwatch.Stats.MAXIMUM
WORDS = {JobKind.TRAIN: "trainings", JobKind.PREDICT: "classifications"}


class OperationsDashboard(cloudwatch.Dashboard):
    """One page for whoever runs the platform. The figures are those that the functions leave when a job ends."""

    def __init__(self, scope: Construct, construct_id: str, *, functions: Sequence[Function], settings: Settings) -> None:
        super().__init__(scope, construct_id, dashboard_name=f"{SHORT_NAME}-{settings.stage}", default_interval=Duration.days(7))
        self._stage = settings.stage
        outcomes = [self._metric(kind, outcome, SUM) for kind in JobKind for outcome in (Metric.DONE, Metric.FAILED, Metric.REFUSED)]
        waits = [self._metric(kind, Metric.QUEUE_WAIT, statistic) for kind in JobKind for statistic in (AVERAGE, MAXIMUM)]
        self.add_widgets(cloudwatch.TextWidget(width=WHOLE, height=HEIGHT, markdown=caps(settings)))
        self.add_widgets(
            _graph("Jobs that ended", outcomes, is_stacked=True),
            _graph("Wait for a machine, in seconds", waits),
        )
        self.add_widgets(
            _graph("Rows per second", [self._metric(kind, Metric.ROWS_PER_SECOND, AVERAGE) for kind in JobKind]),
            _graph("Rows for a person to look at, per cent", [self._review_rate()]),
        )
        self.add_widgets(
            _graph("Dead letters", [dead_letters(settings.stage, function).with_(label=str(function)) for function in functions]),
            _graph("Cost of jobs, in USD", [self._metric(kind, Metric.COST, SUM) for kind in JobKind], is_stacked=True),
        )
        self.add_widgets(
            cloudwatch.GraphWidget(
                title="Cost of the whole account, in USD", left=[estimated_charges()], region=BILLING_REGION, width=WHOLE, height=HEIGHT
            )
        )

    def _metric(self, kind: JobKind, metric: Metric, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=metric,
            dimensions_map={STAGE: self._stage, KIND: kind},
            statistic=statistic,
            period=PERIOD,
            label=f"{WORDS[kind]}, {metric} ({statistic.lower()})",
        )

    def _review_rate(self) -> cloudwatch.MathExpression:
        rows = {
            "review": self._metric(JobKind.PREDICT, Metric.ROWS_TO_REVIEW, SUM),
            "rows": self._metric(JobKind.PREDICT, Metric.ROWS, SUM),
        }
        return cloudwatch.MathExpression(expression="100 * review / rows", using_metrics=rows, period=PERIOD, label="to review")


def caps(settings: Settings) -> str:
    """What bounds time and money whatever happens, in Markdown."""
    kinds = "spot and as many on-demand" if settings.is_prediction_spot else "on-demand"
    rows = {
        "machines for predictions": f"{settings.prediction_max_vcpus} virtual CPUs of {kinds} machines at once (`prediction_max_vcpus`),"
        " which AWS Batch may exceed by one machine of a kind; none while idle",
        "a prediction": f"{settings.prediction_timeout_minutes} minutes (`prediction_timeout_minutes`) for each of its parts, of which a"
        f" file has one for every {settings.prediction_shard_mib} MiB (`prediction_shard_mib`), and for each of"
        f" {settings.prediction_attempts} tries when machines are taken away (`prediction_attempts`), after at most"
        f" {settings.runnable_limit_minutes} minutes of waiting (`runnable_limit_minutes`);"
        f" {settings.prediction_max_object_gib} GiB (`prediction_max_object_gib`)",
        "a training": f"{settings.training_max_run_minutes} minutes (`training_max_run_minutes`) on one"
        f" {settings.training_instance_type}, {settings.training_usd_per_hour} USD an hour",
        "a month": f"{settings.monthly_budget_usd} USD are planned for the whole account (`monthly_budget_usd`): a warning, no bound",
    }
    if settings.charges_alarm_usd:
        rows["before an alarm"] = (
            f"{settings.charges_alarm_usd} USD in a month (`charges_alarm_usd`), in {BILLING_REGION} only: a warning, no bound"
        )
    table = "\n".join(f"| {what} | {bound} |" for what, bound in rows.items())
    return (
        f"# Text Classification Kit, {settings.stage}, {Aws.REGION}\n\n| | at most |\n|---|---|\n{table}\n\n"
        f"What is wrong: `kit doctor --stage {settings.stage}`. What to do: {RUNBOOK}."
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric], *, is_stacked: bool = False) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=HALF, height=HEIGHT, stacked=is_stacked)
