"""Forms of the steps of a buyback: apply, review, pay; and of the reversal."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django import forms

from financing.account import Account, Standing
from financing.actions import (
    account_of,
    amount_due,
    apply_for_payment,
    oldest_debt,
    record_payment,
    review_application,
    ripe,
    send_back,
)
from financing.burden import public_funds
from financing.enums import Purpose
from financing.gates import picture
from financing.models import FundPurpose, Instalment, PaymentApplication
from registry import clock
from registry.money import ZERO, from_fen
from registry.widgets import Day
from workflow.forms import DecisionForm, StepForm

FEN = Decimal("0.01")
AHEAD = dt.timedelta(days=30)  # an application asks for what falls due within a month


def yuan_field(label: str, **options) -> forms.DecimalField:
    """An amount above zero, two places; what is no number gets a sentence, never an error page."""
    options = {"min_value": FEN, "max_digits": 14, "decimal_places": 2} | options
    field = forms.DecimalField(label=label, **options)
    field.error_messages["invalid"] = "请填写数字，如 4761.85。"
    return field


class VoucherField(forms.CharField):
    """A document or voucher number; blanks around it do not make another number."""

    def __init__(self, label: str, *, most: int = 40, **options):
        super().__init__(label=label, max_length=most, strip=True, **options)


def sources_for(agreement):
    """Earmarked money of the county, this year's or an earlier one's, that may serve the buyback."""
    return FundPurpose.objects.filter(
        fund__county=agreement.dossier.county_id,
        fund__year__lte=clock.today().year,
        purpose=Purpose.BUYBACK,
    ).select_related("fund")


def debts_of(account: Account, standings: list[Standing]) -> list[dict]:
    """``standings`` of the account, instalment by instalment: for the eyes of who applies."""
    keys = [one.debt.key for one in standings]
    numbers = dict(Instalment.objects.filter(pk__in=keys).values_list("pk", "number"))
    return [
        {
            "number": numbers[one.debt.key],
            "due_on": one.debt.due_on,
            "unpaid": from_fen(one.unpaid),
            "late": from_fen(account.late(one)),
        }
        for one in standings
    ]


def picture_of(agreement, instalment: Instalment, amount: Decimal) -> dict:
    """What both sides look at: the instalment, who bears it, and the school's public funds."""
    rebates = list(instalment.rebates.all())
    rows = agreement.instalments.filter(due_on__year=instalment.due_on.year)
    rows = rows.prefetch_related("rebates")
    own = sum(
        (row.payment - sum((r.amount for r in row.rebates.all()), ZERO) for row in rows), ZERO
    )
    paid_out = sum((row.payment for row in rows), ZERO)
    funds = public_funds(agreement.school)
    return {
        "agreement": agreement,
        "instalment": instalment,
        "rebates": rebates,
        "net": instalment.payment - sum((r.amount for r in rebates), ZERO),
        "funds": funds,
        "year_own": own,
        "year_own_share": funds.share(own),
        "year_paid_out": paid_out,
        "year_paid_out_share": funds.share(paid_out),
        "own_exceeds": funds.exceeds(own),
        "paid_out_exceeds": funds.exceeds(paid_out),
        "asked": amount,
    } | picture(agreement, instalment)


