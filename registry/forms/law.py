"""Forms of the law: a new value of a parameter, a local holiday."""

from __future__ import annotations

from django import forms

from registry import clock
from registry.actions import add_holiday, set_parameter
from registry.keepers import is_administrator, kept_counties
from registry.models import County, LocalHoliday, Parameter
from registry.widgets import Day

WHOLE = {"日", "月", "工作日", "个工作日", "人", "家", "次", "MB"}
"""Units of which there are no parts."""


class ParameterForm(forms.Form):
    """自某日起新值; the old value ends the day before and stays on record."""

    value = forms.DecimalField(label="新值", min_value=0, max_digits=16, decimal_places=6)
    valid_from = forms.DateField(label="生效日", widget=Day, help_text="原值到前一日为止。")
    county = forms.ModelChoiceField(
        label="适用县",
        queryset=County.objects.all(),
        required=False,
        empty_label="通用",
        help_text="只有本县另有规定时才选县，其余不受影响。",
    )
    basis = forms.CharField(
        label="依据", max_length=200, help_text="文件名称、文号和条款，如“财库〔2024〕19号第三条”。"
    )

    past = forms.BooleanField(
        label="补录：生效日早于今天",
        required=False,
        help_text="只在漏登时使用。该日以来已办的事项会按新值重新核对，启用后不能撤销。",
    )

    def __init__(self, *args, parameter: Parameter, **kwargs):
        super().__init__(*args, **kwargs)
        self.parameter = parameter
        if parameter.unit:
            self.fields["value"].label = f"新值（{parameter.unit}）"

    def clean_value(self):
        value, unit = self.cleaned_data["value"], self.parameter.unit
        if unit == "%" and value > 100:
            raise forms.ValidationError("百分比不能超过 100。")
        if unit in WHOLE and value != int(value):
            raise forms.ValidationError(f"单位是“{unit}”，应填整数。")
        return value

    def clean(self):
        data = super().clean()
        day, past = data.get("valid_from"), data.pop("past", False)
        if day and day < clock.today() and not past:
            # What was lawful when it was done would look unlawful from now on, for a slip of the pen.
            self.add_error("valid_from", "生效日已经过去。确需补录的，请勾选“补录”。")
        return data

    def save(self) -> Parameter:
        return set_parameter(code=self.parameter.code, **self.cleaned_data)


class HolidayForm(forms.Form):
    """A day that differs from the national calendar."""

    day = forms.DateField(label="日期", widget=Day)
    name = forms.CharField(label="名称", max_length=40, help_text="如“州庆”“县内调休”。")
    is_workday = forms.TypedChoiceField(
        label="当天",
        choices=[("", "放假"), ("1", "上班（调休）")],
        coerce=bool,
        empty_value=False,
        required=False,
    )
    county = forms.ModelChoiceField(label="适用县", queryset=County.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        counties = kept_counties(user)
        self.fields["county"].queryset = counties
        if is_administrator(user):
            self.fields["county"].required = False
            self.fields["county"].empty_label = "全国通用"
        else:
            self.fields["county"].initial = counties.first()

    def save(self) -> LocalHoliday:
        return add_holiday(**self.cleaned_data)
