"""RealtimeStack: each classifier's current model behind an endpoint, the API by which people ask it, and the page."""

from __future__ import annotations

from constructs import Construct

from stacks.buckets import Buckets
from stacks.constructs.answer_api import AnswerApi
from stacks.constructs.deploy_model import DeployModel
from stacks.constructs.http_api import HttpApi
from stacks.constructs.network import sagemaker_network
from stacks.constructs.page import Page
from stacks.constructs.publish_page import PublishPage
from stacks.constructs.serving_role import ServingRole
from stacks.constructs.stored_image import StoredImage
from stacks.constructs.tear_down import TearDown
from stacks.constructs.user_pool import UserPool
from stacks.images import Image
from stacks.kit_stack import KitStack
from stacks.records import Records
from stacks.settings import Settings


class RealtimeStack(KitStack):
    """Event ModelPublished → deploy_model → SageMaker endpoint, which answers one text at once.

    Somebody who is signed in → page → HTTP API → answer_api → endpoint, ledger and buckets.
    """

    def __init__(self, scope: Construct, *, settings: Settings, image: Image, buckets: Buckets, records: Records) -> None:
        super().__init__(scope, "realtime", settings=settings, description="endpoints for live answers, their API and its page")
        stored = StoredImage(self, "Image", image=image, settings=settings)
        # serverless endpoints run in no network of the account
        network = sagemaker_network(self, settings, buckets=(buckets.models,)) if settings.live_instance_type else None
        role = ServingRole(self, "ServingRole", models_bucket=buckets.models, image=stored, network=network, settings=settings)
        DeployModel(self, settings=settings, image=stored, serving_role=role, network=network, records=records)

        page = Page(self, "Page", settings=settings)
        pool = UserPool(self, "Users", settings=settings)
        answers = AnswerApi(self, "AnswerApi", settings=settings, buckets=buckets, records=records)
        api = HttpApi(self, "Api", settings=settings, pool=pool, function=answers.function, page_origin=page.origin)
        publisher = PublishPage(
            self,
            "PublishPage",
            settings=settings,
            page=page,
            api_url=api.url,
            client_id=pool.client.user_pool_client_id,
            buckets=[buckets.train, buckets.predict, buckets.results],
        )
        TearDown(self, settings=settings, has_endpoints=True, answering=[publisher.function])
        self.put_out(
            page_url=page.origin,
            api_url=api.url,
            user_pool_id=pool.user_pool_id,
            user_pool_client_id=pool.client.user_pool_client_id,
        )
