"""试算: one sum, one start, who gives back how much, and up to four ways to pay it back."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.db.models import Exists, OuterRef

from financing.forms.steps import yuan_field
from financing.schedules import Base, Funder, Method, ScheduleError, Terms, Timing
from financing.variant import Variant
from procurement.enums import Funder as Level
from procurement.enums import PaymentsPerYear
from procurement.models import PlanLine, Project
from procurement.repayment import percents_of
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import School
from registry.money import ZERO
from registry.widgets import Day, SearchSelect

NUMBERS = "一二三四"
VARIANTS = len(NUMBERS)
METHODS = [
    (Method.LEVEL_PAYMENT.value, "等额本息"),
    (Method.EQUAL_PRINCIPAL.value, "等额本金"),
    (Method.FIXED_PAYMENT.value, "约定每期付款额"),
    (Method.CUSTOM_PERCENT.value, "约定各期比例"),
]
TIMINGS = [(Timing.ARREARS.value, "期末付"), (Timing.ADVANCE.value, "期初付")]
LEVELS = [level for level in Level if level is not Level.SCHOOL]
PERCENT = {"min_value": 0, "max_value": 100, "max_digits": 5, "decimal_places": 2}
PERCENT_PLACES = 4


def projects_of(user):
    """Projects whose schools' burden the person may look at, newest first, with their funding.

    For public bodies, not for suppliers. ``has_rooms``: whether there is anything to share out.
    """
    rooms = PlanLine.objects.live().filter(project_school__project=OuterRef("pk"))
    rows = Project.objects.visible_to(user).annotate(has_rooms=Exists(rooms))
    rows = rows.order_by("-year", "-pk")
    rows = rows.select_related("dossier__county").prefetch_related("funding")
    return rows.none() if reach(user).holds(Role.SUPPLIER) else rows


class QuoteForm(forms.Form):
    """What all variants share. ``project`` shares every variant among that project's schools."""

    project = forms.CharField(required=False, widget=forms.HiddenInput)  # read by ``Asked``
    principal = yuan_field("本金总额（元）", max_digits=12)
    starts_on = forms.DateField(label="起租日期", widget=Day)
    school = forms.ModelChoiceField(
        label="对照学校",
        queryset=School.objects.none(),
        required=False,
        empty_label="不对照",
        widget=SearchSelect,
        help_text="本金由这一所学校承担时，与它的公用经费比较。",
    )

    def __init__(self, *args, user, project: Project | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.chosen = project
        for level in LEVELS:
            label = f"{level.label}奖补（%）"
            self.fields[level.value] = forms.DecimalField(label=label, required=False, **PERCENT)
        self.order_fields(["principal", "starts_on", *(level.value for level in LEVELS), "school"])
        self.fields["starts_on"].initial = clock.today
        if project is None:
            self.fields["school"].queryset = School.objects.visible_to(user)
        else:
            del self.fields["school"]

    def clean(self):
        data = super().clean()
        if sum(data.get(level.value) or 0 for level in LEVELS) > 100:
            raise forms.ValidationError("各级奖补比例合计不能超过 100%。")
        return data

    def funders(self, rooms: int = 0) -> tuple[Funder, ...]:
        """Levels that give back; base, cap (of ``rooms`` classrooms) and order are the project's."""
        data = self.cleaned_data
        agreed = {}
        if self.chosen:
            agreed = {share.funder: share for share in self.chosen.funding.all()}
        order = [*(code for code in agreed if code in LEVELS), *LEVELS]
        return tuple(
            self._funder(code, data[code], agreed.get(code), rooms)
            for code in dict.fromkeys(map(str, order))
            if data.get(code)
        )

    def _funder(self, code: str, percent: Decimal, share, rooms: int) -> Funder:
        if share is None:
            return Funder(code, percent)
        cap = None if share.cap_per_room is None else share.cap_per_room * rooms
        return Funder(code, percent, cap, Base(share.base))


class VariantForm(forms.Form):
    """One way to pay it back; without years it is not compared."""

    years = forms.IntegerField(label="年限", min_value=1, max_value=50, required=False)
    method = forms.ChoiceField(label="回购方式", choices=METHODS, required=False)
    annual_rate = forms.DecimalField(
        label="年利率（%）",
        min_value=0,
        max_value=1000,
        max_digits=8,
        decimal_places=4,
        required=False,
    )
    fixed_payment = yuan_field(
        "每期付款额（元）", max_digits=12, required=False, help_text="利率由付款额反推。"
    )
    percents = forms.CharField(
        label="各期比例（%）",
        max_length=6000,
        required=False,
        help_text="用逗号隔开，每期一个，合计 100。",
    )
    payments_per_year = forms.TypedChoiceField(
        label="付款频次", choices=PaymentsPerYear.choices, coerce=int, required=False
    )
    timing = forms.ChoiceField(label="付款时点", choices=TIMINGS, required=False)
    residual = yuan_field("期末留购价（元）", min_value=0, max_digits=12, required=False)
    grace = forms.IntegerField(
        label="宽限期（期）",
        min_value=0,
        max_value=599,
        required=False,
        help_text="开头几期只付利息。",
    )
    down = yuan_field("首付款（元）", min_value=0, max_digits=12, required=False)
    retention = yuan_field("质保金（元）", min_value=0, max_digits=12, required=False)
    retention_months = forms.IntegerField(
        label="质保金返还（起租后几个月）", min_value=1, max_value=600, required=False
    )

    main = ("years", "method", "annual_rate", "fixed_payment", "percents")
    main += ("payments_per_year", "timing")
    more = ("residual", "grace", "down", "retention", "retention_months")

    @property
    def main_fields(self):
        return [self[name] for name in self.main]

    @property
    def more_fields(self):
        return [self[name] for name in self.more]

    @property
    def more_open(self) -> bool:
        return any(self[name].value() for name in self.more) or bool(
            set(self.errors) & {*self.more}
        )

    @property
    def is_open(self) -> bool:
        """Whether there is something to look at: filled in, wrong, or the first of four."""
        return self.prefix == "v1" or bool(self["years"].value()) or bool(self.errors)

    @property
    def name(self) -> str:
        return f"方案{NUMBERS[int(self.prefix[1:]) - 1]}"

    @property
    def is_used(self) -> bool:
        return bool(self.cleaned_data.get("years"))

    def clean_percents(self) -> tuple[Decimal, ...]:
        try:
            shares = tuple(map(Decimal, percents_of(self.cleaned_data["percents"])))
        except ValueError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        if any(share.as_tuple().exponent < -PERCENT_PLACES for share in shares):
            raise forms.ValidationError(f"各期比例最多 {PERCENT_PLACES} 位小数。")
        return shares

    def clean(self):
        data = super().clean()
        method = data.get("method") or Method.LEVEL_PAYMENT.value
        if data.get("years"):
            rate = data.get("annual_rate")
            if rate is None and method != Method.FIXED_PAYMENT and "annual_rate" not in self.errors:
                self.add_error("annual_rate", "缺少此项，请填写年利率。")
            if data.get("retention") and not data.get("retention_months"):
                self.add_error("retention_months", "有质保金时，请填写起租后几个月返还。")
        # What the page hides for this method was typed for another one: it does not count.
        if method != Method.FIXED_PAYMENT:
            data["fixed_payment"] = None
        if method == Method.CUSTOM_PERCENT:
            data["residual"] = None
        else:
            data["percents"] = ()
        if method not in (Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL):
            data["grace"] = None
        return data

    def variant(self, shared: QuoteForm, rooms: int = 0) -> Variant | None:
        """The variant, or None with its refusal on the field that caused it."""
        data = self.cleaned_data
        down, retention = data.get("down") or ZERO, data.get("retention") or ZERO
        principal = shared.cleaned_data["principal"] - down - retention
        if principal <= 0:
            self.add_error("down", "首付款与质保金合计须小于本金总额。")
            return None
        try:
            found = Variant(
                name=self.name,
                terms=self._terms(shared, principal),
                down=down,
                retention=retention,
                retention_months=data.get("retention_months") or 0,
                funders=shared.funders(rooms),
            )
            found.plan  # noqa: B018 (a fixed payment may imply an absurd rate)
        except ScheduleError as refusal:
            known = refusal.field if refusal.field in self.fields else None
            self.add_error(known, refusal.sentence)
            return None
        return found

    def _terms(self, shared: QuoteForm, principal: Decimal) -> Terms:
        data = self.cleaned_data
        return Terms(
            principal=principal,
            annual_rate=data["annual_rate"] or ZERO,
            years=data["years"],
            payments_per_year=data["payments_per_year"] or 1,
            method=data["method"] or Method.LEVEL_PAYMENT.value,
            timing=data["timing"] or Timing.ARREARS.value,
            starts_on=shared.cleaned_data["starts_on"],
            residual=data["residual"] or ZERO,
            grace=data["grace"] or 0,
            percents=data["percents"],
            fixed_payment=data["fixed_payment"],
        )