class ApplyForm(StepForm):
    """学校申请付款: the whole rest of the instalment, or a part of it."""

    intro = "申请经县财务审核后付款。可以提前申请，也可以分次支付；奖补未到账不减少应付款。"
    button = "提交付款申请"
    template = "financing/apply_step.html"

    amount = yuan_field(
        "申请金额（元）",
        help_text="默认为一个月内到期的全部欠款，含到今天的逾期利息；少填即部分付款，多填抵充以后各期。",
    )
    source = forms.ModelChoiceField(
        label="专项资金",
        queryset=FundPurpose.objects.none(),
        required=False,
        empty_label="不使用专项资金",
        help_text="只列用途含设备回购的专项资金；付款后自动登记使用。",
    )
    budget_note = forms.CharField(
        label="经费来源说明",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明列支的经费和预算科目，如“公用经费—设备租赁”。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.account = account_of(self.subject)
        self.instalment = oldest_debt(self.subject, self.account)
        soon = clock.today() + AHEAD
        self.fields["amount"].initial = amount_due(self.account, soon)
        self.fields["source"].queryset = sources_for(self.subject)
        if not self.fields["source"].queryset:
            del self.fields["source"]

    def context(self) -> dict:
        if self.instalment is None:
            return {}
        return picture_of(self.subject, self.instalment, self.fields["amount"].initial) | {
            "debts": debts_of(self.account, ripe(self.account, clock.today() + AHEAD))
        }

    def save(self) -> None:
        apply_for_payment(agreement=self.subject, user=self.user, **self.cleaned_data)


class ReviewForm(DecisionForm):
    """县财务审核: pass the application on to the cashier, or return it to the school."""

    intro = "请核对期次、金额和经费来源。通过后由出纳付款，审核人不能兼付款人。"
    pass_label, return_label = "同意付款", "退回学校"
    template = "financing/review_step.html"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.application = self.subject.live_application()

    def context(self) -> dict:
        return application_picture(self.subject, self.application)

    def save(self) -> None:
        review_application(
            agreement=self.subject,
            user=self.user,
            passed=self.passed,
            opinion=self.cleaned_data["opinion"].strip(),
        )


def application_picture(agreement, application: PaymentApplication | None) -> dict:
    if application is None:
        return {}
    instalment = Instalment.objects.with_paid().get(pk=application.instalment_id)
    earlier = instalment.applications.filter(passed=False).select_related("reviewed_by")
    return picture_of(agreement, instalment, application.amount) | {
        "application": application,
        "returned": earlier,
    }


class PayForm(StepForm):
    """付款登记: the bank voucher of exactly what was passed."""

    intro = "按审核通过的金额付款后登记。登记后不能修改，错了由县财务审核岗冲销。"
    button = "登记付款"
    template = "financing/pay_step.html"

    returns = forms.BooleanField(
        label="不能付款，退回县财务审核", required=False, help_text="如收款账号有误、银行退票。"
    )
    amount = yuan_field(
        "实付金额（元）", required=False, help_text="与审核通过的金额不同时才改，并写明原因。"
    )
    voucher = VoucherField(
        "支付凭证号", help_text="含年度，如“2027-支-0035”；每个凭证只能登记一次。"
    )
    paid_on = forms.DateField(label="付款日期", widget=Day)
    why = forms.CharField(
        label="原因", max_length=200, required=False, help_text="实付与审核不同，或退回时填写。"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["paid_on"].initial = clock.today
        self.application = self.subject.live_application()
        if self.application is not None:
            self.fields["amount"].initial = self.application.amount

    def clean(self):
        data = super().clean()
        if data.get("returns"):
            for name in ("voucher", "paid_on", "amount"):
                self.errors.pop(name, None)
            if not data.get("why"):
                self.add_error("why", "退回审核时请写明原因。")
        elif self._differs(data.get("amount")) and not data.get("why"):
            self.add_error("why", "实付与审核通过的金额不同，请写明原因。")
        return data

    def _differs(self, amount) -> bool:
        passed = self.application.amount if self.application else None
        return amount is not None and amount != passed

    @property
    def returned(self) -> bool:
        return bool(self.cleaned_data.get("returns"))

    def context(self) -> dict:
        return application_picture(self.subject, self.application)

    def save(self) -> None:
        data = dict(self.cleaned_data)
        if data.pop("returns"):
            send_back(agreement=self.subject, user=self.user, reason=data["why"])
        else:
            reason = data.pop("why")
            record_payment(agreement=self.subject, user=self.user, reason=reason, **data)

    @property
    def reason(self) -> str:
        """The review's next duty shows why it came back."""
        return f"出纳退回：{self.cleaned_data['why']}" if self.returned else ""


class ReverseForm(forms.Form):
    """Why a payment is reversed."""

    reason = forms.CharField(
        label="冲销原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明错在哪里；冲销后该期重新申请、审核、付款。",
    )
