"""履约验收 of the contract as a whole; a step of the project's story."""

from __future__ import annotations

from django import forms

from acceptance.actions import conclude_contract
from acceptance.actions.contract import unsettled_rooms
from acceptance.pdf import item_counts
from acceptance.rooms import tally
from workflow.forms import StepForm


class ContractAcceptanceForm(StepForm):
    """Who accepted the contract, how, against what standard, and with what result (B1–B3)."""

    button = "出具履约验收书"
    intro = "各校移交完成后，对合同整体出具履约验收书；付款以此为凭。"
    template = "acceptance/conclude.html"
    groups = [
        ("组织", ["organised", "body", "invited", "members"]),
        ("方式和标准", ["method", "sampling", "procedure", "content", "standard"]),
        ("结论", ["conclusion"]),
    ]

    organised = forms.ChoiceField(
        label="组织方式",
        choices=[("自行组织", "自行组织"), ("委托代理机构组织", "委托代理机构组织")],
    )
    body = forms.CharField(label="验收主体", max_length=80)
    invited = forms.CharField(
        label="邀请参加",
        max_length=120,
        required=False,
        help_text="其他供应商、专家、使用单位、检测机构；没有可不填。",
    )
    members = forms.CharField(
        label="验收组成员",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="每行一人，依次写姓名、单位、职务，用空格隔开。",
    )
    method = forms.CharField(label="验收方式", max_length=60, initial="分期验收，逐校逐班")
    sampling = forms.CharField(label="抽查检测", max_length=120, required=False)
    procedure = forms.CharField(
        label="验收程序",
        max_length=300,
        initial="到货安装、学校验收、装备站审核、县级逐班验收、移交、履约验收",
    )
    content = forms.CharField(
        label="验收内容",
        max_length=300,
        initial="合同所列全部技术、商务要求：设备、施工质量、培训、资料",
    )
    standard = forms.CharField(
        label="验收标准",
        max_length=300,
        initial="采购文件、投标文件和合同的约定，以及国家和行业标准",
    )
    conclusion = forms.CharField(
        label="验收结论",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        initial="合同约定的设备和服务全部履行完毕，各校各班验收合格，同意通过履约验收。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["body"].initial = f"{self.subject.dossier.county.name}教育局"

    def save(self) -> None:
        conclude_contract(project=self.subject, user=self.user, **self.cleaned_data)

    def context(self) -> dict:
        contract = self.subject.current_contract()
        return {
            "items": item_counts(contract) if contract else [],
            "tally": tally(self.subject),
            "unsettled": unsettled_rooms(self.subject),
        }
