"""``/api/v1/``: every address of the API."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from exports import api as files
from milestones.api import assessments, batches, evidence, moving, proofs, rounds, translating
from milestones.api import views as milestones
from notifications import api as webhooks
from pages.api import account, views
from pages.api.changes import Changes
from pages.api.compare import Compare
from pages.api.problems import problem_type, problems, unknown
from proposals.api import views as proposals

app_name = "api"
urlpatterns = [
    path("", views.Root.as_view(), name="root"),
    path("reports/", proposals.ReportList.as_view(), name="reports"),
    path("reports/<str:code>/", proposals.ReportDetail.as_view(), name="report"),
    path("proposals/", milestones.ProposalList.as_view(), name="proposals"),
    path("proposals/<str:code>/", milestones.ProposalDetail.as_view(), name="proposal"),
    path("organisations/", milestones.OrganisationList.as_view(), name="organisations"),
    path("organisations/<str:code>/", proposals.OrganisationDetail.as_view(), name="organisation"),
    path("risks/", proposals.RiskList.as_view(), name="risks"),
    path("risks/<str:code>/", proposals.RiskDetail.as_view(), name="risk"),
    path("risks/<str:code>/assessments/", proposals.RiskAssessments.as_view(), name="risk-assessments"),
    path("indicators/", proposals.IndicatorList.as_view(), name="indicators"),
    path("indicators/<str:code>/", proposals.IndicatorDetail.as_view(), name="indicator"),
    path("indicators/<str:code>/values/", proposals.IndicatorValues.as_view(), name="indicator-values"),
    path("context-events/", proposals.ContextEventList.as_view(), name="context-events"),
    path("context-events/<str:code>/", proposals.ContextEventDetail.as_view(), name="context-event"),
    path("series/", milestones.SeriesList.as_view(), name="series"),
    path("series/<str:code>/", milestones.SeriesDetail.as_view(), name="series-detail"),
    path("milestones/", files.MilestoneList.as_view(), name="milestones"),
    path("milestones/batch-updates/", batches.BatchUpdates.as_view(), name="batch-updates"),
    path("milestones/<str:code>/", milestones.MilestoneDetail.as_view(), name="milestone"),
    path("milestones/<str:code>/confirm/", assessments.MilestoneConfirm.as_view(), name="milestone-confirm"),
    path("milestones/<str:code>/move-preview/", moving.MovePreviewView.as_view(), name="milestone-move-preview"),
    path("milestones/<str:code>/updates/", assessments.MilestoneUpdates.as_view(), name="milestone-updates"),
    path("milestones/<str:code>/plan-changes/", milestones.MilestonePlanChanges.as_view(), name="milestone-plan-changes"),
    path("milestones/<str:code>/proof/", proofs.MilestoneProof.as_view(), name="milestone-proof"),
    path("milestones/<str:code>/history/", milestones.MilestoneHistory.as_view(), name="milestone-history"),
    path("updates/", assessments.UpdateList.as_view(), name="updates"),
    path("updates/<uuid:uid>/", assessments.UpdateDetail.as_view(), name="update"),
    path("updates/<uuid:uid>/submit/", assessments.UpdateSubmit.as_view(), name="update-submit"),
    path("updates/<uuid:uid>/publish/", assessments.UpdatePublish.as_view(), name="update-publish"),
    path("updates/<uuid:uid>/translations/", translating.UpdateTranslate.as_view(), name="update-translate"),
    path("updates/<uuid:uid>/return/", assessments.UpdateReturn.as_view(), name="update-return"),
    path("evidence/", evidence.EvidenceList.as_view(), name="evidence"),
    path("evidence/<uuid:uid>/", evidence.EvidenceDetail.as_view(), name="evidence-detail"),
    path("evidence/<uuid:uid>/file/", evidence.EvidenceFile.as_view(), name="evidence-file"),
    path("rounds/", rounds.RoundList.as_view(), name="rounds"),
    path("rounds/<uuid:uid>/", rounds.RoundDetail.as_view(), name="round"),
    path("rounds/<uuid:uid>/publish/", rounds.RoundPublish.as_view(), name="round-publish"),
    path("baselines/", milestones.BaselineList.as_view(), name="baselines"),
    path("summary/", views.Summary.as_view(), name="summary"),
    path("timeline/", views.Timeline.as_view(), name="timeline"),
    path("compare/", Compare.as_view(), name="compare"),
    path("changes/", Changes.as_view(), name="changes"),
    path("webhooks/", webhooks.WebhookList.as_view(), name="webhooks"),
    path("webhooks/<uuid:uid>/", webhooks.WebhookDetail.as_view(), name="webhook"),
    path("webhooks/<uuid:uid>/rotate/", webhooks.WebhookRotate.as_view(), name="webhook-rotate"),
    path("webhooks/<uuid:uid>/test/", webhooks.WebhookTest.as_view(), name="webhook-test"),
    path("webhooks/<uuid:uid>/deliveries/", webhooks.WebhookDeliveries.as_view(), name="webhook-deliveries"),
    path("webhooks/<uuid:uid>/deliveries/<uuid:delivery>/retry/", webhooks.DeliveryRetry.as_view(), name="webhook-retry"),
    path("me/", account.Me.as_view(), name="me"),
    path("tokens/", account.TokenList.as_view(), name="tokens"),
    path("tokens/<uuid:uid>/", account.TokenDetail.as_view(), name="token"),
    path("schema/", views.Schema.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("problems/", problems, name="problems"),
    path("problems/<slug:kind>/", problem_type, name="problem"),
    re_path(r"", unknown),
]
