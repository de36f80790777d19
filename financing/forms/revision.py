"""计划变更: propose one of four kinds, decide it, sign it; give back what was paid too much."""

from __future__ import annotations

from copy import deepcopy

from django import forms
from django.core.exceptions import ValidationError

from financing.actions import account_of, refund_credit
from financing.actions.revision import (
    RoomChange,
    candidates,
    decide_revision,
    redraft,
)
from financing.actions.signing import HEAD, SUPPLIER, sign_revision
from financing.enums import RevisionKind
from financing.forms.agreement import SignForm
from financing.forms.late import RefundForm
from financing.forms.steps import yuan_field
from financing.models import Agreement
from procurement.enums import PaymentsPerYear, RepaymentMethod
from registry import clock
from registry.money import from_fen
from registry.widgets import Day
from workflow.forms import DecisionForm, StepForm

METHODS = [
    ("", "不变"),
    (RepaymentMethod.LEVEL_PAYMENT.value, RepaymentMethod.LEVEL_PAYMENT.label),
    (RepaymentMethod.EQUAL_PRINCIPAL.value, RepaymentMethod.EQUAL_PRINCIPAL.label),
]


class ProposalForm(forms.Form):
    """What all kinds ask: from when, and why."""

    kind: RevisionKind
    words = ""
    """What this kind does, above the form."""

    effective_on = forms.DateField(label="生效日期", widget=Day, initial=clock.today)
    reason = forms.CharField(
        label="原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="决定人、学校和供应商都会看到，并写入变更书。",
    )

    def __init__(self, *args, agreement: Agreement, **kwargs):
        super().__init__(*args, **kwargs)
        self.agreement = agreement

    @property
    def what(self) -> dict:
        """As ``draft_revision`` wants it, from the cleaned data."""
        return {"kind": self.kind, "effective_on": self.cleaned_data["effective_on"]}


class AmendmentForm(ProposalForm):
    """协议变更: rooms that leave or join, and prices that were wrong."""

    kind = RevisionKind.AMENDMENT
    words = "班级退出、加入或更正金额。生效日之后未付清的各期按变更后的本金重排，应付日期不变。"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = self.agreement.live_rooms().select_related("room_pass__plan_line__classroom")
        self.live = {row.room_pass: row.amount for row in rows.order_by("room_pass")}
        self.joining = list(candidates(self.agreement))
        for one, amount in self.live.items():
            self._ask_tick(f"leaves_{one.pk}", "退出")
            self._ask_amount(one, amount)
        for one in self.joining:
            self._ask_tick(f"joins_{one.pk}", "加入")
            self._ask_amount(one, one.plan_line.contract_line.price)

    def _ask_tick(self, name: str, label: str) -> None:
        box = forms.CheckboxInput(attrs={"class": "form-check-input"})
        self.fields[name] = forms.BooleanField(label=label, required=False, widget=box)

    def _ask_amount(self, one, amount) -> None:
        field = yuan_field("金额（元）", required=False)
        field.initial = amount
        field.widget.attrs |= {"class": "form-control", "aria-label": "金额（元）"}
        self.fields[f"amount_{one.pk}"] = field

    def rooms(self) -> list[dict]:
        """For the table: each room with its two fields."""
        live = [(one, "leaves") for one in self.live]
        return [
            {
                "classroom": one.plan_line.classroom,
                "joins": name == "joins",
                "tick": self[f"{name}_{one.pk}"],
                "amount": self[f"amount_{one.pk}"],
            }
            for one, name in [*live, *((one, "joins") for one in self.joining)]
        ]

    @property
    def what(self) -> dict:
        data, changes = self.cleaned_data, []
        for one, before in self.live.items():
            after = None if data[f"leaves_{one.pk}"] else data[f"amount_{one.pk}"] or before
            changes.append(RoomChange(one, after))
        for one in self.joining:
            if data[f"joins_{one.pk}"]:
                price = one.plan_line.contract_line.price
                changes.append(RoomChange(one, data[f"amount_{one.pk}"] or price))
        return super().what | {"rooms": changes}


