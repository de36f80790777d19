"""Forms of the steps 编制方案 and 领导小组审批, and of the change order."""

from __future__ import annotations

from django import forms

from procurement.actions.funding import funding_amounts
from procurement.actions.plan import decide, submit_plan
from procurement.enums import ImportMode
from procurement.models import PlanImport
from procurement.resources import import_plan
from registry.models import Parameter
from registry.widgets import FileDrop
from registry.workbook import too_large
from workflow.forms import DecisionForm, StepForm

NEWEST_IMPORTS = 5


def picture_of(project) -> dict:
    """The plan's figures as both steps show them: totals, townships, cost beside budget, funding."""
    townships = list(project.lines.by_township())
    classrooms = sum(row["classrooms"] for row in townships)
    low, high = project.price_range()
    return {
        "townships": townships,
        "schools_total": sum(row["schools"] for row in townships),
        "classrooms_total": classrooms,
        "difference": classrooms - project.target_classrooms,
        "cost_low": low * classrooms,
        "cost_high": high * classrooms,
        "price_low": low,
        "price_high": high,
        "over_budget": bool(classrooms) and low * classrooms > project.budget,
        "funding": funding_amounts(project),
    }


class PlanForm(StepForm):
    """编制方案. Sending a file only takes the file over; the plan is submitted without one."""

    intro = "上传附表1形成学校班级清单，核对无误后提交领导小组审批。"
    button = "提交领导小组审批"
    partial = True
    template = "procurement/plan_step.html"

    upload = forms.FileField(
        label="附表1(xlsx)",
        required=False,
        widget=FileDrop("只接收 .xlsx，列名照模板，列的顺序不限。", ".xlsx"),
    )
    mode = forms.ChoiceField(
        label="方式",
        choices=ImportMode.choices,
        initial=ImportMode.REPLACE,
        required=False,
        widget=forms.RadioSelect,
    )
    deviate = forms.BooleanField(label="实际班数与年度任务不符，仍提交", required=False)
    deviation = forms.CharField(
        label="不符的原因",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.imported: PlanImport | None = None
        if self.is_bound and self.files.get("upload"):
            self.finish = False

    def context(self) -> dict:
        imports = PlanImport.objects.filter(project=self.subject).select_related("by")
        return {
            **picture_of(self.subject),
            "imports": imports[:NEWEST_IMPORTS],
            "list_url": self.subject.plan_url,
        }

    def clean_upload(self):
        upload = self.cleaned_data["upload"]
        if upload:
            limit = int(Parameter.objects.value("file.max_megabytes"))
            if upload.size > limit * 2**20:
                raise too_large(upload.name, upload.size, limit)
        return upload

    def clean(self):
        data = super().clean()
        if self.finish and data.get("deviate") and not data.get("deviation", "").strip():
            self.add_error("deviation", "勾选“仍提交”时请写明不符的原因。")
        if not self.finish and not data.get("upload") and not self.errors:
            self.add_error("upload", "请选择要导入的文件。")
        return data

    def save(self) -> None:
        data = self.cleaned_data
        if data["upload"]:
            self._import(data["upload"], data["mode"] or ImportMode.REPLACE)
        else:
            reason = data["deviation"] if data["deviate"] else ""
            submit_plan(
                project=self.subject, user=self.user, deviation=reason, address=self.address
            )

    def _import(self, upload, mode: str) -> None:
        """A refused list is kept with its marks, so this adds the error instead of raising it."""
        self.imported = import_plan(
            project=self.subject,
            user=self.user,
            name=upload.name,
            content=upload.read(),
            mode=mode,
        )
        if self.imported.errors:
            self.add_error(
                "upload",
                f"“{upload.name}”有 {self.imported.errors} 行有问题，一行也没有导入。"
                "请下载标注了问题的文件，照“问题”列改好后重新上传。",
            )
        else:
            self.kept = f"“{upload.name}”已导入：{self.imported.outcome}。核对后提交领导小组审批。"


class ApprovalForm(DecisionForm):
    """领导小组审批."""

    intro = "核对总量、预算和出资后批准；退回时写明原因，项目办改好后重新提交。"
    pass_label, return_label = "同意方案", "退回修改"
    template = "procurement/approval_step.html"

    def context(self) -> dict:
        return {**picture_of(self.subject), "list_url": self.subject.plan_url}

    def save(self) -> None:
        decide(
            project=self.subject,
            user=self.user,
            approved=self.passed,
            opinion=self.cleaned_data["opinion"],
            address=self.address,
        )


class ChangeForm(forms.Form):
    """提出变更."""

    reason = forms.CharField(
        label="变更原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class ChangeDecisionForm(forms.Form):
    """批准变更, or not with a reason."""

    decision = forms.ChoiceField(
        label="意见",
        choices=[("approve", "同意移出计划"), ("refuse", "不同意")],
        widget=forms.RadioSelect,
    )
    opinion = forms.CharField(
        label="说明",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不同意时必须写明原因。",
    )

    def clean(self):
        data = super().clean()
        if data.get("decision") == "refuse" and not data.get("opinion", "").strip():
            self.add_error("opinion", "不同意时请写明原因。")
        return data
