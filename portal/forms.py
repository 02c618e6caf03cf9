"""Forms of the ground floor."""

from django import forms

from portal.models import User
from portal.zones import zone_names


class TokenForm(forms.Form):
    """How long a new token shall be good for."""

    LIFETIMES = [(30, "30 days"), (365, "one year"), (0, "until it is revoked")]
    days = forms.TypedChoiceField(
        label="Good for",
        choices=LIFETIMES,
        coerce=int,
        initial=365,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Choose 30 days, one year, or until it is revoked."},
    )


class MailForm(forms.Form):
    """How a person wants to be told of what concerns them."""

    mail = forms.ChoiceField(
        label="Mail",
        choices=User.Mail.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Choose one mail a day, a mail each time, or no mail."},
    )


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in zone_names()]


class ZoneForm(forms.Form):
    """In which time zone a person is told of duties."""

    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=_zones,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={
            "invalid_choice": "Choose a place of the list, e.g. Europe/Zurich or America/Chicago.",
            "required": "Choose a place of the list, or UTC.",
        },
    )
