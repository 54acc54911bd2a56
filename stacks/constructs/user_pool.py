"""Who may use the HTTP API: people whom an administrator has invited."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from contract.api import OWNERS
from contract.deployment import user_pool_name
from contract.passwords import MIN_PASSWORD_CHARS
from stacks.removal import removal_policy
from stacks.settings import Settings

INVITATION_DAYS = 7  # after which a temporary password is worth nothing
TOKEN_MINUTES = 60  # so long a token that was stolen, or whose owner was removed, goes on working
SESSION_HOURS = 12  # a day at work without signing in again


class UserPool(cognito.UserPool):
    """Nobody signs up by himself; people sign in with their e-mail address. `client` is the page's: public, so without a secret."""

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(
            scope,
            construct_id,
            user_pool_name=user_pool_name(settings.stage),
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            feature_plan=cognito.FeaturePlan.LITE,  # the others add a sign-in page of AWS's own
            password_policy=cognito.PasswordPolicy(
                min_length=MIN_PASSWORD_CHARS,
                require_digits=True,
                require_lowercase=True,
                require_symbols=True,
                require_uppercase=True,
                temp_password_validity=Duration.days(INVITATION_DAYS),
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            user_invitation=cognito.UserInvitationConfig(
                email_subject="You can classify texts now",
                email_body="You can sign in as {username} with the temporary password {####} and then choose one of your own.",
            ),
            removal_policy=removal_policy(settings),
        )
        cognito.CfnUserPoolGroup(
            self,
            "Owners",
            user_pool_id=self.user_pool_id,
            group_name=OWNERS,
            description="may change which model is in use, and start trainings",
        )
        self.client = self.add_client(
            "Client",
            generate_secret=False,
            auth_flows=cognito.AuthFlow(user_password=True),  # renewal by a refresh token comes with every client
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            read_attributes=cognito.ClientAttributes().with_standard_attributes(email=True, email_verified=True),
            # whoever could write an address could sign as somebody else; an empty list would be none, which allows everything
            write_attributes=cognito.ClientAttributes().with_standard_attributes(locale=True),
            id_token_validity=Duration.minutes(TOKEN_MINUTES),
            access_token_validity=Duration.minutes(TOKEN_MINUTES),
            refresh_token_validity=Duration.hours(SESSION_HOURS),
            enable_token_revocation=True,
        )
