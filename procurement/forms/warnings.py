"""A form that warns before it refuses: odd but lawful input passes after an explicit tick."""

from __future__ import annotations

import hashlib

from django import forms


class WarningsForm(forms.Form):
    """Call ``warn(sentence)`` in ``clean``; the form comes back once with a box to tick.

    The tick holds for exactly the sentences that were shown: other input that gives another
    warning asks again.
    """

    tick_label = "以上情况已核对，仍要提交"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._warnings: list[str] = []

    def warn(self, sentence: str) -> None:
        self._warnings.append(sentence)

    def full_clean(self):
        self._warnings = []
        super().full_clean()
        if self.is_bound and self._warnings:
            self._ask()

    def _ask(self) -> None:
        digest = hashlib.sha256("\n".join(self._warnings).encode()).hexdigest()[:16]
        given = self.data.get(self.add_prefix("warnings"), "")
        self.fields["warnings"] = forms.CharField(
            label=self.tick_label,
            required=False,
            widget=forms.CheckboxInput(attrs={"value": digest}),
        )
        if given != digest and not self._errors:
            self.add_error("warnings", list(self._warnings))
