"""A page with one form: shown, sent back with what is wrong, or saved."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render


def form_page(
    request, form, *, title: str, back: str, save: Callable[[], str], submit="保存", **more
):
    """Show ``form``; on POST call ``save``, which acts and returns the sentence to show.

    Afterwards the person is led to ``back``. A rule that only the action knows stands at its field.
    """
    if request.method == "POST" and form.is_valid():
        try:
            sentence = save()
        except ValidationError as error:
            refuse(form, error)
        else:
            messages.success(request, sentence)
            return redirect(back)
    context = {"form": form, "title": title, "back": back, "submit": submit}
    return render(request, "registry/form_page.html", context | more)


def refuse(form, error: ValidationError) -> None:
    """Show an action's refusal on ``form``, at its field when the form has that field."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, problems in error.error_dict.items():
        form.add_error(name if name in form.fields else None, problems)
