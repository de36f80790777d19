"""试算: one sum, one start, who gives back how much, and up to four ways to pay it back."""

from __future__ import annotations

from django import forms

from financing.forms.steps import yuan_field
from financing.quote import quote
from financing.schedules import Method, ScheduleError, Timing
from procurement.enums import Funder, PaymentsPerYear
from registry import clock
from registry.models import School
from registry.widgets import Day, SearchSelect

VARIANTS = 4
METHODS = [
    (Method.LEVEL_PAYMENT.value, "等额本息"),
    (Method.EQUAL_PRINCIPAL.value, "等额本金"),
    (Method.FIXED_PAYMENT.value, "约定每期付款额"),
]
TIMINGS = [(Timing.ARREARS.value, "期末付"), (Timing.ADVANCE.value, "期初付")]
LEVELS = [level for level in Funder if level is not Funder.SCHOOL]
PERCENT = {"min_value": 0, "max_value": 100, "max_digits": 5, "decimal_places": 2}


class QuoteForm(forms.Form):
    """What all variants share."""

    principal = yuan_field("本金（元）", max_digits=12)
    starts_on = forms.DateField(label="起租日期", widget=Day)
    school = forms.ModelChoiceField(
        label="对照学校",
        queryset=School.objects.none(),
        required=False,
        empty_label="不对照",
        widget=SearchSelect,
        help_text="选了学校，就与它的公用经费比较。",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        for level in LEVELS:
            label = f"{level.label}奖补（%）"
            self.fields[level.value] = forms.DecimalField(label=label, required=False, **PERCENT)
        self.order_fields(["principal", "starts_on", *(level.value for level in LEVELS), "school"])
        self.fields["school"].queryset = School.objects.visible_to(user)
        self.fields["starts_on"].initial = clock.today

    def clean(self):
        data = super().clean()
        if sum(data.get(level.value) or 0 for level in LEVELS) > 100:
            raise forms.ValidationError("各级奖补比例合计不能超过 100%。")
        return data

    @property
    def funders(self) -> list[dict]:
        return [
            {"code": level.value, "percent": f"{percent:f}"}
            for level in LEVELS
            if (percent := self.cleaned_data.get(level.value))
        ]


class VariantForm(forms.Form):
    """One way to pay it back; without years it is not compared."""

    method = forms.ChoiceField(label="回购方式", choices=METHODS, required=False)
    annual_rate = forms.DecimalField(
        label="年利率（%）",
        min_value=0,
        max_value=1000,
        max_digits=8,
        decimal_places=4,
        required=False,
    )
    years = forms.IntegerField(label="年限", min_value=1, max_value=50, required=False)
    payments_per_year = forms.TypedChoiceField(
        label="付款频次", choices=PaymentsPerYear.choices, coerce=int, required=False
    )
    timing = forms.ChoiceField(label="付款时点", choices=TIMINGS, required=False)
    fixed_payment = yuan_field(
        "每期付款额（元）",
        max_digits=12,
        required=False,
        help_text="只在“约定每期付款额”时填写，利率由系统推算。",
    )
    residual = yuan_field("期末残值（元）", min_value=0, max_digits=12, required=False)

    @property
    def name(self) -> str:
        return f"方案{'一二三四'[int(self.prefix[1:]) - 1]}"

    @property
    def is_used(self) -> bool:
        return bool(self.cleaned_data.get("years"))

    def compute(self, shared: QuoteForm) -> dict | None:
        """The quote, or None with its refusal on the field that caused it."""
        data = self.cleaned_data
        payload = {
            "principal": f"{shared.cleaned_data['principal']:f}",
            "starts_on": shared.cleaned_data["starts_on"].isoformat(),
            "funders": shared.funders,
            "method": data["method"] or Method.LEVEL_PAYMENT.value,
            "timing": data["timing"] or Timing.ARREARS.value,
            "payments_per_year": data["payments_per_year"] or 1,
            "years": data["years"],
            "annual_rate": _text(data["annual_rate"]),
            "fixed_payment": _text(data["fixed_payment"]),
            "residual": _text(data["residual"]),
        }
        try:
            return quote(payload)
        except ScheduleError as refusal:
            known = refusal.field if refusal.field in self.fields else None
            self.add_error(known, refusal.sentence)
            return None


def _text(value) -> str | None:
    return None if value is None else f"{value:f}"
