"""Page addresses of a campaign's steps. Included by campaigns/urls.py."""

from django.urls import path

from campaigns.views import step_acts, steps

HERE = "campaigns/<slug:slug>/steps"
STEP = f"{HERE}/<slug:step>"
CRITERION = f"{STEP}/<slug:criterion>"

urlpatterns = [
    path(f"{HERE}/", steps.step_list, name="step-list"),
    path(f"{HERE}/template/", step_acts.template_move, name="template-move"),
    path(f"{STEP}/", steps.step_detail, name="step-detail"),
    path(f"{STEP}/sign/", step_acts.step_sign, name="step-sign"),
    path(f"{STEP}/ask/", step_acts.sign_offs_ask, name="sign-offs-ask"),
    path(f"{STEP}/complete/", step_acts.step_complete, name="step-complete"),
    path(f"{STEP}/reopen/", step_acts.step_reopen, name="step-reopen"),
    path(f"{STEP}/waive/", step_acts.unavailable_waive, name="unavailable-waive"),
    path(f"{STEP}/workflows/", step_acts.workflow_attach, name="workflow-attach"),
    path(f"{STEP}/workflows/<int:justin_id>/detach/", step_acts.workflow_detach, name="workflow-detach"),
    path(f"{STEP}/feedback/ask/", step_acts.feedback_ask, name="feedback-ask"),
    path(f"{STEP}/feedback/", step_acts.feedback_give, name="feedback-give"),
    path(f"{STEP}/feedback/skip/", step_acts.feedback_skip, name="feedback-skip"),
    path(f"{CRITERION}/evidence/", step_acts.evidence_add, name="evidence-add"),
    path(f"{CRITERION}/take-back/", step_acts.evidence_take_back, name="evidence-take-back"),
    path(f"{CRITERION}/decision/", step_acts.decision_record, name="decision-record"),
    path(f"{CRITERION}/waive/", step_acts.criterion_waive, name="criterion-waive"),
    path(f"{CRITERION}/waive/end/", step_acts.waiver_end, name="waiver-end"),
    path("evidence/<int:pk>/", steps.evidence_file, name="evidence-file"),
    path("alerts/", steps.alert_list, name="alert-list"),
    path("alerts/<int:pk>/close/", step_acts.alert_close, name="alert-close"),
]
