"""The forms by which an administrator changes the configuration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from stdnum.be import vat

from attestations.codes import LANGUAGES, AidKind
from derived_rights.engine.catalogue import rights
from partners.assertions import UnfitKey, check_public_key
from partners.models import Client, ClientKey, Organisation

Choices = list[tuple[str, str]]


def right_choices() -> Choices:
    language = (get_language() or "en")[:2]
    return [(code, right.label.get(language, code)) for code, right in rights().items()]


def aid_choices() -> Choices:
    language = (get_language() or "en")[:2]
    return [(kind.value, kind.labels.get(language, kind.value)) for kind in AidKind]


def scope_choices() -> Choices:
    return list(settings.OAUTH2_PROVIDER["SCOPES"].items())


class Checkboxes(forms.MultipleChoiceField):
    """Some of a list of codes; nothing ticked is an empty list."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class LabelsWidget(forms.MultiWidget):
    """One line of text for each language."""

    def __init__(self) -> None:
        super().__init__(
            {
                code: forms.TextInput(attrs={"lang": code, "placeholder": code, "aria-label": code})
                for code in LANGUAGES
            }
        )

    def decompress(self, value: dict[str, str] | None) -> list[str]:
        return [(value or {}).get(code, "") for code in LANGUAGES]


class LabelsField(forms.MultiValueField):
    """Texts by language; languages without a text are left out."""

    def __init__(self, **kwargs: Any) -> None:
        fields = [forms.CharField(required=False, max_length=200) for _code in LANGUAGES]
        super().__init__(fields, widget=LabelsWidget(), require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> dict[str, str]:
        return {code: text for code, text in zip(LANGUAGES, data_list, strict=False) if text}


class CapitalLabels(forms.ModelForm):
    """Labels begin with a capital, as Django makes those of a model's own fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(field.label)


class OrganisationForm(CapitalLabels):
    """An organisation, the municipality of a CPAS, and the rights a recipient is not told of."""

    names = LabelsField(label=_("names"))
    municipality_code = forms.RegexField(
        r"^[0-9]{5}$", label=_("municipality (NIS code)"), required=False
    )
    inactive_rights = Checkboxes(label=_("rights switched off"), choices=right_choices)
    reason = forms.CharField(
        label=_("reason"),
        required=False,
        max_length=1_000,
        help_text=_("Needed when a right is switched off or on: it is kept with the act."),
    )

    class Meta:
        model = Organisation
        fields = ("code", "kind", "enterprise_number", "names")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row.pk:
            cpas = row.cpas
            self.initial["municipality_code"] = cpas.municipality_code if cpas else ""
            self.initial["inactive_rights"] = list(
                row.recipient_rights.filter(active=False).values_list("right", flat=True)
            )

    def clean_enterprise_number(self) -> str:
        number = str(self.cleaned_data["enterprise_number"])
        if not (len(number) == 10 and number.isdigit() and vat.is_valid(number)):
            raise forms.ValidationError(_("Write 10 digits, with the right check digits."))
        return number

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind = cleaned.get("kind", self.instance.kind)
        if kind == Organisation.Kind.CPAS and not cleaned.get("municipality_code"):
            self.add_error("municipality_code", _("A CPAS has a municipality."))
        switched = set(cleaned.get("inactive_rights", ())) != set(
            self.initial.get("inactive_rights", ())
        )
        if switched and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why: the reason is kept with the act."))
        return cleaned


class ClientForm(CapitalLabels):
    """A client and its scopes; its secret is made elsewhere and never shown here."""

    allowed_scopes = Checkboxes(label=_("allowed scopes"), choices=scope_choices)

    class Meta:
        model = Client
        fields = ("name", "organisation", "allowed_scopes", "secret_allowed")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        organisation = cleaned.get("organisation") or getattr(self.instance, "organisation", None)
        records = "registry:record" in cleaned.get("allowed_scopes", [])
        if records and organisation and organisation.kind != Organisation.Kind.CPAS:
            self.add_error("allowed_scopes", _("Only a CPAS records decisions."))
        return cleaned


class NewClientForm(ClientForm):
    """As above, before there is a client."""

    name = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        label=_("name"),
        help_text=_("Letters, digits, points, hyphens; also the client_id. It cannot be changed."),
    )


class ClientKeyForm(forms.ModelForm):
    class Meta:
        model = ClientKey
        fields = ("kid", "jwk")

    def clean_jwk(self) -> dict[str, Any]:
        jwk = self.cleaned_data["jwk"]
        try:
            check_public_key(jwk if isinstance(jwk, dict) else {})
        except UnfitKey as error:
            raise forms.ValidationError(
                _("Give a public key as a JWK: P-256, P-384, Ed25519, or RSA of 2048 bits.")
            ) from error
        return dict(jwk)
