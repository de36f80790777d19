"""Forms of the contract's steps: draft it for the winner, confirm it as the supplier."""

from __future__ import annotations

from dataclasses import fields

from django import forms
from django.forms import formset_factory

from documents.models import Seal
from procurement.actions.contract import (
    ItemEntry,
    Terms,
    confirm_contract,
    draft_contract,
    return_contract,
)
from procurement.actions.contract_paper import drafted_paper, repayment_words
from procurement.forms.tender import yuan_field
from procurement.models import Contract
from procurement.repayment import percents_of
from registry import clock
from registry.widgets import Day, Signature
from workflow.forms import DecisionForm, StepForm

TERMS = [field.name for field in fields(Terms)]
USUAL = {
    "warranty_years": 3,
    "years": 5,
    "retention_months": 12,
    "maintenance": "质保期内免费上门维修，返修期间提供备件替换；租赁期内负责日常维护和技术支持。",
    "ownership": "租赁期满且款项付清后，设备所有权无偿转归使用学校。",
    "acceptance": "学校验收（设备、施工质量、培训质量）合格并经装备站审核后，由县级验收组逐班验收；型号规格须与本合同一致。",
    "liability": "逾期交货或验收不合格的，限期整改并按约定承担违约金；争议由双方协商，协商不成的向采购人所在地人民法院起诉。",
}
"""What such contracts usually say; every clause can be changed before it is sent out."""


MORE = {
    "down_percent": "没有首付填 0。",
    "fixed_payment": "“约定每期付款额”时填写：全部学校合计每期付多少，利率由系统推算，再按各校本金分摊。",
    "residual_percent": "与最后一期一并支付。",
    "retention_percent": "从货款中暂扣，不计利息。",
    "retention_months": "验收合格后满几个月返还质保金。",
    "grace": "前几期只付利息。",
    "late_rate": "留空按《保障中小企业款项支付条例》日万分之五。",
    "allocation": "同一笔欠款里先抵哪一项；先抵最早到期的一期。",
}
"""Terms that many contracts leave out, with what is said beside the field."""


class ItemForm(forms.Form):
    """Brand, model and price of one item; what it is and how many of it is as tendered."""

    brand = forms.CharField(label="品牌", max_length=40)
    model = forms.CharField(label="型号", max_length=60)
    specification = forms.CharField(label="规格", max_length=200, required=False)
    unit_price = yuan_field("单价（元）", widget=forms.NumberInput(attrs={"step": "0.01"}))

    def __init__(self, *args, item=None, **kwargs):
        """``item``: a mode's or an earlier draft's line."""
        super().__init__(*args, **kwargs)
        self.item = item
        if item is not None:
            self.fields["unit_price"].widget.attrs["data-per-set"] = item.per_set

    def entry(self) -> ItemEntry:
        return ItemEntry(
            name=self.item.name,
            catalogue_code=self.item.catalogue_code,
            unit=self.item.unit,
            per_set=self.item.per_set,
            **self.cleaned_data,
        )


class BaseItemFormSet(forms.BaseFormSet):
    """Exactly one row per tendered item, whatever number of rows is posted."""

    def __init__(self, *args, items, **kwargs):
        self.items = items
        super().__init__(*args, **kwargs)

    def total_form_count(self) -> int:
        return len(self.items)

    def initial_form_count(self) -> int:
        return len(self.items)

    def get_form_kwargs(self, index):
        given = super().get_form_kwargs(index)
        return given if index is None else given | {"item": self.items[index]}

    @property
    def entries(self) -> list[ItemEntry]:
        return [form.entry() for form in self.forms]


ItemFormSet = formset_factory(ItemForm, formset=BaseItemFormSet, extra=0)


