"""Form widgets that several floors use: a signature by hand, a file drop, a searchable select."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.template.loader import render_to_string


class Signature(forms.TextInput):
    """A canvas to sign on; the value is a PNG data URL (``data:image/png;base64,…``) or empty."""

    def __init__(self, who: str = "本人", attrs: dict | None = None):
        super().__init__(attrs)
        self.who = who

    def render(self, name, value, attrs=None, renderer=None):
        context = {"name": name, "id": (attrs or {}).get("id", name), "value": value}
        return render_to_string("registry/components/signature.html", context | {"who": self.who})


class FileDrop(forms.FileInput):
    """A file input that takes dropped files. ``hint`` says kinds and size in the field's words.

    ``accept`` is the browser's filter (``".xlsx"``); what is really in the file, the form checks.
    """

    def __init__(
        self, hint: str = "", accept: str = "", *, multiple: bool = False, attrs: dict | None = None
    ):
        limit = getattr(settings, "UPLOAD_MAX_BYTES", 0)
        found = {"accept": accept, "data-max-bytes": limit, "multiple": multiple} | (attrs or {})
        self.allow_multiple_selected = multiple
        super().__init__({key: value for key, value in found.items() if value})
        self.hint, self.multiple = hint, multiple

    def render(self, name, value, attrs=None, renderer=None):
        context = {"input": super().render(name, value, attrs, renderer), "hint": self.hint}
        return render_to_string(
            "registry/components/filedrop.html", context | {"multiple": self.multiple}
        )

    def value_from_datadict(self, data, files, name):
        """One file, or with ``multiple`` the list of them."""
        return files.getlist(name) if self.multiple else files.get(name)


class SearchSelect(forms.Select):
    """A select with a search box: for more than about a dozen choices."""

    def __init__(self, attrs=None, choices=()):
        super().__init__({"data-search": "1"} | (attrs or {}), choices)


class SearchSelectMultiple(forms.SelectMultiple):
    """Several choices, each found by typing."""

    def __init__(self, attrs=None, choices=()):
        super().__init__({"data-search": "1"} | (attrs or {}), choices)


class Day(forms.DateInput):
    """A date picked with the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")
