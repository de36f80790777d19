"""移交申请 and the three signatures."""

from __future__ import annotations

from django import forms

from acceptance.actions import open_handover, sign_handover
from acceptance.actions.signing import current_paper
from acceptance.enums import HandoverParty
from acceptance.rounds import live_lines
from documents.enums import PaperKind
from registry.widgets import Signature
from workflow.forms import StepForm


class HandoverForm(StepForm):
    """The supplier lists the keys and papers that go with the equipment."""

    button = "提出移交"
    intro = "设备按安装登记自动列入移交单；这里列清随交的钥匙和资料。"

    documents = forms.CharField(
        label="随交资料",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="每行一种，依次写名称、数量、备注，用空格隔开。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rooms = live_lines(self.subject).count()
        self.fields["documents"].initial = "\n".join(
            (
                f"机柜钥匙 {rooms * 2}把 每班两把",
                f"说明书、合格证、保修卡 {rooms}套",
                "布线图和检验报告 1份 由资产员保管",
            )
        )

    def save(self) -> None:
        open_handover(project_school=self.subject, user=self.user, **self.cleaned_data)


class SignHandoverForm(StepForm):
    """Base of the three signatures under the 移交单."""

    party: HandoverParty
    button = "签署移交单"
    intro = "请核对移交单所列设备、序列号和资料，当面点清后签署。"
    template = "acceptance/sign_handover.html"

    checked = forms.BooleanField(
        label="已当面点清，数量、序列号和资料与移交单一致",
        error_messages={"required": "请点清后勾选确认。"},
    )
    signature = forms.CharField(
        label="手写签名", widget=Signature(), error_messages={"required": "请在签名框内手写签名。"}
    )

    def save(self) -> None:
        sign_handover(
            project_school=self.subject,
            user=self.user,
            party=self.party,
            image=self.cleaned_data["signature"],
            address=self.address,
        )

    def context(self) -> dict:
        return {
            "paper": current_paper(self.subject, PaperKind.HANDOVER),
            "party": self.party.label,
        }


class SupplierSignForm(SignHandoverForm):
    party = HandoverParty.SUPPLIER


class SchoolSignForm(SignHandoverForm):
    party = HandoverParty.SCHOOL


class StationSignForm(SignHandoverForm):
    party = HandoverParty.STATION
