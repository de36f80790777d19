"""Forms of the settings pages."""

from __future__ import annotations

from django import forms

from registry.models import ApiToken
from registry.widgets import Day


class TokenForm(forms.ModelForm):
    class Meta:
        model = ApiToken
        fields = ["label", "expires_on"]
        widgets = {"expires_on": Day}
        help_texts = {"label": "写明给什么程序用，便于日后停用，如“县财政对账程序”。"}