class RescheduleForm(ProposalForm):
    """调整还款计划: the rest in another number of instalments, at another pace or rate."""

    kind = RevisionKind.RESCHEDULE
    words = (
        "生效日之后未付清的各期改按新的期数、频次、利率支付。已到期的各期不变，逾期的仍计逾期利息。"
    )

    first_due_on = forms.DateField(label="首期应付日期", widget=Day)
    count = forms.IntegerField(label="新计划期数", min_value=1, max_value=240)
    payments_per_year = forms.TypedChoiceField(
        label="付款频次", choices=PaymentsPerYear.choices, coerce=int
    )
    repayment = forms.ChoiceField(label="回购方式", choices=METHODS, required=False)
    annual_rate = forms.DecimalField(
        label="年利率（%）", min_value=0, max_value=100, max_digits=6, decimal_places=4
    )
    grace = forms.IntegerField(
        label="宽限期（期）", min_value=0, initial=0, help_text="前几期只付利息；没有填 0。"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        left = self.agreement.instalments.filter(due_on__gt=clock.today()).order_by("due_on")
        due = list(left.values_list("due_on", flat=True))
        rate = self.agreement.annual_rate
        self.initial |= {
            "first_due_on": due[0] if due else None,
            "count": len(due) or None,
            "payments_per_year": self.agreement.payments_per_year,
            "annual_rate": f"{rate.normalize():f}",
        }

    @property
    def what(self) -> dict:
        names = ("first_due_on", "count", "payments_per_year", "repayment", "annual_rate", "grace")
        return super().what | {name: self.cleaned_data[name] for name in names}


class BuyoutForm(ProposalForm):
    """提前回购: everything that is outstanding, on one day."""

    kind = RevisionKind.BUYOUT
    words = "在所选的日期一次付清剩余本金和计算到当日的利息。付清后设备产权归学校。"


class TerminationForm(ProposalForm):
    """解除协议: the equipment goes back, the rest is not owed any more."""

    kind = RevisionKind.TERMINATION
    words = "设备全部退还供应商；利息计算到当日，其后的本金不再支付。已到期的欠款仍须付清，多付的由供应商退回。"


FORMS = {form.kind: form for form in (AmendmentForm, RescheduleForm, BuyoutForm, TerminationForm)}


class DecideRevisionForm(DecisionForm):
    """决定计划变更 with the old and the new plan before one's eyes."""

    intro = "同意后新的计划立即生效，旧计划留存；随后由学校和供应商签署变更书。"
    pass_label, return_label = "同意", "不同意"
    template = "financing/decide_revision_step.html"

    def context(self) -> dict:
        found = {"revision": self.subject, "agreement": self.subject.agreement}
        try:
            return found | {"draft": redraft(self.subject)}
        except ValidationError as error:
            return found | {"refusal": error.messages[0]}

    def save(self) -> None:
        decide_revision(
            revision=self.subject,
            user=self.user,
            passed=self.passed,
            opinion=self.cleaned_data["opinion"].strip(),
        )


class SignRevisionForm(SignForm):
    """Base of the two signatures under a 变更书."""

    @property
    def agreement(self):
        return self.subject.agreement

    def save(self) -> None:
        sign_revision(
            revision=self.subject,
            user=self.user,
            role=self.role,
            image=self.cleaned_data["signature"],
            address=self.address,
        )


class HeadSignsRevisionForm(SignRevisionForm):
    role = HEAD


class SupplierSignsRevisionForm(SignRevisionForm):
    role = SUPPLIER


class ReturnCreditForm(StepForm):
    """登记退款 as a step: what was paid beyond all debts comes back before the agreement ends.

    Nothing is asked where the refund was recorded on the agreement's page meanwhile.
    """

    intro = "各期都已付清，还有多付的款项。供应商退回后登记，协议才能办结。"
    button = "登记退款"
    template = "financing/return_credit_step.html"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.agreement = getattr(self.subject, "agreement", self.subject)
        self.credit = from_fen(account_of(self.agreement).credit)
        if self.credit:
            self.fields |= deepcopy(RefundForm.base_fields)
            self.initial["amount"] = self.credit

    def context(self) -> dict:
        return {"agreement": self.agreement, "credit": self.credit}

    def save(self) -> None:
        if self.credit:
            refund_credit(agreement=self.agreement, user=self.user, **self.cleaned_data)
