"""付款单: the order to pay what was passed; and passing many applications at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import PermissionDenied

from documents.actions import issue_paper
from documents.enums import PaperKind
from documents.models import Paper
from financing.account import Money, Part, settle
from financing.actions.ledger import history_of
from financing.enums import PostingKind
from financing.models import Agreement, PaymentApplication
from financing.pdf import heading, yuan
from registry import clock
from registry.money import from_fen, to_fen
from workflow.actions import AlreadyDone, carry_out
from workflow.models import Duty


def issue_order(agreement: Agreement, application: PaymentApplication, user) -> Paper:
    """The paper of an application that was just passed; its data is frozen."""
    return issue_paper(
        thing=agreement,
        dossier=agreement.dossier,
        school=agreement.school,
        supplier=agreement.supplier,
        kind=PaperKind.PAYMENT_ORDER,
        number=order_number(agreement, application),
        title=f"{agreement.school.name}{application.instalment}付款单"[:120],
        data=order_data(agreement, application),
        actor=user,
    )


def order_number(agreement: Agreement, application: PaymentApplication) -> str:
    return f"{agreement.number}-{application.instalment.number:02d}-{application.round}"


def order_data(agreement: Agreement, application: PaymentApplication) -> dict:
    """As templates/papers/payment_order.html asks for it."""
    supplier = agreement.supplier
    return {
        **heading(agreement),
        "agreement": {"number": agreement.number, "supplier": supplier.name},
        "payee": {"name": supplier.name, "bank": supplier.bank, "account": supplier.account},
        "instalment": {
            "number": application.instalment.number,
            "due_on": application.instalment.due_on.isoformat(),
        },
        "amount": yuan(application.amount),
        "sums": [
            {"name": PostingKind(part).label, "amount": yuan(amount)}
            for part, amount in settled_by(agreement, application.amount).items()
        ],
        "source": f"{application.source.fund}；{application.budget_note}"
        if application.source
        else application.budget_note,
        "applied": {
            "by": str(application.applied_by),
            "on": application.applied_on.isoformat(),
        },
        "reviewed": {
            "by": str(application.reviewed_by),
            "on": application.reviewed_on.isoformat(),
        },
    }


def settled_by(agreement: Agreement, amount: Decimal) -> dict[Part, Decimal]:
    """What ``amount`` would settle if it were paid today, part by part."""
    today = clock.today()
    debts, moneys, terms = history_of(agreement)
    moneys.append(Money("order", today, to_fen(amount)))
    found: dict[Part, int] = defaultdict(int)
    for taking in settle(debts, moneys, on=today, **terms).takings:
        if taking.money == "order":
            found[taking.part] += taking.amount
    return {part: from_fen(found[part]) for part in Part if found[part]}


def pass_applications(
    *, applications: Iterable[PaymentApplication], user
) -> tuple[list[PaymentApplication], list[str]]:
    """同意付款 for many: each by its own duty and transaction. Who passed, and why others did not."""
    passed, refused = [], []
    for application in applications:
        reason = _pass(application, user)
        if reason:
            refused.append(f"{application.instalment.agreement.school.name}：{reason}")
        else:
            passed.append(application)
    return passed, refused


def _pass(application: PaymentApplication, user) -> str:
    """ "" when it was done, else why not."""
    agreement = application.instalment.agreement
    duty = (
        Duty.objects.inbox(user)
        .filter(step="review", subject_url=agreement.get_absolute_url())
        .first()
    )
    if duty is None or agreement.live_application() != application:
        return "没有等待您审核的这份申请，可能刚被办结，请刷新页面。"
    try:
        form = carry_out(duty=duty, user=user, data={"decision": "pass"})
    except (AlreadyDone, PermissionDenied) as refusal:
        return str(refusal)
    return "；".join(error for errors in form.errors.values() for error in errors)
