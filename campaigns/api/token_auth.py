"""How a program shows a campaign's token: `Authorization: Bearer dpt_…`. Only views that name this class take one."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from campaigns.api.views import writer
from campaigns.campaign_tokens import check_scope, note_use, token_with_text
from campaigns.models import Campaign, CampaignToken
from portal.models import User

MAKE_ANOTHER = "Make another one on the page of the campaign’s plan."


class CampaignTokenAuthentication(BaseAuthentication):
    """The user is whoever made the token, `request.auth` the token itself: what it may do, the view asks `acting`."""

    keyword = b"bearer"

    def authenticate(self, request: Request) -> tuple[User, CampaignToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword:
            return None
        token = token_with_text(words[1].decode("latin-1")) if len(words) == 2 else None
        if token is None:
            raise AuthenticationFailed(f"The portal does not know this token. {MAKE_ANOTHER}")
        why = token.why_not() or ("" if token.made_by.is_active else "The account of whoever made it is switched off.")
        if why:
            raise AuthenticationFailed(f"The token {token.start}… is not good any more: {why} {MAKE_ANOTHER}")
        return token.made_by, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class CampaignTokenScheme(OpenApiAuthenticationExtension):
    target_class = "campaigns.api.token_auth.CampaignTokenAuthentication"
    name = "campaignToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token that is good for one campaign."}


# the tokens of people and the log-in of the browser go on working where a campaign's token does
WITH_CAMPAIGN_TOKENS = [CampaignTokenAuthentication, TokenAuthentication, SessionAuthentication]


def acting(request: Request, campaign: Campaign, scope: CampaignToken.Scope) -> tuple[User, CampaignToken | None]:
    """Who acts, and by which token of the campaign, if by one. Raises NotAllowed for one that is good for something else."""
    if not isinstance(request.auth, CampaignToken):
        return writer(request), None
    check_scope(request.auth, campaign, scope)
    note_use(request.auth)
    return request.auth.made_by, request.auth
