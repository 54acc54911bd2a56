"""RegistryStack: the images, in the repository before any later stack names them."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from stacks.constructs.image_builder import ImageBuilder
from stacks.constructs.image_repository import ImageRepository
from stacks.constructs.tear_down import TearDown
from stacks.images import Image
from stacks.kit_stack import KitStack
from stacks.settings import Settings


class RegistryStack(KitStack):
    """The repository and one build for each image."""

    def __init__(self, scope: Construct, *, settings: Settings, images: Mapping[str, Image]) -> None:
        super().__init__(scope, "registry", settings=settings, description="container images")
        repository = ImageRepository(self, "Repository", settings=settings)
        builder = ImageBuilder(self, "Builder", repository=repository, settings=settings)
        for image in images.values():
            builder.build(image)
        TearDown(self, settings=settings, answering=[builder.provider], project=builder.project)
