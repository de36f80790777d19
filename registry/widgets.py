"""Form widgets that several floors use: a signature by hand, a file drop, a searchable select."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.forms.utils import flatatt
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe


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

    def __init__(self, hint: str = "", accept: str = "", attrs: dict | None = None):
        limit = getattr(settings, "UPLOAD_MAX_BYTES", 0)
        found = {"data-drop": hint, "accept": accept, "data-max-bytes": limit} | (attrs or {})
        super().__init__(
            {key: value for key, value in found.items() if value or key == "data-drop"}
        )


class FilesDrop(FileDrop):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploaded files; cleans to a list, each checked as one file is."""

    widget = FilesDrop

    def clean(self, data, initial=None):
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            return super().clean(None, initial) or []
        return [super(FilesField, self).clean(file, initial) for file in files]


class SearchSelect(forms.Select):
    """A select with a search box: for more than about a dozen choices."""

    def __init__(self, attrs=None, choices=()):
        super().__init__({"data-search": "1"} | (attrs or {}), choices)

    def render(self, name, value, attrs=None, renderer=None):
        """The options as plain text: a county has thousands, and a template each takes seconds."""
        chosen = set(self.format_value(value))
        options = (
            (key, mark_safe(" selected") if str(key) in chosen else "", label)
            for key, label in self.choices
        )
        return format_html(
            "<select{}>{}</select>",
            flatatt(self.build_attrs(self.attrs, {"name": name} | (attrs or {}))),
            format_html_join("\n", '<option value="{}"{}>{}</option>', options),
        )


class SearchSelectMultiple(forms.SelectMultiple):
    """Several choices, each found by typing."""

    def __init__(self, attrs=None, choices=()):
        super().__init__({"data-search": "1"} | (attrs or {}), choices)


class Day(forms.DateInput):
    """A date picked with the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")
