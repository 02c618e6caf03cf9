"""Page addresses of requests; included by campaigns/urls.py."""

from django.urls import path

from campaigns.views import (
    request_comments,
    request_detail,
    request_form,
    request_review,
    request_take,
    requests,
    saved_views,
)

urlpatterns = [
    # --- the form: new, edit, clone, import ---
    path("requests/new/", request_form.request_new, name="request-new"),
    path("requests/check/", request_form.request_check, name="request-check"),
    path("requests/clone/", request_take.request_clone_pick, name="request-clone-pick"),
    path("requests/<int:pk>/edit/", request_form.request_edit, name="request-edit"),
    path("requests/<int:pk>/autosave/", request_form.request_autosave, name="request-autosave"),
    path("requests/<int:pk>/beside/", request_form.request_beside, name="request-beside"),
    path("requests/<int:pk>/clone/", request_take.request_clone, name="request-clone"),
    path("requests/<int:pk>/import/", request_take.request_import, name="request-import"),
    # --- reading and reviewing: list, detail, discussion ---
    path("requests/", requests.request_list, name="request-list"),
    path("requests/list.csv", requests.request_list_csv, name="request-list-csv"),
    path("requests/list.json", requests.request_list_json, name="request-list-json"),
    path("requests/<int:pk>/", request_detail.request_detail, name="request-detail"),
    path("requests/<int:pk>/request.csv", request_detail.request_csv, name="request-csv"),
    path("requests/<int:pk>/request.json", request_detail.request_json, name="request-json"),
    path("requests/<int:pk>/request.pdf", request_detail.request_pdf, name="request-pdf"),
    path("requests/<int:pk>/changes/", request_detail.request_revisions, name="request-revisions"),
    path("requests/<int:pk>/comment/", request_comments.request_comment, name="request-comment"),
    path("requests/<int:pk>/files/<int:file_pk>/", request_comments.request_file, name="request-file"),
    path("requests/<int:pk>/priority/", request_review.request_priority, name="request-priority"),
    path("requests/<int:pk>/discard/", request_review.request_discard, name="request-discard"),
    path("views/save/", saved_views.view_save, name="view-save"),
    path("views/<int:pk>/delete/", saved_views.view_delete, name="view-delete"),
    # last: it takes any word after the number
    path("requests/<int:pk>/<slug:move>/", request_review.request_move, name="request-move"),
]
