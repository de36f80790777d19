"""A person's own keys to the API: issue (shown once), revoke."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from registry import actions, clock
from registry.forms import TokenForm
from registry.views.forms import refuse


@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request):
    """The person's own tokens; a new one is shown in the answer to the form and never again."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            secret = actions.issue_token(user=request.user, **form.cleaned_data)
        except ValidationError as error:
            refuse(form, error)
        else:
            form = TokenForm()
    rows = request.user.tokens.all()
    context = {"form": form, "secret": secret, "tokens": rows, "today": clock.today()}
    return render(request, "registry/tokens.html", context)


@require_POST
def token_revoke(request, pk: int):
    """停用 one of the person's own tokens."""
    row = get_object_or_404(request.user.tokens, pk=pk)
    actions.revoke_token(row)
    messages.success(request, f"令牌“{row.label}”已停用，用它的程序不能再访问。")
    return redirect("registry:tokens")
