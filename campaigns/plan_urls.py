"""Page addresses of a campaign's plan. Included by campaigns/urls.py."""

from django.urls import path

from campaigns.views import plan, plan_counts, plan_edit, plan_import, plan_recover, plan_report, plan_tables, plan_tokens

HERE = "campaigns/<slug:slug>/plan"

urlpatterns = [
    path(f"{HERE}/", plan.campaign_plan, name="campaign-plan"),
    path(f"{HERE}/edit/", plan_edit.plan_edit, name="plan-edit"),
    path(f"{HERE}/draft/", plan.plan_draft, name="plan-draft"),
    path(f"{HERE}/publish/", plan.plan_publish, name="plan-publish"),
    path(f"{HERE}/count/", plan_counts.plan_count, name="plan-count"),
    path(f"{HERE}/import/", plan_import.plan_import, name="plan-import"),
    path(f"{HERE}/rows.csv", plan_tables.plan_csv, name="plan-csv"),
    path(f"{HERE}/list.csv", plan_tables.plan_list, name="plan-list"),
    path(f"{HERE}/plan.md", plan_tables.plan_markdown, name="plan-markdown"),
    path(f"{HERE}/record/", plan_report.plan_report, name="plan-report"),
    path(f"{HERE}/record/<int:justin_id>/", plan_report.plan_unreport, name="plan-unreport"),
    path(f"{HERE}/recover/<int:justin_id>/", plan_recover.plan_recover, name="plan-recover"),
    path(f"{HERE}/tokens/", plan_tokens.plan_tokens, name="plan-tokens"),
    path(f"{HERE}/tokens/<int:pk>/", plan_tokens.plan_token_revoke, name="plan-token-revoke"),
    path(f"{HERE}/submit.sh", plan_tables.plan_script, name="plan-script"),
]
