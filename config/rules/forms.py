"""The forms about figures: a new value, its approval, and the withdrawal of either."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from derived_rights.engine.figures import Parameter
from derived_rights.wording import unit_text, value_text


class DateInput(forms.DateInput):
    """The browser's own calendar, in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class NewValueForm(forms.Form):
    """A value that the parameter can have, the day it begins, the text that sets it, and why."""

    value = forms.CharField(label=_("Value"))
    valid_from = forms.DateField(
        label=_("Valid from"),
        widget=DateInput(),
        help_text=_("The first day to which it applies; it may lie in the past or in the future."),
    )
    reference = forms.CharField(
        label=_("Legal reference"),
        max_length=500,
        help_text=_("The official text that sets it, with its article and date."),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, parameter: Parameter, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.fields["value"] = _value_field(parameter)


class ApprovalForm(forms.Form):
    """When the value is to be dispatched; empty for as soon as it may."""

    dispatch_at = forms.DateTimeField(
        label=_("Dispatch"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )


class RehearsalForm(ApprovalForm):
    """For which hour of dispatch, and whether what is only proposed is counted in."""

    with_pending = forms.BooleanField(
        label=_("Count also what is proposed and not approved yet"), required=False
    )


def _value_field(parameter: Parameter) -> forms.Field:
    first = next(iter(parameter.values.values()))
    label, unit = _("Value"), unit_text(parameter.unit)
    if parameter.choices:
        return forms.ChoiceField(
            label=label, choices=[(one, value_text(one)) for one in parameter.choices]
        )
    if isinstance(first, int):
        return forms.IntegerField(label=label, help_text=unit)
    return forms.DecimalField(label=label, help_text=unit)
