"""``/api/v1/``: every address of the API."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from milestones.api import views as milestones
from proposals.api import views as proposals
from roadmap.api import views
from roadmap.api.pages import problems, unknown

app_name = "api"
urlpatterns = [
    path("", views.Root.as_view(), name="root"),
    path("reports/", proposals.ReportList.as_view(), name="reports"),
    path("reports/<str:code>/", proposals.ReportDetail.as_view(), name="report"),
    path("proposals/", milestones.ProposalList.as_view(), name="proposals"),
    path("proposals/<str:code>/", milestones.ProposalDetail.as_view(), name="proposal"),
    path("organisations/", proposals.OrganisationList.as_view(), name="organisations"),
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
    path("milestones/", milestones.MilestoneList.as_view(), name="milestones"),
    path("milestones/<str:code>/", milestones.MilestoneDetail.as_view(), name="milestone"),
    path("milestones/<str:code>/updates/", milestones.MilestoneUpdates.as_view(), name="milestone-updates"),
    path("milestones/<str:code>/plan-changes/", milestones.MilestonePlanChanges.as_view(), name="milestone-plan-changes"),
    path("milestones/<str:code>/history/", milestones.MilestoneHistory.as_view(), name="milestone-history"),
    path("updates/", milestones.UpdateList.as_view(), name="updates"),
    path("updates/<uuid:uid>/", milestones.UpdateDetail.as_view(), name="update"),
    path("evidence/", milestones.EvidenceList.as_view(), name="evidence"),
    path("evidence/<uuid:uid>/", milestones.EvidenceDetail.as_view(), name="evidence-detail"),
    path("rounds/", milestones.RoundList.as_view(), name="rounds"),
    path("rounds/<uuid:uid>/", milestones.RoundDetail.as_view(), name="round"),
    path("baselines/", milestones.BaselineList.as_view(), name="baselines"),
    path("summary/", views.Summary.as_view(), name="summary"),
    path("timeline/", views.Timeline.as_view(), name="timeline"),
    path("me/", views.Me.as_view(), name="me"),
    path("tokens/", views.TokenList.as_view(), name="tokens"),
    path("schema/", views.Schema.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("problems/", problems, name="problems"),
    re_path(r"", unknown),
]
