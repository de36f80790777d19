"""Forms around rebate claims outside the flow: claim many at once, grant, receive."""

from __future__ import annotations

from django import forms

from financing.forms.steps import VoucherField, yuan_field
from financing.models import Rebate, RebateClaim
from registry import clock
from registry.widgets import Day


class BulkClaimForm(forms.Form):
    """Several rebates of one level under one document number."""

    rebates = forms.ModelMultipleChoiceField(
        queryset=Rebate.objects.none(),
        error_messages={
            "required": "请先勾选要申领的行。",
            "invalid_choice": "所选的行中有的已经申领或不归您办理，请刷新页面后重选。",
            "invalid_pk_value": "所选的行不对，请刷新页面后重选。",
        },
    )
    document = VoucherField("申领文号", most=60)

    def __init__(self, *args, allowed, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rebates"].queryset = allowed


class ApproveForm(forms.Form):
    """批复: document, day and amount; less than claimed is possible, more is not."""

    word = "批复"

    amount = yuan_field("批复金额（元）", min_value=0)
    document = VoucherField("批复文号", most=60)
    approved_on = forms.DateField(label="批复日期", widget=Day)

    def __init__(self, *args, claim: RebateClaim, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].initial = claim.claimed_amount
        self.fields["approved_on"].initial = clock.today


class ReceiveForm(forms.Form):
    """到账: voucher, day and amount; less than granted is possible and stays visible."""

    word = "到账"

    amount = yuan_field("到账金额（元）", min_value=0)
    voucher = VoucherField("到账凭证号", most=60)
    received_on = forms.DateField(label="到账日期", widget=Day)

    def __init__(self, *args, claim: RebateClaim, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].initial = claim.approved_amount
        self.fields["received_on"].initial = clock.today
