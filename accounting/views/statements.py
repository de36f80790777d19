"""Importing a statement: upload, look at what it says, take it over."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from accounting.actions.statements import Look, import_statement, look
from accounting.forms.bank import LayoutForm, StatementUploadForm
from accounting.models import BankAccount
from accounting.statements.reading import titled
from accounting.views.bank import account_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DRAFT = "statement_draft"
"""Where the session remembers the file that is being looked at."""
SHOWN = 10


@require_http_methods(["GET", "POST"])
def upload(request, pk: int):
    """Take a file and lay it aside; nothing is imported yet."""
    account = account_of(request, pk, work=True)
    form = StatementUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content = file.read()
        try:
            look(account=account, name=file.name, content=content)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            _lay_aside(request, account, file.name, content)
            return redirect("accounting:statement_preview", account.pk)
    return render(request, "accounting/statement_upload.html", {"account": account, "form": form})


def _lay_aside(request, account: BankAccount, name: str, content: bytes) -> None:
    _drop(request)
    digest = hashlib.sha256(content).hexdigest()
    path = default_storage.save(f"statements/drafts/{digest}", ContentFile(content))
    request.session[DRAFT] = {"account": account.pk, "name": name, "path": path}


def _drop(request) -> None:
    old = request.session.pop(DRAFT, None)
    if old and default_storage.exists(old["path"]):
        default_storage.delete(old["path"])


def _draft(request, account: BankAccount) -> tuple[str, bytes]:
    """Name and content of the file that this session laid aside for the account."""
    kept = request.session.get(DRAFT) or {}
    if kept.get("account") != account.pk or not default_storage.exists(kept["path"]):
        raise Http404
    with default_storage.open(kept["path"]) as file:
        return kept["name"], file.read()


@require_http_methods(["GET", "POST"])
def preview(request, pk: int):
    """What the file says, with the columns as guessed, remembered or chosen; POST imports it."""
    account = account_of(request, pk, work=True)
    if not request.session.get(DRAFT):
        return redirect("accounting:statement_upload", account.pk)
    name, content = _draft(request, account)
    seen, form = _seen(request, account, name, content)
    if request.method == "POST" and form.is_valid():
        answer = _take_over(request, account, name, content, form.chosen)
        if answer:
            return answer
    return render(request, "accounting/statement_preview.html", _context(account, name, seen, form))


def _seen(request, account: BankAccount, name: str, content: bytes) -> tuple[Look, LayoutForm]:
    """The file by the columns that were asked for, else as guessed or remembered.

    ``form.chosen`` is the layout that a person chose, None when it is the one found anyway.
    """
    seen = look(account=account, name=name, content=content)
    asked = request.POST if request.method == "POST" else request.GET
    form = LayoutForm(asked or None, seen=seen)
    form.chosen = None
    if asked and form.is_valid() and form.layout() != seen.layout:
        form.chosen = form.layout()
        seen = look(account=account, name=name, content=content, layout=form.chosen)
    return seen, form


def _take_over(request, account: BankAccount, name: str, content: bytes, layout):
    """Import the draft; the next page, or None when the file is to be looked at again."""
    try:
        outcome = import_statement(
            account=account, user=request.user, name=name, content=content, layout=layout
        )
    except ValidationError as error:
        messages.warning(request, error.messages[0])
        return None
    if outcome.problems:
        return None
    _drop(request)
    if outcome.added:
        known = outcome.read - outcome.added
        words = f"，另有 {known} 笔以前导入过，没有重复" if known else ""
        messages.success(request, f"已导入 {outcome.added} 笔流水{words}。")
        return redirect("accounting:desk", account.pk)
    messages.info(request, f"这份文件的 {outcome.read} 笔流水都已导入过，没有重复写入。")
    return redirect(account)


def _context(account: BankAccount, name: str, seen: Look, form: LayoutForm) -> dict:
    entries, new = seen.reading.entries, set(seen.new)
    problems = [
        {"row": number, "title": title, "text": text}
        for number, found in sorted(seen.reading.problems.items())
        for title, texts in found.items()
        for text in texts
    ]
    return {
        "account": account,
        "name": name,
        "seen": seen,
        "form": form,
        "columns": titled(seen.layout, seen.header),
        "entries": [{"entry": e, "new": at in new} for at, e in enumerate(entries[:SHOWN])],
        "read": len(entries),
        "new": len(new),
        "known": len(entries) - len(new),
        "problems": problems[:SHOWN],
        "problem_rows": len(seen.reading.problems),
        "skipped": seen.reading.skipped,
        "breaks": [{"entry": entry, "off": off} for entry, off in seen.breaks[:SHOWN]],
        "back": reverse("accounting:statement_upload", args=[account.pk]),
    }


@require_GET
def marked_statement(request, pk: int):
    """The laid-aside file as a workbook with the reasons beside its rows."""
    account = account_of(request, pk, work=True)
    name, content = _draft(request, account)
    seen, _ = _seen(request, account, name, content)
    answer = HttpResponse(seen.marked(), content_type=XLSX)
    title = f"{name.rpartition('.')[0]} 问题标注.xlsx"
    answer["Content-Disposition"] = content_disposition_header(True, title)
    return answer
