"""RealtimeStack: each classifier's current model behind an endpoint, and the page."""

from __future__ import annotations

from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.constructs.deploy_model import DeployModel
from stacks.constructs.network import sagemaker_network
from stacks.constructs.page import Page
from stacks.constructs.publish_page import PublishPage
from stacks.constructs.serving_role import ServingRole
from stacks.constructs.stored_image import StoredImage
from stacks.constructs.tear_down import TearDown
from stacks.images import Image
from stacks.kit_stack import KitStack
from stacks.records import Records
from stacks.settings import Settings

# in place of what the API's constructs will give
API_URL, CLIENT_ID = "https://api.invalid", "no-client-yet"


class RealtimeStack(KitStack):
    """Event ModelPublished → deploy_model → SageMaker endpoint, which answers one text at once."""

    def __init__(
        self,
        scope: Construct,
        *,
        settings: Settings,
        image: Image,
        train_bucket: s3.IBucket,
        predict_bucket: s3.IBucket,
        models_bucket: s3.IBucket,
        records: Records,
    ) -> None:
        super().__init__(scope, "realtime", settings=settings, description="endpoints for live answers")
        stored = StoredImage(self, "Image", image=image, settings=settings)
        # serverless endpoints run in no network of the account
        network = sagemaker_network(self, settings, buckets=(models_bucket,)) if settings.live_instance_type else None
        role = ServingRole(self, "ServingRole", models_bucket=models_bucket, image=stored, network=network, settings=settings)
        DeployModel(self, settings=settings, image=stored, serving_role=role, network=network, records=records)
        page = Page(self, "Page", settings=settings)
        publisher = PublishPage(
            self,
            "PublishPage",
            settings=settings,
            page=page,
            api_url=API_URL,
            client_id=CLIENT_ID,
            upload_buckets=[train_bucket, predict_bucket],
        )
        self.put_out(page_url=page.origin)
        TearDown(self, settings=settings, has_endpoints=True, answering=[publisher.function])
