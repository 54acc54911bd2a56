"""What AWS and its library say, in sentences for the person at the keyboard."""

from __future__ import annotations

from contract.errors import KitError, PlatformError, UserError

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_UNKNOWN_KEYS = ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure")
_LOCAL = "add --local to work on this machine."
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError")


def explain(error: Exception) -> KitError | None:
    """The kit's error for one of AWS's; None when it is not AWS's."""
    from botocore import exceptions as aws  # noqa: PLC0415  # 'kit --help' does without it

    if isinstance(error, aws.ClientError):
        answer = error.response.get("Error", {})
        return _refused(answer.get("Code", "Unknown"), answer.get("Message", "no reason given").rstrip("."), error.operation_name)
    kinds: tuple[tuple[tuple[type[Exception], ...], KitError], ...] = (
        ((aws.NoRegionError,), UserError(f"No AWS region is set. Set AWS_REGION, or run 'aws configure'; {_LOCAL}")),
        (
            (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError, aws.SSOError, aws.TokenRetrievalError),
            UserError(f"There are no usable AWS credentials ({error}). Run 'aws configure' or 'aws sso login'; {_LOCAL}"),
        ),
        ((aws.ProfileNotFound,), UserError(f"{error}. Set AWS_PROFILE to one that 'aws configure list-profiles' names.")),
        (
            (aws.HTTPClientError, aws.ConnectionError),
            PlatformError(f"AWS cannot be reached: {error}. Is there a network? Trying again may help."),
        ),
        ((aws.BotoCoreError,), PlatformError(f"AWS could not be asked: {error}.")),
    )
    return next((explained for types, explained in kinds if isinstance(error, types)), None)


def _refused(code: str, message: str, operation: str) -> KitError:
    if code in _EXPIRED:
        return UserError("Your AWS credentials have expired. Sign in again, for instance with 'aws sso login'.")
    if code in _UNKNOWN_KEYS:
        return UserError(f"AWS does not accept your credentials ({message}). Run 'aws configure' or 'aws sso login'.")
    if code in _DENIED:
        return UserError(f"Your AWS account does not allow {operation}: {message}. Ask its administrator for that permission.")
    return PlatformError(f"AWS refused {operation}: {message} ({code}).")
