"""The matching desk: what each line probably is, and saying so, one by one or many at once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounting.actions.candidates import candidates
from accounting.actions.matching import (
    BY_HAND,
    confirm,
    confirm_all,
    explain,
    may_pay,
    proposals,
    take_back,
    told,
)
from accounting.enums import Reason
from accounting.forms.bank import LEVELS, USUAL_LEVEL, ExplainForm, TakeBackForm
from accounting.matching import Proposal
from accounting.models import BankAccount, Match, StatementLine
from accounting.views.bank import account_of, works

SHOWN = 100
CLASH = "与刚刚写入的记录冲突，没有写入任何内容，请刷新后再核对。"


@dataclass
class Row:
    """One line at the desk; ``next`` is the line that gets the focus when this one is done."""

    line: StatementLine
    proposal: Proposal | None
    next: int = 0

    @property
    def keys(self) -> str:
        return " ".join(c.key for c in self.proposal.candidates) if self.proposal else ""

    @property
    def words(self) -> list[str]:
        return [describe(candidate) for candidate in self.proposal.candidates]

    @property
    def waits(self) -> bool:
        """Whether confirming also records a payment or a receipt."""
        return bool(self.proposal) and any(c.waits for c in self.proposal.candidates)


def describe(candidate) -> str:
    if candidate.kind == "explained":
        return Reason(candidate.pk).label
    return f"{candidate.label} {abs(candidate.amount):,.2f} 元"


def level_of(data) -> int:
    text = data.get("level", "")
    return int(text) if text.isdigit() and 0 < int(text) <= 100 else USUAL_LEVEL


@require_GET
def desk(request, pk: int):
    """Lines that nobody has said anything about, the most certain first."""
    account = account_of(request, pk)
    level, words = level_of(request.GET), request.GET.get("q", "").strip()
    found = proposals(account)
    lines = list(_searched(account, words))
    lines.sort(key=lambda line: (-found[line.pk].confidence if line.pk in found else 0, line.day))
    rows = [Row(line, found.get(line.pk)) for line in lines[:SHOWN]]
    for row, after in zip(rows, [*rows[1:], *rows[-1:]], strict=False):
        row.next = after.line.pk
    sure = [row for row in rows if row.proposal and row.proposal.confidence >= level]
    context = {
        "account": account,
        "above": sure,
        "below": rows[len(sure) :],
        "count": len(lines),
        "shown": len(rows),
        "sure": sum(p.confidence >= level for p in found.values()),
        "level": level,
        "levels": LEVELS,
        "q": words,
        "reasons": Reason.choices,
        "may_work": works(request, account),
        "may_pay": may_pay(request.user, account),
    }
    return render(request, "accounting/desk.html", context)


def _searched(account: BankAccount, words: str):
    lines = account.lines.unsettled().in_order()
    if not words:
        return lines
    found = Q(party__icontains=words) | Q(summary__icontains=words) | Q(serial__icontains=words)
    try:
        amount = Decimal(words.replace(",", ""))
    except ArithmeticError:
        return lines.filter(found)
    return lines.filter(found | Q(amount__in=[amount, -amount]))


def _line_of(request, pk: int) -> StatementLine:
    """The line, for whoever works on its account."""
    rows = StatementLine.objects.visible_to(request.user).select_related("account__county")
    line = get_object_or_404(rows, pk=pk)
    account_of(request, line.account_id, work=True)
    return line


def _back(request, line: StatementLine):
    """To the next line of the desk, or to the page of the line where one came from."""
    if request.POST.get("from") == "line":
        return redirect("accounting:bank_line", line.pk)
    level, after = level_of(request.POST), request.POST.get("next", "")
    url = reverse("accounting:desk", args=[line.account_id]) + f"?level={level}"
    return redirect(url + (f"#line-{after}" if after.isdigit() else ""))


def _try(request, act, done: str) -> bool:
    """Do it; whatever is refused becomes a sentence above the page."""
    try:
        act()
    except (ValidationError, PermissionDenied) as refusal:
        messages.warning(request, told(refusal))
    except IntegrityError:
        messages.warning(request, CLASH)
    else:
        messages.success(request, done)
        return True
    return False


@require_POST
def line_confirm(request, pk: int):
    """This line is what was proposed, or what was chosen by hand."""
    line = _line_of(request, pk)
    keys = " ".join(request.POST.getlist("keys")).split()
    proposal = proposals(line.account).get(line.pk)
    same = proposal and {c.key for c in proposal.candidates} == set(keys)
    confidence, because = (proposal.confidence, proposal.because) if same else (0, BY_HAND)

    def act():
        confirm(line=line, keys=keys, user=request.user, confidence=confidence, because=because)

    _try(request, act, f"{line} 已核对。")
    return _back(request, line)


@require_POST
def line_explain(request, pk: int):
    """This line has no record here, and why."""
    line = _line_of(request, pk)
    form = ExplainForm(request.POST)
    if not form.is_valid():
        messages.warning(request, next(iter(form.errors.values()))[0])
        return _back(request, line)
    data = form.cleaned_data
    _try(request, lambda: explain(line=line, user=request.user, **data), f"{line} 已说明。")
    return _back(request, line)


@require_POST
def match_take_back(request, pk: int):
    """撤销一次核对."""
    rows = Match.objects.select_related("line__account__county")
    match = get_object_or_404(rows, pk=pk, line__in=StatementLine.objects.visible_to(request.user))
    account_of(request, match.line.account_id, work=True)
    form = TakeBackForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        _try(
            request,
            lambda: take_back(match=match, user=request.user, reason=reason),
            f"已撤销核对，{match.line} 重新等待核对。",
        )
    else:
        messages.warning(request, "请写明撤销原因。")
    return redirect("accounting:bank_line", match.line_id)


@require_POST
def bulk_confirm(request, pk: int):
    """Everything of at least the level; the page tells what became of each line."""
    account = account_of(request, pk, work=True)
    level = level_of(request.POST)
    verdicts = confirm_all(account=account, user=request.user, level=level)
    context = {
        "account": account,
        "level": level,
        "done": [v for v in verdicts if v.done],
        "refused": [v for v in verdicts if not v.done],
    }
    return render(request, "accounting/bulk_verdicts.html", context)


@require_GET
def line_page(request, pk: int):
    """One line with all that was said about it, and what it may be."""
    rows = StatementLine.objects.visible_to(request.user).with_matched()
    line = get_object_or_404(rows.select_related("account__county", "file"), pk=pk)
    may_work = works(request, line.account)
    choices = []
    if may_work and line.remaining > 0:
        choices = _choices(line)
    matches = line.matches.select_related("payment", "receipt", "matched_by", "undone_by").order_by(
        "pk"
    )
    context = {
        "line": line,
        "matches": matches,
        "choices": choices,
        "explain": ExplainForm(),
        "may_work": may_work,
    }
    return render(request, "accounting/bank_line.html", context)


def _choices(line: StatementLine) -> list:
    """What the line may be by way and amount, the nearest day first."""
    fitting = [
        (candidate.key, describe(candidate))
        for candidate in sorted(
            candidates(line.account.county), key=lambda c: (abs((c.day - line.day).days), c.key)
        )
        if (candidate.amount > 0) is (line.amount > 0) and abs(candidate.amount) <= line.remaining
    ]
    return fitting[:SHOWN]
