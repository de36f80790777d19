"""Forms of 立项 and of the programme (总规划)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal

from crispy_forms.helper import FormHelper
from django import forms

from procurement.actions.plan import open_project
from procurement.forms.funding import FundingFields
from procurement.forms.warnings import WarningsForm
from procurement.models import EquipmentMode, Programme, Project
from registry import clock
from registry.models import Parameter
from registry.money import cents, wan
from registry.widgets import Day


class OpenProjectForm(FundingFields, WarningsForm):
    """立项."""

    tick_label = "以上情况已核对，仍按此立项"

    name = forms.CharField(label="项目名称", max_length=80)
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    programme = forms.ModelChoiceField(
        label="所属总规划",
        queryset=Programme.objects.none(),
        required=False,
        empty_label="（不属于总规划）",
    )
    deadline = forms.DateField(
        label="完成期限", widget=Day(), help_text="两级验收都要在此日前完成，一般为10月31日。"
    )
    mode = forms.ModelChoiceField(
        label="建设模式",
        queryset=EquipmentMode.objects.all(),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    target_classrooms = forms.IntegerField(
        label="年度任务（班）",
        min_value=1,
        max_value=100_000,
        error_messages={"min_value": "年度任务至少 1 个班。"},
    )
    budget = forms.DecimalField(
        label="预算金额（元）",
        max_digits=14,
        decimal_places=2,
        min_value=Decimal("0.01"),
        error_messages={"min_value": "预算金额应大于 0，请按预算批复填写。"},
    )
    budget_basis = forms.CharField(
        label="预算批复文号", max_length=80, help_text="没有当年预算批复不得采购。"
    )

    def __init__(self, *args, county, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.county, self.user = county, user
        year = clock.today().year
        if self._usual_deadline(year) < clock.today():
            year += 1  # nobody opens a project for a day that is gone
        self.fields["programme"].queryset = Programme.objects.filter(county=county)
        self.fields["year"].initial = year
        self.fields["deadline"].initial = self._usual_deadline(year)
        self.add_funding()
        self.helper = FormHelper(self)
        self.helper.form_tag = False

    groups = [
        ("项目", ["name", "year", "programme", "target_classrooms", "deadline"]),
        ("建设模式", ["mode"]),
        ("预算", ["budget", "budget_basis"]),
    ]

    @property
    def modes(self):
        """The catalogue of modes with their item lists, to choose by."""
        return EquipmentMode.objects.prefetch_related("items")

    @property
    def plain_fields(self) -> list[dict]:
        """The other fields under their headings, as ``form_fields.html`` shows them."""
        return [
            {"title": title, "fields": [self[name] for name in names], "help": ""}
            for title, names in self.groups
        ]

    def clean(self):
        data = super().clean()
        self.clean_funding(data)
        if not self.errors:
            self._warn_about(data)
        return data

    def _warn_about(self, data: dict) -> None:
        programme, target = data.get("programme"), data["target_classrooms"]
        if programme and target > (left := programme.remaining()):
            self.warn(
                f"年度任务 {target} 个班，超过总规划“{programme}”剩余的 {max(left, 0)} 个班。"
            )
        usual = self._usual_deadline(data["year"])
        if data["deadline"] < clock.today():
            self.warn(f"完成期限 {data['deadline']} 已经过去，请核对年度和日期。")
        elif data["deadline"] != usual:
            self.warn(f"完成期限是 {data['deadline']}，实施方案一般要求 {usual} 前完成两级验收。")
        value = Parameter.objects.value
        low = value("plan.set_price_low", county=self.county)
        high = value("plan.set_price_high", county=self.county)
        price = cents(data["budget"] / target)
        if not low <= price <= high:
            self.warn(
                f"预算折合每套 {price:,.2f} 元，不在参考价 {wan(low)} 万至 {wan(high)} 万元之间。"
            )

    def _usual_deadline(self, year: int) -> date:
        days = Parameter.objects.days
        month = days("plan.deadline_month", county=self.county)
        # A parameter may say the 31st of a month that has thirty days.
        last = monthrange(year, month)[1]
        return date(year, month, min(days("plan.deadline_day", county=self.county), last))

    def save(self) -> Project:
        """Write the project; the caller starts its story in the same transaction."""
        names = [
            "name",
            "year",
            "deadline",
            "mode",
            "target_classrooms",
            "budget",
            "budget_basis",
            "funding",
            "rules",
            "programme",
        ]
        return open_project(
            county=self.county,
            user=self.user,
            **{name: self.cleaned_data[name] for name in names},
        )


class ProgrammeForm(forms.ModelForm):
    """总规划: what the county wants in all."""

    groups = [
        ("规划", ["name", "first_year", "last_year"]),
        ("目标", ["target_schools", "target_classrooms"]),
        (
            "此前已完成",
            ["done_before", "done_before_unit"],
            "上报材料里的“已完成 55 个”可能是班，也可能是校，请问清后再选；按校计的数不能从班数里扣减。",
        ),
    ]

    class Meta:
        model = Programme
        fields = [
            "name",
            "first_year",
            "last_year",
            "target_schools",
            "target_classrooms",
            "done_before",
            "done_before_unit",
        ]
        widgets = {"done_before_unit": forms.RadioSelect}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            # Asked, not assumed.
            self.initial["done_before_unit"] = None
            self.fields["first_year"].initial = clock.today().year
        self.fields["done_before_unit"].choices = Programme._meta.get_field(
            "done_before_unit"
        ).choices

    def _get_validation_exclusions(self):
        # The county is given, not typed, and belongs to the rule that names are unique in it.
        return super()._get_validation_exclusions() - {"county"}

    def clean(self):
        data = super().clean()
        before, target = data.get("done_before"), data.get("target_classrooms")
        unit = data.get("done_before_unit")
        limit = data.get("target_schools") if unit == "school" else target
        if before is not None and limit is not None and before > limit:
            self.add_error("done_before", f"已完成数不能超过规划数 {limit}。")
        return data
