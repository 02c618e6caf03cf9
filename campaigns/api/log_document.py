"""A log as PDF, asked for and looked after by programs: POST until it is done, then GET its file.

curl -X POST -H "Authorization: Token …" .../api/v1/campaigns/NAME/log/pdf/
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.api.views import campaign_or_404, writer
from campaigns.log_documents.asking import ask_for_pdf, documents_of
from campaigns.log_documents.state import state_of
from campaigns.log_documents.system_parts import what_is_missing
from campaigns.models import Campaign, DocumentState, LogDocument
from portal.api.documenting import failures
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing


class LogDocumentSerializer(serializers.ModelSerializer[LogDocument]):
    """A PDF that was asked for: `done_entries` of `entries` are laid out; `file` is there once `state` is done."""

    state = serializers.CharField(help_text=f"One of {', '.join(DocumentState.values)}.")
    entries = serializers.IntegerField(source="n_entries", help_text="With replies.")
    done_entries = serializers.IntegerField(source="n_done")
    pages = serializers.IntegerField(source="n_pages", allow_null=True)
    asked_by = serializers.CharField(source="asked_by.username", default="")
    asked_at = serializers.DateTimeField(source="at")
    file = serializers.SerializerMethodField(help_text="Where it is downloaded; empty before it is done.")

    class Meta:
        model = LogDocument
        fields = [
            "state", "up_to", "entries", "done_entries", "pages", "size_bytes", "sha256", "asked_by", "asked_at", "ended_at",
            "error", "file",
        ]  # fmt: skip

    def get_file(self, document: LogDocument) -> str:
        return self.context["request"].build_absolute_uri(document.get_absolute_url()) if document.is_done else ""


class LogPdfSerializer(serializers.Serializer[Any]):
    """`pdf` is that of the log as it stands; `earlier` the newest of an earlier state; `failed` the last try, if it failed."""

    campaign = serializers.CharField()
    entries = serializers.IntegerField(help_text="Of the log as it stands, with replies.")
    up_to = serializers.IntegerField(help_text="Number of the newest entry.")
    pdf = LogDocumentSerializer(allow_null=True)
    earlier = LogDocumentSerializer(allow_null=True)
    failed = LogDocumentSerializer(allow_null=True)
    missing = serializers.CharField(help_text="What the portal's machine lacks for making PDFs; empty where nothing.")


class LogPdfView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="campaign_log_pdf_read",
        description="Whether there is a PDF of the log as it stands, how far one is that is being made, and the newest of an "
        "earlier state.",
        responses={200: LogPdfSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(_told(request, campaign_or_404(request, slug)))

    @extend_schema(
        operation_id="campaign_log_pdf_ask",
        description="Have the log made into a PDF. The same log is made once: 200 when it is there already, 202 while it is "
        "made. Needs a log-in. 409 when there is no entry, or when the portal's machine lacks parts that making PDFs needs.",
        request=None,
        responses={
            200: OpenApiResponse(LogPdfSerializer, description="It is there."),
            202: OpenApiResponse(LogPdfSerializer, description="It is being made; ask again."),
        }
        | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        document, _is_new = ask_for_pdf(campaign, actor=writer(request))
        return Response(_told(request, campaign), status.HTTP_200_OK if document.is_done else status.HTTP_202_ACCEPTED)


def _told(request: Request, campaign: Campaign) -> dict[str, Any]:
    state = state_of(campaign)
    found = documents_of(campaign, state)
    told = {
        "campaign": campaign.slug, "entries": state.n_entries, "up_to": state.up_to, "pdf": found.now,
        "earlier": found.earlier, "failed": found.failed, "missing": what_is_missing(),
    }  # fmt: skip
    data: dict[str, Any] = LogPdfSerializer(told, context={"request": request}).data
    return data
