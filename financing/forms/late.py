"""Forms about late interest and credit: ask for a waiver, grant it, record a refund."""

from __future__ import annotations

from django import forms

from financing.actions import account_of, decide_waiver
from financing.forms.steps import VoucherField, yuan_field
from registry import clock
from registry.money import from_fen
from registry.widgets import Day
from workflow.forms import DecisionForm


class WaiverForm(forms.Form):
    """提请减免逾期利息."""

    amount = yuan_field("减免金额（元）", help_text="默认为到今天的全部逾期利息。")
    reason = forms.CharField(
        label="原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="供应商会看到，由供应商决定是否同意。",
    )


class DecideWaiverForm(DecisionForm):
    """供应商决定: its own money."""

    intro = "逾期利息是贵公司的债权。同意后，所减免的部分不再收取，不能撤回。"
    pass_label, return_label = "同意减免", "不同意"
    template = "financing/decide_waiver_step.html"

    def context(self) -> dict:
        account = account_of(self.subject.agreement)
        return {"waiver": self.subject, "late": from_fen(account.late_interest)}

    def save(self) -> None:
        decide_waiver(
            waiver=self.subject,
            user=self.user,
            passed=self.passed,
            opinion=self.cleaned_data["opinion"].strip(),
        )


class RefundForm(forms.Form):
    """登记退款: the supplier gave back what was paid too much."""

    amount = yuan_field("退款金额（元）")
    voucher = VoucherField("收款凭证号")
    refunded_on = forms.DateField(label="退款到账日期", widget=Day, initial=clock.today)
    reason = forms.CharField(label="说明", max_length=200, help_text="写明多付的原因。")