class ContractForm(StepForm):
    """签订合同: items with prices that make exactly the winning bid, lease terms, clauses."""

    intro = "单价合计须与中标价完全一致。提交即代表采购人签署，送供应商确认。"
    button = "签署并送供应商确认"
    template = "procurement/contract_draft.html"
    groups = [
        ("合同双方", ["number", "buyer", "buyer_address", "buyer_contact"]),
        (
            "租赁与回购",
            ["annual_rate", "years", "payments_per_year", "repayment", "timing", "down_percent"],
        ),
        (
            "履约",
            ["delivery_due_on", "warranty_years", "maintenance", "performance_bond"],
        ),
        ("其他条款", ["ownership", "acceptance", "liability"]),
        (
            "更多约定",
            [
                "fixed_payment",
                "percents",
                "residual_percent",
                "retention_percent",
                "retention_months",
                "grace",
                "late_rate",
                "allocation",
            ],
            "没有约定的不用填。",
        ),
    ]
    folded = ("更多约定",)

    percents = forms.CharField(
        label="各期比例（%）",
        max_length=300,
        required=False,
        help_text="“约定各期比例”时填写，用逗号隔开，如“20,20,20,20,20”，合计 100。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.contract = getattr(self.subject, "contract", None)
        self.fields = forms.fields_for_model(Contract, ["number", *TERMS]) | self.fields
        for name, words in MORE.items():
            self.fields[name].required, self.fields[name].help_text = False, words
        for name in ("ownership", "acceptance", "liability", "maintenance"):
            self.fields[name].widget = forms.Textarea(attrs={"rows": 2})
        for name in ("ownership", "acceptance", "liability", "buyer_address"):
            self.fields[name].required = True  # 87号令 72: a contract must say these
        self.fields["delivery_due_on"].widget = Day()
        self.initial |= self._initial()
        items = self._items()
        self.items = ItemFormSet(
            self.data if self.is_bound else None,
            prefix="items",
            items=items,
            initial=[_known(item) for item in items],
        )

    def _items(self) -> list:
        if self.contract is not None:
            return list(self.contract.items.all())
        return list(self.subject.project.mode.items.all())

    def _initial(self) -> dict:
        if self.contract is not None:
            known = {name: getattr(self.contract, name) for name in ["number", *TERMS]}
            return known | {"percents": ",".join(self.contract.percents)}
        project = self.subject.project
        return USUAL | {
            "number": f"{self.subject.number}-HT",
            "buyer": f"{project.county.name}教育局",
            "delivery_due_on": max(project.deadline, clock.today()),
        }

    def context(self) -> dict:
        tender = self.subject
        return {"tender": tender, "bid": tender.winner, "items": self.items}

    def clean_percents(self) -> list[str]:
        try:
            return percents_of(self.cleaned_data["percents"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict:
        data = super().clean()
        for name in MORE:  # what is not agreed is as if it had not been asked
            if data.get(name) in (None, ""):
                data[name] = Contract._meta.get_field(name).get_default()
        if not self.items.is_valid():
            self.add_error(None, "设备清单中有内容需要修改，见表中提示。")
        return data

    def save(self) -> None:
        data = self.cleaned_data
        draft_contract(
            tender=self.subject,
            user=self.user,
            number=data["number"],
            items=self.items.entries,
            terms=Terms(**{name: data[name] for name in TERMS}),
            address=self.address,
        )


def _known(item) -> dict:
    return {
        name: getattr(item, name, "") for name in ("brand", "model", "specification", "unit_price")
    }


class ConfirmContractForm(DecisionForm):
    """供应商确认签约: sign what the buyer signed, or send it back with a reason."""

    intro = "请核对合同要素表。确认后合同即签订，不能再改。"
    pass_label, return_label = "确认签约", "退回修改"
    button = "提交"
    template = "procurement/contract_confirm.html"

    signature = forms.CharField(
        label="签名", required=False, widget=Signature("企业授权代表"), help_text="可不手写。"
    )
    sealed = forms.BooleanField(label="加盖本企业已登记的印章", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.contract = self.subject.contract
        if not Seal.objects.in_use().filter(supplier=self.contract.supplier).exists():
            del self.fields["sealed"]

    def context(self) -> dict:
        contract, bid = self.contract, self.contract.tender.winner
        items = list(contract.items.all())
        return {
            "contract": contract,
            "lines": [
                {"item": i, "quantity": i.per_set * bid.sets, "amount": i.per_set_price * bid.sets}
                for i in items
            ],
            "set_price": bid.set_price,
            "sets": bid.sets,
            "amount": bid.price,
            "paper": drafted_paper(contract),
            "terms": repayment_words(contract),
        }

    def save(self) -> None:
        data = self.cleaned_data
        if not self.passed:
            return_contract(contract=self.contract, user=self.user, reason=data["opinion"])
            return
        confirm_contract(
            contract=self.contract,
            user=self.user,
            address=self.address,
            image=data["signature"],
            sealed=data.get("sealed", False),
        )
