"""Changes of a plan: propose one with a preview, its page, and the plans that were."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from financing.actions import account_of
from financing.actions.revision import Draft, draft_revision, propose_revision, redraft
from financing.enums import RevisionKind
from financing.flows import RevisionFlow
from financing.forms.revision import FORMS, ProposalForm
from financing.models import Agreement, Instalment, Payment, Revision
from financing.replanning import before
from financing.views.agreements import agreement_or_404, asks_of, holds, papers_about
from financing.views.payments import refused_on
from registry.enums import Role
from registry.money import ZERO, from_fen
from registry.templatetags.pages import day, money
from workflow.story import story_of

AT_ONCE = (RevisionKind.BUYOUT, RevisionKind.TERMINATION)
"""Kinds that need nothing but a day: their preview stands there from the beginning."""


@require_http_methods(["GET", "POST"])
def propose(request, pk: int, kind: str):
    """提请变更 of one kind, by county finance; a preview writes nothing."""
    agreement = agreement_or_404(request.user, pk)
    if kind not in RevisionKind.values:
        raise Http404
    if not holds(request.user, Role.COUNTY_FINANCE, agreement):
        raise PermissionDenied("计划变更由县财务审核岗提请。")
    form = FORMS[kind](request.POST or None, agreement=agreement)
    draft = _preview(form, asked="preview" in request.POST)
    if request.method == "POST" and "preview" not in request.POST and form.is_valid():
        with refused_on(form), transaction.atomic():
            revision = propose_revision(
                agreement=agreement,
                user=request.user,
                reason=form.cleaned_data["reason"],
                **form.what,
            )
            RevisionFlow.start.run(subject=revision, user=request.user)
            messages.success(request, f"已提请{revision.get_kind_display()}，等待决定。")
            return redirect(revision)
    context = {"form": form, "agreement": agreement, "draft": draft}
    context |= {"title": RevisionKind(kind).label, "sums": draft and sums_of(draft)}
    return render(request, "financing/revise.html", context)


def _preview(form: ProposalForm, *, asked: bool) -> Draft | None:
    """What the change would do: on demand, or for today where only the day is open."""
    agreement = form.agreement
    if not form.is_bound and form.kind in AT_ONCE:
        today = form.fields["effective_on"].initial()
        try:
            return draft_revision(agreement=agreement, kind=form.kind, effective_on=today)
        except ValidationError:
            return None
    if not asked:
        return None
    form.fields["reason"].required = False
    if not form.is_valid():
        return None
    with refused_on(form):
        return draft_revision(agreement=agreement, **form.what)


def sums_of(draft: Draft) -> list[tuple]:
    """What people ask first: what changes, what is to be paid."""
    revision, plan = draft.revision, draft.plan
    facts = [("生效日期", day(revision.effective_on))]
    if revision.kind == RevisionKind.BUYOUT:
        facts.append(("回购当日应付", f"{money(_to_pay(draft))} 元"))
    if revision.principal_change:
        facts.append(("本金增减", f"{money(revision.principal_change)} 元"))
    facts.append(("当期已计利息", f"{money(plan.accrued)} 元"))
    if plan.written_off:
        facts.append(("不再支付的本金", f"{money(plan.written_off)} 元"))
    total = plan.schedule.totals
    return [
        *facts,
        ("取消的各期", f"{len(plan.replaced)} 期，{money(_sum(plan.replaced))} 元"),
        ("新的各期", f"{len(plan.schedule.due_on)} 期，{money(total.payment)} 元"),
    ]


def _to_pay(draft: Draft):
    """Everything that is left to be paid on the day, late interest included."""
    plan, agreement = draft.plan, draft.revision.agreement
    account = account_of(agreement, draft.revision.effective_on)
    owed = from_fen(account.owed - account.credit)
    return max(owed - _sum(plan.replaced) + plan.schedule.totals.payment, ZERO)


def _sum(rows: list[Instalment]):
    return sum((row.payment for row in rows), ZERO)


@require_GET
def revision(request, pk: int):
    """One change: who asked, who decided, the plan before and after."""
    rows = Revision.objects.visible_to(request.user).select_related(
        "agreement__project_school__project__dossier__county",
        "agreement__project_school__school__township",
        "agreement__contract__supplier",
        "proposed_by",
        "decided_by",
    )
    row = get_object_or_404(rows, pk=pk)
    process = RevisionFlow.process_of(row)
    context = {
        "revision": row,
        "agreement": row.agreement,
        "process": process,
        "story": story_of(process),
        "asks": asks_of(request.user, process),
        "facts": _facts(row),
        "papers": papers_about(request.user, row),
        **_plans(row),
    }
    return render(request, "financing/revision.html", context)


def _facts(row: Revision) -> list[tuple]:
    facts = [
        ("协议", str(row.agreement), row.agreement.get_absolute_url()),
        ("变更类型", row.get_kind_display()),
        ("生效日期", day(row.effective_on)),
        ("原因", row.reason),
        ("提请", f"{row.proposed_by}，{day(row.proposed_on)}"),
    ]
    if row.decided_by:
        facts.append(("决定", f"{row.state}，{row.decided_by}，{day(row.decided_on)}"))
    if row.opinion:
        facts.append(("意见", row.opinion))
    if row.principal_change:
        facts.append(("本金增减", f"{money(row.principal_change)} 元"))
    if row.written_off:
        facts.append(("不再支付的本金", f"{money(row.written_off)} 元"))
    return facts


def _plans(row: Revision) -> dict:
    """The plan before and after: of a proposal as it would be, of a change as it is written."""
    rooms = list(row.rooms.select_related("room_pass__plan_line__classroom"))
    if row.passed is None:
        try:
            draft = redraft(row)
        except ValidationError as error:
            return {"rooms": rooms, "refusal": error.messages[0]}
        return {"rooms": rooms, "old": draft.plan.replaced, "new": draft.plan.numbered}
    if not row.passed:
        return {"rooms": rooms}
    history = Instalment.history.filter(agreement=row.agreement).order_by("due_on", "number")
    new = [(one.number, one) for one in history.filter(revision=row)]
    return {"rooms": rooms, "old": list(history.filter(replaced_by=row)), "new": new}


@require_GET
def plans(request, pk: int):
    """以往的计划: every plan that was in force, newest first, and what was paid on it."""
    agreement = agreement_or_404(request.user, pk)
    history = list(
        Instalment.history.filter(agreement=agreement)
        .select_related("revision", "replaced_by")
        .order_by("due_on", "number")
    )
    revisions = agreement.revisions.standing().order_by("-number")
    context = {
        "agreement": agreement,
        "plans": [{"revision": one, "rows": before(history, one)} for one in revisions],
        "payments": earlier_payments(agreement),
    }
    return render(request, "financing/plans.html", context)


def earlier_payments(agreement: Agreement):
    """Payments that were applied for on instalments which a change replaced."""
    return (
        Payment.objects.filter(instalment__agreement=agreement)
        .exclude(instalment__replaced_by=None)
        .select_related("instalment", "paid_by")
        .order_by("pk")
    )
