"""Forms around rebates: make up a batch, decide on it, enter what arrived, take back, end."""

from __future__ import annotations

import django_filters
from django import forms

from financing.claim_lines import ClaimLine
from financing.forms.steps import VoucherField, yuan_field
from financing.models import Rebate, RebateClaim
from procurement.enums import Funder
from procurement.models import Project
from registry import clock
from registry.widgets import Day, FileDrop

LEVELS = [(level.value, level.label) for level in Funder if level is not Funder.SCHOOL]


def reason_field(label: str, **options) -> forms.CharField:
    rows = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(label=label, max_length=200, widget=rows, **options)


def day_field(label: str) -> forms.DateField:
    return forms.DateField(label=label, widget=Day, initial=clock.today)


class ChooseFilter(django_filters.FilterSet):
    """Which claimable rebates are put together: one project and one level, perhaps one year."""

    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name="instalment__agreement__project_school__project",
        queryset=lambda request: Project.objects.visible_to(request.user),
    )
    funder = django_filters.ChoiceFilter(label="层级", choices=LEVELS)
    year = django_filters.NumberFilter(label="应付年度", field_name="instalment__due_on__year")
    number = django_filters.NumberFilter(label="期次", field_name="instalment__number")

    class Meta:
        model = Rebate
        fields = ["project", "funder", "year", "number"]


class BatchForm(forms.Form):
    """The ticked rebates under one document number."""

    rebates = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={
            "required": "请先勾选要申领的奖补。",
            "invalid_choice": "所选的行中有的已经申领或不归您办理，请刷新页面后重选。",
        },
    )
    document = VoucherField(
        "申领文号", most=60, help_text="整批一个文号，如“示例教申〔2027〕1号”；同一层级不能重复。"
    )

    def __init__(self, *args, rebates: list[int], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["rebates"].choices = [(pk, pk) for pk in rebates]
        self.fields["document"].widget.attrs["class"] = "form-control"


class ActForm(forms.Form):
    """One act on a claim; several stand on its page, so each says which it is."""

    word = ""
    """The act in a word, on its button and in what is said after it."""
    code = ""

    def __init__(self, *args, claim: RebateClaim, **kwargs):
        super().__init__(*args, auto_id=f"{self.code}_%s", **kwargs)
        self.fields["act"] = forms.CharField(widget=forms.HiddenInput, initial=self.code)
        self.claim = claim
        self.prefill()

    def prefill(self) -> None:
        """What is most likely typed."""

    def values(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "act"}


class ReviewClaimForm(ActForm):
    """审核: document, day and amount; less than claimed needs a reason."""

    word, code = "审核", "review"

    amount = yuan_field("审核金额（元）", min_value=0)
    document = VoucherField("审核文号", most=60)
    reviewed_on = day_field("审核日期")
    remark = reason_field("说明", required=False, help_text="少于申领金额时必须写明原因。")

    def prefill(self) -> None:
        self.fields["amount"].initial = self.claim.expected


class ApproveForm(ActForm):
    """批复: document, day and amount; less than reviewed needs a reason, more is not possible."""

    word, code = "批复", "approve"

    amount = yuan_field("批复金额（元）", min_value=0)
    document = VoucherField("批复文号", most=60)
    approved_on = day_field("批复日期")
    remark = reason_field("说明", required=False, help_text="少于审核金额时必须写明原因。")

    def prefill(self) -> None:
        self.fields["amount"].initial = self.claim.expected


class ReceiveForm(ActForm):
    """到账: voucher, day and amount; in parts if it comes in parts."""

    word, code = "到账", "receive"

    amount = yuan_field("到账金额（元）", help_text="分次到账的，按每次实际到账登记。")
    voucher = VoucherField("到账凭证号", most=60)
    received_on = day_field("到账日期")
    remark = reason_field("说明", required=False, help_text="比批复多到时必须写明原因。")

    def prefill(self) -> None:
        self.fields["amount"].initial = self.claim.outstanding or None


class TakeBackForm(ActForm):
    """冲减: a negative row with its reason."""

    word, code = "冲减到账", "take_back"

    amount = yuan_field("冲减金额（元）", help_text="登记错的先冲减，再由出纳重新登记。")
    voucher = VoucherField("冲减凭证号", most=60)
    received_on = day_field("冲减日期")
    reason = reason_field("原因")


class WithdrawForm(ActForm):
    word, code = "撤回申领", "withdraw"

    reason = reason_field("撤回原因", help_text="撤回后可以重新申领。")


class ReturnForm(ActForm):
    word, code = "退回", "return"

    reason = reason_field("退回原因", help_text="退回后由县财务核对，再重新申领。")


class EndForm(ActForm):
    word, code = "了结", "end"

    reason = reason_field(
        "少到说明", help_text="不再到账的部分写明原因；学校应付给供应商的款项不变。"
    )


class BatchDecideForm(forms.Form):
    """审核 or 批复 of a whole batch: one document, and on every line an amount, a remark, 退回."""

    document = VoucherField("文号", most=60)
    decided_on = day_field("日期")

    def __init__(self, *args, lines: list[ClaimLine], **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            key = line.claim.pk
            self.fields[f"amount_{key}"] = yuan_field(
                f"{line.school}第 {line.instalment} 期金额", min_value=0, required=False
            )
            self.fields[f"amount_{key}"].initial = line.claim.expected
            self.fields[f"remark_{key}"] = forms.CharField(
                label=f"{line.school}第 {line.instalment} 期说明", max_length=200, required=False
            )
            self.fields[f"returned_{key}"] = forms.BooleanField(
                label=f"退回{line.school}第 {line.instalment} 期", required=False
            )
        for name, field in self.fields.items():
            box = name.startswith("returned_")
            field.widget.attrs["class"] = "form-check-input" if box else "form-control"

    def rows(self) -> list[tuple]:
        """``(line, amount, remark, returned)`` with bound fields."""
        names = ("amount", "remark", "returned")
        return [(line, *(self[f"{name}_{line.claim.pk}"] for name in names)) for line in self.lines]

    def clean(self):
        data = super().clean()
        for line in self.lines:
            key, asked = line.claim.pk, line.claim.expected
            amount, remark = data.get(f"amount_{key}"), data.get(f"remark_{key}", "").strip()
            returned = data.get(f"returned_{key}")
            if returned and not remark:
                self.add_error(f"remark_{key}", "退回时请写明原因。")
            elif amount is not None and amount > asked:
                self.add_error(f"amount_{key}", f"不能大于 {asked:,.2f} 元。")
            elif not returned and amount is not None and amount < asked and not remark:
                self.add_error(f"remark_{key}", f"少于 {asked:,.2f} 元时请写明原因。")
        return data


class BatchReceiveForm(forms.Form):
    """One transfer for the whole batch."""

    amount = yuan_field(
        "到账金额（元）", help_text="按名单顺序逐笔登记；一次没有到齐的，余下的下次再登记。"
    )
    voucher = VoucherField("到账凭证号", most=60)
    received_on = day_field("到账日期")
    remark = reason_field("说明", required=False)


class BatchSheetForm(forms.Form):
    """The bureau's sheet with the column 批复金额 filled in."""

    file = forms.FileField(
        label="填好批复金额的汇总表", widget=FileDrop("下载的汇总表填好后原样上传", ".xlsx")
    )
    document = VoucherField("文号", most=60)
    decided_on = day_field("日期")
