"""Forms before money leaves: budgets and checks of many schools at once, a hold, a risk."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

from financing.actions.gate import decide_hold
from financing.forms.steps import VoucherField
from registry import clock
from registry.money import cents
from registry.widgets import Day, FileDrop
from registry.workbook import read_table, text_of
from workflow.forms import DecisionForm

CODE, AMOUNT = "学校标识码", "批复金额（元）"
RESULTS = [("", "不登记"), ("pass", "合格"), ("fail", "不合格")]


def reason_field(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=300,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=help_text,
    )


class BudgetForm(forms.Form):
    """预算批复 of one year: one document, an amount per school; a school left empty is left out.

    ``schools``: rows with ``due``, ``approved`` (None without an approval).
    """

    document = VoucherField("批复文号", most=60)
    approved_on = forms.DateField(label="批复日期", widget=Day)
    upload = forms.FileField(
        label="从 Excel 读入金额",
        required=False,
        widget=FileDrop("点“下载填写表”得到模板，填好“批复金额（元）”后在这里读入", ".xlsx"),
    )

    def __init__(self, *args, schools, **kwargs):
        super().__init__(*args, **kwargs)
        self.schools = list(schools)
        self.fields["approved_on"].initial = clock.today
        for school in self.schools:
            missing = school.approved is None and school.due
            self.fields[self.name_of(school)] = _amount_of(
                school, initial=school.due if missing else None
            )

    @staticmethod
    def name_of(school) -> str:
        return f"amount-{school.pk}"

    def rows(self):
        """Schools with their bound field, for the table."""
        return [(school, self[self.name_of(school)]) for school in self.schools]

    def amounts(self) -> dict:
        given = ((school, self.cleaned_data[self.name_of(school)]) for school in self.schools)
        return {school: amount for school, amount in given if amount is not None}

    def clean(self):
        data = super().clean()
        if not self.errors and not self.amounts():
            raise ValidationError("没有填写任何学校的批复金额。")
        return data


def _amount_of(school, initial) -> forms.DecimalField:
    field = forms.DecimalField(
        label=f"{school}批复金额（元）",
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        initial=initial,
    )
    field.error_messages["invalid"] = "请填写数字，如 4761.85。"
    return field


def read_budgets(upload, schools) -> dict[str, str]:
    """``{field name: amount}`` from an uploaded sheet; rows without an amount are left out.

    Raises ``ValidationError`` with one sentence for every row that cannot be understood.
    """
    table = read_table(
        name=upload.name, content=upload.read(), sheet="预算批复", columns=[CODE, AMOUNT]
    )
    known = {school.code: school for school in schools}
    at_code, at_amount = table.headers.index(CODE), table.headers.index(AMOUNT)
    found: dict[str, str] = {}
    wrong = []
    for number, row in enumerate(table, start=table.first_row):
        code, words = text_of(row[at_code]), text_of(row[at_amount])
        if not code or not words or code == "合计":
            continue
        name = BudgetForm.name_of(known[code]) if code in known else ""
        if not name:
            wrong.append(f"第 {number} 行：学校标识码“{code}”不是本县有回购协议的学校。")
        elif name in found:
            wrong.append(f"第 {number} 行：学校标识码“{code}”出现了两次。")
        elif (amount := _amount(row[at_amount])) is None:
            wrong.append(f"第 {number} 行：批复金额“{words}”不是 0 或正数、最多两位小数的金额。")
        else:
            found[name] = str(amount)
    if wrong:
        raise ValidationError(wrong)
    if not found:
        raise ValidationError("表里没有填写批复金额。")
    return found


def _amount(value) -> Decimal | None:
    """A cell as an amount; a number of Excel is what it shows to the fen."""
    if isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value).strip().replace(",", "").replace("，", ""))
    except ArithmeticError:
        return None
    if not amount.is_finite() or amount < 0 or abs(amount - cents(amount)) > Decimal("1e-6"):
        return None
    return cents(amount)


class CheckForm(forms.Form):
    """维护考核 of one period for many schools: result, open faults and a remark each."""

    since = forms.DateField(label="考核期起", widget=Day)
    until = forms.DateField(label="考核期止", widget=Day)

    def __init__(self, *args, agreements, **kwargs):
        super().__init__(*args, **kwargs)
        self.agreements = list(agreements)
        self.fields["until"].initial = clock.today
        for row in self.agreements:
            self.fields[f"result-{row.pk}"] = forms.ChoiceField(
                label=f"{row.school}考核结果", choices=RESULTS, required=False
            )
            self.fields[f"faults-{row.pk}"] = forms.IntegerField(
                label=f"{row.school}未修复故障（件）", min_value=0, max_value=999, required=False
            )
            self.fields[f"remark-{row.pk}"] = forms.CharField(
                label=f"{row.school}说明", max_length=300, required=False, strip=True
            )

    def rows(self):
        names = ("result", "faults", "remark")
        return [(row, [self[f"{name}-{row.pk}"] for name in names]) for row in self.agreements]

    def results(self) -> list[dict]:
        """What was chosen: keyword arguments of ``record_check`` without the person."""
        data = self.cleaned_data
        return [
            {
                "agreement": row,
                "since": data["since"],
                "until": data["until"],
                "passed": data[f"result-{row.pk}"] == "pass",
                "open_faults": data[f"faults-{row.pk}"] or 0,
                "remark": data[f"remark-{row.pk}"],
            }
            for row in self.agreements
            if data[f"result-{row.pk}"]
        ]

    def clean(self):
        data = super().clean()
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", "考核期的止日不能早于起日。")
        if until and until > clock.today():
            self.add_error("until", "考核期的止日不能晚于今天。")
        for row in self.agreements:
            if data.get(f"result-{row.pk}") == "fail" and not data.get(f"remark-{row.pk}"):
                self.add_error(f"remark-{row.pk}", "考核不合格时请写明原因。")
        if not self.errors and not self.results():
            raise ValidationError("没有选择任何学校的考核结果。")
        return data


class HoldForm(forms.Form):
    """提请暂缓付款."""

    reason = reason_field(
        "暂缓原因", "写明供应商没有履行的维护义务；决定暂缓后供应商会看到，由县财务决定。"
    )


class DecideHoldForm(DecisionForm):
    """县财务决定暂缓付款."""

    intro = "同意后，这一期在解除前不能审核通过、不能付款；其他期次不受影响。"
    pass_label, return_label = "同意暂缓", "不同意"
    template = "financing/gate_hold_step.html"

    def context(self) -> dict:
        return {"hold": self.subject}

    def save(self) -> None:
        decide_hold(
            hold=self.subject,
            user=self.user,
            passed=self.passed,
            opinion=self.cleaned_data["opinion"].strip(),
        )


class LiftForm(forms.Form):
    """解除暂缓付款."""

    reason = reason_field("解除原因", "写明整改和复查的情况。")


class RiskForm(forms.Form):
    """领导小组承担风险."""

    reason = reason_field(
        "承担理由", "写明依据、风险应对措施和会议纪要文号；登记后不能修改，红线仍然显示。"
    )


def half_year_before(day: dt.date) -> dt.date:
    """The first day of the half-year term that ended before ``day``: a start to change."""
    return dt.date(day.year, 1, 1) if day.month > 6 else dt.date(day.year - 1, 7, 1)
