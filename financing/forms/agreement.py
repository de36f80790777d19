"""签署回购协议 and its changes: read → confirm → identify → draw → seal."""

from __future__ import annotations

from django import forms

from financing.actions.signing import HEAD, SUPPLIER, papers_of, party_of, sign_agreement
from registry.widgets import Signature
from workflow.forms import StepForm


class SignForm(StepForm):
    """Base of every signature under this floor's papers; ``role`` is the capacity."""

    role: str
    button = "签字盖章"
    intro = "请先读完文书，再输入本人口令并签名。签署后内容不能再改。"
    template = "financing/sign_step.html"

    agreed = forms.BooleanField(
        label="已读完文书和回购计划表，同意全部内容",
        error_messages={"required": "请读完后勾选同意；有异议的，先与县财务联系。"},
    )
    password = forms.CharField(
        label="本人登录口令",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="签署前再确认一次是您本人。",
    )
    signature = forms.CharField(
        label="手写签名", widget=Signature(), error_messages={"required": "请在签名框内手写签名。"}
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["signature"].widget = Signature(who=self.role)

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError("口令不对，没有签署。请输入您登录本系统的口令。")
        return ""

    @property
    def agreement(self):
        return self.subject

    def context(self) -> dict:
        return {
            "papers": papers_of(self.subject),
            "agreement": self.agreement,
            "party": party_of(self.agreement, self.role),
        }

    def save(self) -> None:
        sign_agreement(
            agreement=self.subject,
            user=self.user,
            role=self.role,
            image=self.cleaned_data["signature"],
            address=self.address,
        )


class HeadSignsForm(SignForm):
    role = HEAD


class SupplierSignsForm(SignForm):
    role = SUPPLIER
