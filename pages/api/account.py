"""The reader's own account over the API: who is asking, and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import idempotent
from accounts.models import Token
from accounts.permissions import insist
from accounts.sign_ins import is_verified
from accounts.tokens import make_token, revoke_token
from common.api.schema import documented
from common.api.shapes import shape_fields
from common.api.views import Answer
from pages.api import shapes
from record.api import AccountListView, AccountView
from record.api.writing import insist_on_version, validated

if TYPE_CHECKING:
    from uuid import UUID

    from accounts.authentication import AccountRequest


@documented(responses=shapes.MeShape, tags=["account"], operation_id="me")
class Me(AccountView):
    """Who is asking, and what the token that asks may do."""

    scopes: ClassVar[dict[str, str]] = {"GET": "read"}

    def get(self, request: AccountRequest) -> Response:
        user = request.user
        return self.one(
            {
                "username": user.username,
                "public_name": user.public_name,
                "organisation": user.organisation or None,
                "role": user.role,
                "language": user.language,
                "scopes": request.auth.scopes if request.auth else None,
            }
        )


def token_item(token: Token, base: str) -> dict[str, object]:
    return {
        "id": token.uid,
        "name": token.name,
        "scopes": token.scopes,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "last_used_from": token.last_used_from or None,
        "revoked_at": token.revoked_at,
        "version": token.version,
        "url": f"{base}{token.uid}/",
    }


@documented(
    responses=shapes.TokenShape(many=True),
    tags=["account"],
    operation_id="tokens_list",
    post={"request": shapes.TokenInput, "responses": {201: shapes.NewTokenShape}, "operation_id": "tokens_make"},
)
class TokenList(AccountListView):
    """The reader's own tokens, without their texts, which nobody has. Of tokens, only one with ``admin`` makes others."""

    scopes: ClassVar[dict[str, str]] = {"GET": "read", "POST": "admin"}
    default_ordering = ("-created_at", "-id")
    orderings: ClassVar[dict[str, str]] = {"created_at": "created_at", "name": "name"}
    field_names = shape_fields(shapes.TokenShape)

    def get(self, request: AccountRequest) -> Response:
        base = reverse("api:tokens", request=request)
        tokens = self.filtered(Token.objects.filter(user=request.user))
        return self.page_of(tokens, lambda page: [token_item(token, base) for token in page])

    @idempotent
    def post(self, request: AccountRequest) -> Response:
        """Make a token. Its text is in this answer and nowhere else. What a token makes ends with it at the latest."""
        sent = validated(shapes.TokenInput, request)
        token, text = make_token(user=request.user, by=request.auth, verified=is_verified(request), **sent)
        self.look_again()
        item = token_item(token, reverse("api:tokens", request=request))
        answer = Answer(item | {"token": text}, status=201, headers={"Location": str(item["url"])})
        answer.version, answer.secrets = token.version, ("token",)
        return answer


@documented(
    responses=shapes.TokenShape,
    tags=["account"],
    operation_id="tokens_detail",
    delete={"request": None, "responses": {204: None}, "operation_id": "tokens_revoke"},
)
class TokenDetail(AccountView):
    """One token of one's own. Deleting it ends it at once; it stays listed."""

    scopes: ClassVar[dict[str, str]] = {"GET": "read", "DELETE": "read"}

    def find(self, request: AccountRequest, uid: UUID) -> Token:
        return get_object_or_404(Token.objects.select_related("user"), user=request.user, uid=uid)

    def get(self, request: AccountRequest, uid: UUID) -> Response:
        token = self.find(request, uid)
        return self.one(token_item(token, reverse("api:tokens", request=request)), version=token.version)

    def delete(self, request: AccountRequest, uid: UUID) -> Response:
        token = self.find(request, uid)
        others = request.auth is not None and request.auth.pk != token.pk and not request.auth.allows("admin")
        insist(
            not others, "scope_missing", _("A token revokes itself; others are revoked by whoever is signed in, or with the scope “admin”.")
        )
        revoked: dict[str, object] = {"field": "revoked_at", "by": token.user.actor or None, "at": token.revoked_at, "position": None}
        insist_on_version(request, token.version, lambda _seen: [revoked])
        revoke_token(token)
        return Response(status=204)
