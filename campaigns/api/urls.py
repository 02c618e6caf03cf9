"""API addresses below /api/v1/."""

from django.urls import path

from campaigns.api import (
    checks,
    datasets,
    jobscripts,
    log,
    log_document,
    meetings,
    plan,
    plan_reports,
    plan_samples,
    requests,
    steps,
    steps_criteria,
    steps_workflows,
    views,
)

app_name = "campaigns-api"
LOG = "campaigns/<slug:slug>/log"
STEPS = "campaigns/<slug:slug>/steps"
STEP = f"{STEPS}/<slug:step>"
CRITERION = "campaigns/<slug:slug>/criteria/<slug:criterion>"
urlpatterns = [
    path("campaigns/", views.CampaignListView.as_view(), name="campaign-list"),
    path("campaigns/<slug:slug>/", views.CampaignView.as_view(), name="campaign-detail"),
    path("campaigns/<slug:slug>/summary/", views.SummaryView.as_view(), name="campaign-summary"),
    path(
        "campaigns/<slug:slug>/justin-campaigns/",
        views.JustinCampaignsView.as_view(),
        name="campaign-justin-campaigns",
    ),
    path("campaigns/<slug:slug>/workflows/", views.CampaignWorkflowsView.as_view(), name="campaign-workflows"),
    path("campaigns/<slug:slug>/checks/", checks.ChecksView.as_view(), name="campaign-checks"),
    path("campaigns/<slug:slug>/datasets/", datasets.CampaignDatasetsView.as_view(), name="campaign-datasets"),
    path("campaigns/<slug:slug>/plan/", plan.PlanView.as_view(), name="campaign-plan"),
    path("campaigns/<slug:slug>/plan/draft/", plan.PlanDraftView.as_view(), name="campaign-plan-draft"),
    path("campaigns/<slug:slug>/plan/publish/", plan.PlanPublishView.as_view(), name="campaign-plan-publish"),
    path("campaigns/<slug:slug>/plan/samples/", plan_samples.PlanSamplesView.as_view(), name="campaign-plan-samples"),
    path("campaigns/<slug:slug>/plan/coverage/", plan.PlanCoverageView.as_view(), name="campaign-plan-coverage"),
    path("campaigns/<slug:slug>/plan/reports/", plan_reports.PlanReportsView.as_view(), name="plan-reports"),
    path("campaigns/<slug:slug>/plan/reports/<int:justin_id>/", plan_reports.PlanReportView.as_view(), name="plan-report"),
    path("campaigns/<slug:slug>/jobscripts/", jobscripts.JobscriptsView.as_view(), name="campaign-jobscripts"),
    path("campaigns/<slug:slug>/jobscripts/<int:pk>/", jobscripts.JobscriptView.as_view(), name="campaign-jobscript"),
    path(f"{LOG}/", log.LogView.as_view(), name="log"),
    path(f"{LOG}/pdf/", log_document.LogPdfView.as_view(), name="log-pdf"),
    path(f"{LOG}/<int:number>/", log.EntryView.as_view(), name="log-entry"),
    path(f"{LOG}/<int:number>/versions/", log.EntryVersionsView.as_view(), name="log-versions"),
    path(f"{LOG}/<int:number>/amendments/", log.EntryAmendView.as_view(), name="log-amend"),
    path(f"{LOG}/<int:number>/close/", log.EntryCloseView.as_view(), name="log-close"),
    path(f"{LOG}/<int:number>/reopen/", log.EntryReopenView.as_view(), name="log-reopen"),
    path(f"{LOG}/<int:number>/strike/", log.EntryStrikeView.as_view(), name="log-strike"),
    path(f"{STEPS}/", steps.StepListView.as_view(), name="step-list"),
    path(f"{STEP}/", steps.StepView.as_view(), name="step-detail"),
    path(f"{STEP}/sign-offs/", steps.SignOffsView.as_view(), name="step-sign-offs"),
    path(f"{STEP}/complete/", steps.StepCompleteView.as_view(), name="step-complete"),
    path(f"{STEP}/reopen/", steps.StepReopenView.as_view(), name="step-reopen"),
    path(f"{STEP}/workflows/", steps_workflows.StepWorkflowsView.as_view(), name="step-workflows"),
    path(f"{STEP}/workflows/<int:justin_id>/", steps_workflows.StepWorkflowView.as_view(), name="step-workflow"),
    path(f"{STEP}/feedback/", steps.FeedbackGiveView.as_view(), name="step-feedback"),
    path(f"{STEP}/feedback/ask/", steps.FeedbackAskView.as_view(), name="step-feedback-ask"),
    path(f"{STEP}/feedback/skip/", steps.FeedbackSkipView.as_view(), name="step-feedback-skip"),
    path(f"{CRITERION}/evidence/", steps.EvidenceView.as_view(), name="criterion-evidence"),
    path(f"{CRITERION}/take-back/", steps_criteria.TakeBackView.as_view(), name="criterion-take-back"),
    path(f"{CRITERION}/decision/", steps_criteria.DecisionView.as_view(), name="criterion-decision"),
    path(f"{CRITERION}/waive/", steps_criteria.WaiveView.as_view(), name="criterion-waive"),
    path(f"{CRITERION}/end-waiver/", steps_criteria.EndWaiverView.as_view(), name="criterion-end-waiver"),
    path("meetings/", meetings.MeetingListView.as_view(), name="meeting-list"),
    path("meetings/<int:pk>/", meetings.MeetingView.as_view(), name="meeting-detail"),
    path("meetings/<int:pk>/items/", meetings.MeetingItemsView.as_view(), name="meeting-items"),
    path("requests/", requests.RequestListView.as_view(), name="request-list"),
    path("requests/<int:pk>/", requests.RequestView.as_view(), name="request-detail"),
    path("requests/<int:pk>/submit/", requests.RequestSubmitView.as_view(), name="request-submit"),
]
