"""Forms of the bank: an account, a file, its columns, what a line is."""

from __future__ import annotations

from django import forms

from accounting.actions.statements import Look
from accounting.enums import Reason
from accounting.models import BankAccount
from accounting.statements.layout import FIELDS, Layout
from accounting.statements.values import ORDERS
from registry.models import County
from registry.widgets import FileDrop

LEVELS = [(level, f"{level} 以上") for level in (95, 90, 80, 70, 60)]
USUAL_LEVEL = 80


class AccountForm(forms.ModelForm):
    """银行账户."""

    groups = [
        ("账户", ["county", "name", "bank", "number", "kind"]),
        (
            "对账",
            ["main", "opening"],
            "首日之前的余额只在对账单没有“余额”列时填写；有余额列的由系统推算。",
        ),
    ]

    class Meta:
        model = BankAccount
        fields = ["county", "name", "bank", "number", "kind", "main", "opening"]
        help_texts = {
            "number": "照开户许可填写；导入流水后不能再改。",
            "main": "没有和流水核对的付款、到账，算在这个账户上；一个县一个。",
        }

    def __init__(self, *args, counties: set[int], **kwargs):
        super().__init__(*args, **kwargs)
        rows = County.objects.filter(pk__in=counties)
        self.fields["county"].queryset = rows
        self.fields["county"].initial = rows.first()
        if len(counties) == 1 or self.instance.pk:
            self.fields["county"].widget = forms.HiddenInput()
        if not self.instance.pk:
            self.fields["main"].initial = not BankAccount.objects.filter(
                county__in=counties, main=True
            ).exists()

    def clean_number(self) -> str:
        return self.cleaned_data["number"].replace(" ", "")

    def _get_validation_exclusions(self):
        # The verb takes the mark of the main account from the one that had it, then checks all.
        return super()._get_validation_exclusions() | {"main"}


class StatementUploadForm(forms.Form):
    """A bank's file."""

    file = forms.FileField(
        label="银行流水",
        widget=FileDrop("网上银行导出的 Excel（.xlsx）或 CSV", ".xlsx,.csv,.txt"),
    )


class LayoutForm(forms.Form):
    """Which column is what; filled with what was guessed or remembered."""

    order = forms.ChoiceField(label="日期写法", choices=ORDERS.items())

    def __init__(self, *args, seen: Look, **kwargs):
        super().__init__(*args, **kwargs)
        titles = [
            (str(at), f"{title or '（无标题）'}（第 {at + 1} 列）")
            for at, title in enumerate(seen.header.titles)
        ]
        for key, label in FIELDS.items():
            field = forms.ChoiceField(label=label, choices=[("", "—"), *titles], required=False)
            field.initial = str(seen.layout.columns.get(key, ""))
            self.fields[key] = field
        self.order_fields([*FIELDS, "order"])
        self.fields["order"].initial = seen.layout.order

    def layout(self) -> Layout:
        data = self.cleaned_data
        columns = {key: int(data[key]) for key in FIELDS if data.get(key)}
        return Layout(columns, data["order"])


class ExplainForm(forms.Form):
    """其他事项: why a line has no record of its own."""

    reason = forms.ChoiceField(label="事由", choices=Reason.choices)
    remark = forms.CharField(label="说明", max_length=200, required=False)
    amount = forms.DecimalField(
        label="金额（元）",
        max_digits=14,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text="不填为这笔流水尚未核对的全部。",
    )


class TakeBackForm(forms.Form):
    """撤销核对."""

    reason = forms.CharField(label="撤销原因", max_length=200)
