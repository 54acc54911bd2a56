"""What it costs while nobody uses it."""

from __future__ import annotations

import json

import pytest
from assemblies import Assembly

from contract.errors import AlgorithmError, UserError
from stacks.cost import FREE_WHEN_IDLE, idle_usd
from stacks.prices import ALARM_USD, KEY_USD, NAT_GATEWAY_USD, SERVING_USD_PER_HOUR, usd_per_hour
from stacks.settings import Settings


def test_dev_idles_under_one_dollar_a_month(dev: Assembly) -> None:
    """The promise of the README, computed from the templates."""
    total = sum(sum(idle_usd(template).values()) for template in dev.templates.values())
    assert 0 < total < 1


def test_the_assembly_carries_its_idle_cost(assembly: Assembly) -> None:
    """`cost.json` has the sum of each stack and in total, with the region and date of its prices."""
    cost = json.loads((assembly.folder / "cost.json").read_text())
    expected = {
        f"tck-{assembly.stage}-{name.lower()}": pytest.approx(sum(idle_usd(template).values()), abs=0.001)
        for name, template in assembly.templates.items()
    }
    assert cost["stacks"] == expected
    assert cost["idle_usd_per_month"] == pytest.approx(sum(cost["stacks"].values()), abs=0.001)
    assert cost["region"] == "us-east-1"
    assert cost["prices_as_of"].startswith("20")


def test_what_costs_is_counted() -> None:
    """A NAT gateway, a key, and an interface endpoint per zone, but not a gateway endpoint."""
    template = {
        "Resources": {
            "Nat": {"Type": "AWS::EC2::NatGateway"},
            "Key": {"Type": "AWS::KMS::Key"},
            "Free": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Gateway"}},
            "Dear": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": "Interface", "SubnetIds": ["a", "b"]}},
        }
    }
    assert idle_usd(template) == {"Nat": NAT_GATEWAY_USD, "Key": KEY_USD, "Dear": 14.6}


def test_instances_that_are_made_at_run_time_are_counted(dev: Assembly, prod: Assembly) -> None:
    """One endpoint's least number of instances runs by the hour, whoever asks; a serverless one costs nothing while nobody does."""
    found = {name: usd for name, usd in idle_usd(prod.templates["Realtime"]).items() if name.startswith("DeployModel")}
    assert sum(found.values()) == pytest.approx(730 * SERVING_USD_PER_HOUR["ml.c5.large"] + ALARM_USD, abs=0.05)
    assert max(idle_usd(dev.templates["Realtime"]).values()) < 0.01


def test_a_type_that_nobody_priced_is_an_error() -> None:
    """A new resource cannot count as free by accident."""
    with pytest.raises(AlgorithmError, match="Cache is a AWS::ElastiCache::ServerlessCache"):
        idle_usd({"Resources": {"Cache": {"Type": "AWS::ElastiCache::ServerlessCache"}}})


def test_nothing_that_runs_by_the_hour_is_called_free() -> None:
    """Machines, gateways and databases stand in no list of free types."""
    paid = ("Instance", "NatGateway", "EIP", "LoadBalancer", "DBInstance", "Cluster", "Endpoint", "Secret", "Alarm", "Key")
    assert [kind for kind in FREE_WHEN_IDLE if kind.endswith(paid)] == []


def test_spot_is_cheaper_and_every_choice_has_a_price() -> None:
    """Each instance type that a setting may hold has a price, and spot lowers it."""
    for accelerator in ("gpu", "cpu"):
        settings = Settings.of("prod", {"accelerator": accelerator})
        for name in (settings.training_instance_type, *settings.prediction_instance_types):
            assert 0 < usd_per_hour(name, is_spot=True) < usd_per_hour(name, is_spot=False)


def test_an_instance_without_a_price_is_refused() -> None:
    """The message names those that have one."""
    with pytest.raises(UserError, match=r"'p5.48xlarge' has no price .* g4dn.xlarge"):
        usd_per_hour("p5.48xlarge", is_spot=False)
