"""Where the page lies and who hands it out: a private bucket behind a distribution that alone may read it."""

from __future__ import annotations

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from stacks.constructs.private_bucket import PrivateBucket
from stacks.settings import Settings

# What the page's browser may load and do. Whom it may talk to stands in the page itself, which is written when the API has its
# address; `default-src` here would forbid what is allowed there, for a browser obeys both.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        *(f"{kind}-src 'none'" for kind in ("font", "media", "object", "frame", "worker", "manifest")),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
_DENIED_FEATURES = ("camera", "geolocation", "microphone", "payment", "usb")
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in _DENIED_FEATURES)


class Page(Construct):
    """The bucket, the distribution and the headers that come with each file; `PublishPage` puts the files in."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        # without the customer key: the files are in every browser that asks, and any deployment makes them anew
        self.bucket = PrivateBucket(self, "Bucket", settings=settings, key=None, expiry_days={})
        self.bucket.apply_removal_policy(RemovalPolicy.DESTROY)
        self._distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Text Classification Kit, {settings.stage}: the page",
            default_root_object="index.html",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(self.bucket),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,  # obeys the files' own `no-cache`
                response_headers_policy=self._headers(settings),
                compress=True,
            ),
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
        )

    @property
    def origin(self) -> str:
        """The page's origin, as a browser names it to the API."""
        return f"https://{self._distribution.distribution_domain_name}"

    def _headers(self, settings: Settings) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            comment=f"Text Classification Kit, {settings.stage}: the page",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(365), include_subdomains=True, override=True
                ),
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=CONTENT_SECURITY_POLICY, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(frame_option=cloudfront.HeadersFrameOption.DENY, override=True),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(header="Permissions-Policy", value=PERMISSIONS_POLICY, override=True),
                    cloudfront.ResponseCustomHeader(header="Cross-Origin-Opener-Policy", value="same-origin", override=True),
                ]
            ),
        )
