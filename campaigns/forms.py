"""Forms of this floor. They check what was typed; the services check what may be done."""

from django import forms

from campaigns.models import WorkflowComment
from monitoring.justin.client import LARGEST_ID


class CampaignForm(forms.Form):
    """A new campaign."""

    name = forms.CharField(
        max_length=100,
        label="Name",
        help_text="As agreed at the meeting, unique: letters, digits, dot, underscore and hyphen.",
        widget=forms.TextInput(attrs={"placeholder": "pdhd-reco-2026b", "spellcheck": "false"}),
        error_messages={"required": "A campaign needs a name, for example pdhd-reco-2026b."},
    )
    purpose = forms.CharField(
        required=False,
        max_length=1000,
        label="What for, and for whom",
        help_text="One sentence; it stands under the name.",
    )


class WatchForm(forms.Form):
    """A justIN campaign or a single workflow to watch for a campaign."""

    CAMPAIGN = "campaign"
    WORKFLOW = "workflow"

    kind = forms.ChoiceField(
        choices=[
            (CAMPAIGN, "A justIN campaign, with all workflows it has now and gets later"),
            (WORKFLOW, "A single workflow"),
        ],
        initial=CAMPAIGN,
        label="What to watch",
        widget=forms.RadioSelect,
    )
    justin_id = forms.IntegerField(
        label="Its number in justIN",
        min_value=1,
        max_value=LARGEST_ID,
        help_text="For example 402. justIN shows it on its campaign and workflow pages.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "402"}),
        error_messages={
            "required": "Give the number as justIN shows it, for example 402.",
            "invalid": "This is no whole number. Give it as justIN shows it, for example 402.",
            "min_value": "justIN's numbers begin at 1.",
            "max_value": f"justIN's numbers end at {LARGEST_ID}.",
        },
    )


class CommentForm(forms.Form):
    """A comment in the weekly table."""

    text = forms.CharField(
        required=False,
        label="Comment",
        help_text="One line, at most 500 characters. Empty takes the comment back.",
        widget=forms.TextInput(attrs={"maxlength": WorkflowComment._meta.get_field("text").max_length}),
    )
