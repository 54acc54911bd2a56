"""How a CloudFormation type is defined: a function that makes the resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.common_models import CloudFormationModel

from local.host import Host

Properties = dict[str, Any]


@dataclass
class Made:
    """A resource with nothing in moto behind it: its Ref and its attributes."""

    physical_resource_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    def get_cfn_attribute(self, name: str) -> str:
        """Fn::GetAtt. Raises KeyError for an attribute that is not known."""
        return self.attributes[name]

    def is_created(self) -> bool:
        """It is."""
        return True


@dataclass(frozen=True)
class Maker:
    """Makes resources of one type from a name and the resolved properties.

    `make` returns a Made or one of moto's own resources; `name_property` is the property that names it;
    `attributes` are those of Fn::GetAtt.
    """

    make: Callable[[str, Properties], Any]
    name_property: str = ""
    attributes: frozenset[str] = frozenset()


_defined: list[Any] = []  # moto finds subclasses by weak references


def define(kind: str, maker: Maker) -> None:
    """Let moto create resources of a type through `maker`."""

    class Resource(CloudFormationModel):
        @staticmethod
        def cloudformation_type() -> str:
            return kind

        @staticmethod
        def cloudformation_name_type() -> str:
            return maker.name_property

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return attr in maker.attributes

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: dict[str, Any], account_id: str, region_name: str, **kwargs: Any
        ) -> Any:
            return maker.make(resource_name, cloudformation_json.get("Properties", {}))

    _defined.append(Resource)


def stock(kind: Any, host: Host, name: str, properties: Properties) -> Any:
    """The resource as moto's own class `kind` makes it."""
    return kind.create_from_cloudformation_json(name, {"Properties": properties}, host.account, host.region)


def lower_first(value: Any) -> Any:
    """CloudFormation's `JobRoleArn` as the API's `jobRoleArn`, at every depth; maps of free names keep theirs."""
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: entry if name in _FREE_NAMES else lower_first(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [lower_first(entry) for entry in value]
    return value


_FREE_NAMES = ("Options", "Parameters", "Tags")
