"""Forms of earmarked money: open a fund, record what arrived, what was used, correct a use."""

from __future__ import annotations

from django import forms

from financing.actions.fund import refusal
from financing.enums import Purpose
from financing.forms.gates import reason_field
from financing.forms.steps import VoucherField, yuan_field
from financing.models import Fund, FundPurpose
from procurement.models import Project
from registry import clock
from registry.widgets import Day


class FundForm(forms.Form):
    """登记专项资金."""

    name = forms.CharField(label="资金名称", max_length=60, strip=True)
    source = forms.CharField(
        label="资金来源",
        max_length=60,
        strip=True,
        help_text="如县教育局拨款、政府配套、上级专项。",
    )
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    budget = yuan_field("预算（元）")
    document = VoucherField("下达文号", most=60)
    purposes = forms.MultipleChoiceField(
        label="批准用途",
        choices=Purpose.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="以下达文件为准，登记后不能增减；不在其中的用途一律不能列支。",
        error_messages={"required": "请至少选择一项批准用途。"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].initial = clock.today().year


class AllocationForm(forms.Form):
    """登记拨入; a negative amount takes a wrong one back."""

    amount = yuan_field("到账金额（元）", min_value=None, help_text="冲回登错的拨入请填负数。")
    allocated_on = forms.DateField(label="到账日期", widget=Day)
    document = VoucherField("文号或凭证号", most=60)
    project = forms.ModelChoiceField(
        label="指定项目", queryset=Project.objects.none(), required=False, empty_label="不指定"
    )

    def __init__(self, *args, fund: Fund, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = projects_of(fund)
        self.fields["allocated_on"].initial = clock.today


class UseForm(forms.Form):
    """登记使用; only the fund's own purposes can be chosen, any other is refused with a sentence."""

    purpose = forms.ModelChoiceField(
        label="用途", queryset=FundPurpose.objects.none(), empty_label="请选择批准用途"
    )
    amount = yuan_field("使用金额（元）")
    used_on = forms.DateField(label="使用日期", widget=Day)
    document = VoucherField("凭证号", most=60)
    what = forms.CharField(label="事项", max_length=200, strip=True)
    project = forms.ModelChoiceField(
        label="所属项目", queryset=Project.objects.none(), required=False, empty_label="不属于项目"
    )

    def __init__(self, *args, fund: Fund, **kwargs):
        super().__init__(*args, **kwargs)
        purpose = self.fields["purpose"]
        # A payment of the buyback uses the fund by itself.
        purpose.queryset = fund.purposes.exclude(purpose=Purpose.BUYBACK)
        purpose.label_from_instance = lambda row: row.get_purpose_display()
        purpose.error_messages["invalid_choice"] = refusal(fund, self._asked())
        self.fields["used_on"].initial = clock.today
        self.fields["project"].queryset = projects_of(fund)

    def _asked(self) -> str:
        """The words of the purpose that was posted, whatever fund it belongs to."""
        posted = str(self.data.get(self.add_prefix("purpose"), ""))
        row = FundPurpose.objects.filter(pk=posted).first() if posted.isdecimal() else None
        return row.get_purpose_display() if row else dict(Purpose.choices).get(posted, posted)


class CorrectForm(forms.Form):
    """冲销一笔使用."""

    reason = reason_field("冲销原因", "另记一笔负数，原来的记录保留。")


def projects_of(fund: Fund):
    return Project.objects.filter(dossier__county=fund.county_id)
