"""What all stacks of the kit have in common."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from contract.deployment import Deployment, output_name, stack_name
from contract.errors import AlgorithmError
from stacks.settings import Settings


class KitStack(Stack):
    """A stack named by the contract, protected as the settings say, whose outputs are those that the contract lists."""

    def __init__(self, scope: Construct, name: str, *, settings: Settings, description: str) -> None:
        super().__init__(
            scope,
            name.capitalize(),
            stack_name=stack_name(settings.stage, name),
            description=f"Text Classification Kit, {settings.stage}: {description}",
            termination_protection=settings.is_termination_protected,
        )
        self._short_name = name

    def put_out(self, **values: str) -> None:
        """Put out every field of contract.deployment.Deployment that belongs to this stack, and no other."""
        expected = Deployment.outputs_of(self._short_name)
        if sorted(values) != sorted(expected):
            raise AlgorithmError(f"{self._short_name} puts out {sorted(values)}, but the contract lists {sorted(expected)}.")
        for name, value in values.items():
            CfnOutput(self, f"{output_name(name)}Output", value=value).override_logical_id(output_name(name))
