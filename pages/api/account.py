"""The reader's own account over the API: who is asking, and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import idempotent
from accounts.models import Token
from accounts.permissions import insist
from accounts.tokens import make_token, revoke_token
from common.api.schema import documented
from common.api.shapes import shape_fields
from pages.api import shapes
from record.api import AccountListView, AccountView
from record.api.writing import insist_on_version, validated

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request


@documented(responses=shapes.MeShape, tags=["account"], operation_id="me")
class Me(AccountView):
    """Who is asking, and what the token that asks may do."""

    scopes: ClassVar[dict[str, str]] = {"GET": "read"}

    def get(self, request: Request) -> Response:
        user: Any = request.user
        return self.one(
            {
                "username": user.username,
                "public_name": user.public_name,
                "organisation": user.organisation or None,
                "role": user.role,
                "language": user.language,
                "scopes": request.auth.scopes if isinstance(request.auth, Token) else None,
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

    def get(self, request: Request) -> Response:
        base = reverse("api:tokens", request=request)
        rows = self.filtered(Token.objects.filter(user=request.user))  # type: ignore[misc]
        return self.page_of(rows, lambda page: [token_item(one, base) for one in page])

    @idempotent
    def post(self, request: Request) -> Response:
        """Make a token. Its text is in this answer and nowhere else. What a token makes ends with it at the latest."""
        sent = validated(shapes.TokenInput, request)
        by = request.auth if isinstance(request.auth, Token) else None
        token, text = make_token(user=request.user, by=by, **sent)  # type: ignore[arg-type]
        self.look_again()
        response = Response(token_item(token, reverse("api:tokens", request=request)) | {"token": text}, status=201)
        response.headers["Location"] = response.data["url"]
        response.version, response.secrets = token.version, ("token",)  # type: ignore[attr-defined]
        return response


@documented(
    responses=shapes.TokenShape,
    tags=["account"],
    operation_id="tokens_detail",
    delete={"request": None, "responses": {204: None}, "operation_id": "tokens_revoke"},
)
class TokenDetail(AccountView):
    """One token of one's own. Deleting it ends it at once; it stays listed."""

    scopes: ClassVar[dict[str, str]] = {"GET": "read", "DELETE": "read"}

    def find(self, request: Request, uid: UUID) -> Token:
        found = Token.objects.filter(user=request.user, uid=uid).select_related("user").first()  # type: ignore[misc]
        if found is None:
            raise Http404
        return found

    def get(self, request: Request, uid: UUID) -> Response:
        found = self.find(request, uid)
        return self.one(token_item(found, reverse("api:tokens", request=request)), version=found.version)

    def delete(self, request: Request, uid: UUID) -> Response:
        found = self.find(request, uid)
        own = isinstance(request.auth, Token) and request.auth.pk != found.pk and not request.auth.allows("admin")
        insist(
            not own, "scope_missing", _("A token revokes itself; others are revoked by whoever is signed in, or with the scope “admin”.")
        )
        revoked = {"field": "revoked_at", "by": found.user.actor or None, "at": found.revoked_at, "position": None}
        insist_on_version(request, found.version, lambda _seen: [revoked])
        revoke_token(found)
        return Response(status=204)
