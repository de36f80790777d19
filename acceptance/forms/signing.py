"""校长签字盖章 and 装备站审核."""

from __future__ import annotations

from django import forms

from acceptance.actions import return_school_form, review_school_form, sign_school_form
from acceptance.actions.signing import current_paper, school_seal
from acceptance.models import InstalledItem
from documents.enums import PaperKind
from registry.widgets import Signature
from workflow.forms import DecisionForm, StepForm


class HeadSignForm(StepForm):
    """The signing ceremony: read → confirm each of three parts → identify → draw → seal."""

    button = "签字盖章"
    intro = "请先读完验收表，逐项确认，再输入本人口令并签名。签署后内容不能再改。"
    template = "acceptance/sign_head.html"

    equipment = forms.BooleanField(label="设备验收合格：型号、规格、数量与招标一致", required=False)
    workmanship = forms.BooleanField(
        label="施工质量验收合格：按标准施工，设备能正常使用", required=False
    )
    training = forms.BooleanField(label="培训质量验收合格：教师会用，技术员会维护", required=False)
    password = forms.CharField(
        label="本人登录口令",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="签署前再确认一次是您本人。",
    )
    signature = forms.CharField(label="手写签名", required=False, widget=Signature(who="校长"))
    refuse = forms.BooleanField(required=False, widget=forms.HiddenInput)
    opinion = forms.CharField(
        label="退回原因", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    @property
    def refused(self) -> bool:
        return bool(self.data.get("refuse"))

    def clean(self):
        data = super().clean()
        if self.refused:
            if not data.get("opinion", "").strip():
                self.add_error("opinion", "退回重验时请写明原因。")
            return data
        for name in ("equipment", "workmanship", "training"):
            if not data.get(name):
                self.add_error(name, "请逐项确认；不同意的，请退回重验。")
        if not self.user.check_password(data.get("password", "")):
            self.add_error("password", "口令不对，没有签署。请输入您登录本系统的口令。")
        if not data.get("signature"):
            self.add_error("signature", "请在签名框内手写签名。")
        return data

    def save(self) -> None:
        if self.refused:
            return_school_form(
                project_school=self.subject, user=self.user, reason=self.cleaned_data["opinion"]
            )
            return
        sign_school_form(
            project_school=self.subject,
            user=self.user,
            image=self.cleaned_data["signature"],
            address=self.address,
        )

    @property
    def reason(self) -> str:
        return self.cleaned_data["opinion"] if self.refused else ""

    def context(self) -> dict:
        return {
            "paper": current_paper(self.subject, PaperKind.SCHOOL_ACCEPTANCE),
            "seal": school_seal(self.subject),
        }


class ReviewForm(DecisionForm):
    """装备站审核 of the school's form, with what differs from the contract before their eyes."""

    pass_label, return_label = "审核通过", "退回学校重验"
    template = "acceptance/review.html"

    def save(self) -> None:
        review_school_form(
            project_school=self.subject,
            user=self.user,
            passed=self.passed,
            opinion=self.cleaned_data["opinion"],
            address=self.address,
        )

    def context(self) -> dict:
        pieces = InstalledItem.objects.filter(plan_line__project_school=self.subject)
        pieces = pieces.select_related("item", "plan_line__classroom")
        return {
            "paper": current_paper(self.subject, PaperKind.SCHOOL_ACCEPTANCE),
            "differing": pieces.present().differing(),
            "swapped": pieces.exclude(returned_on=None).order_by("returned_on", "pk"),
            "pieces": pieces.present().count(),
        }
