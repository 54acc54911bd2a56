"""An image of the kit as the stacks that run it see it."""

from __future__ import annotations

from aws_cdk import aws_ecr as ecr
from constructs import Construct

from stacks.constructs.image_repository import repository_name
from stacks.images import Image
from stacks.settings import Settings


class StoredImage(Construct):
    """Repository and tag by their names: an export of RegistryStack in use could not be updated by the next image."""

    def __init__(self, scope: Construct, construct_id: str, *, image: Image, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.repository = ecr.Repository.from_repository_name(self, "Repository", repository_name(settings.stage))
        self.uri = self.repository.repository_uri_for_tag(image.tag)
        self.tag = image.tag
        self.commit = image.commit
