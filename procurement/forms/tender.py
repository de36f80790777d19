"""Forms of the tender's steps: announce, record the opening, award."""

from __future__ import annotations

from django import forms
from django.forms import formset_factory

from procurement import findings, rules
from procurement.actions.tender import (
    BidEntry,
    announce,
    decide_award,
    fail_tender,
    leaders_of,
    live_lines,
    record_opening,
)
from procurement.enums import FailureGround
from procurement.models import Bid, Tender
from registry import clock
from registry.codes import validate_uscc
from registry.enums import SupplierSize
from registry.models import Supplier
from registry.money import ZERO, cents
from registry.widgets import Day, SearchSelect
from workflow.forms import StepForm

MOST_BIDS = 30


def yuan_field(label: str, **kwargs) -> forms.DecimalField:
    """An amount in yuan with two decimals."""
    return forms.DecimalField(
        label=label,
        min_value=kwargs.pop("min_value", ZERO),
        max_digits=14,
        decimal_places=2,
        error_messages={
            "min_value": "金额不能为负数。",
            "max_decimal_places": "金额最多两位小数。",
            "invalid": "请填写数字金额，如 21500.00。",
        },
        **kwargs,
    )


class AnnounceForm(StepForm):
    """编制招标文件并发布公告."""

    intro = "填写已在指定媒体发布的招标公告。日期已按法定最短期限预填。"
    button = "确认公告已发布"
    template = "procurement/tender_announce.html"
    groups = [
        ("招标公告", ["number", "agency", "announced_on", "documents_until", "bids_due_on"]),
        ("限价、保证金与预留份额", ["ceiling", "bid_bond", "reserved_percent"]),
    ]

    number = forms.CharField(label="采购项目编号", max_length=40)
    agency = forms.CharField(
        label="采购代理机构", max_length=80, required=False, help_text="自行组织招标的不填。"
    )
    announced_on = forms.DateField(label="公告发布日期", widget=Day)
    documents_until = forms.DateField(label="招标文件提供至", widget=Day)
    bids_due_on = forms.DateField(label="投标截止日期", widget=Day)
    ceiling = yuan_field(
        "最高限价（元）", required=False, help_text="可不设；不得超过预算，不得设最低限价。"
    )
    bid_bond = yuan_field("投标保证金（元）", required=False)
    reserved_percent = forms.DecimalField(
        label="预留中小企业份额（%）",
        min_value=0,
        max_value=100,
        decimal_places=2,
        required=False,
        help_text="整体专门面向中小企业的填 100；不预留的填 0，评审时给予小微企业价格扣除。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        today = clock.today()
        law = findings.law_of(self.subject.project.county)
        earliest = law.due("tender.bidding_days", today)
        self.initial |= {
            "announced_on": today,
            "documents_until": law.due("tender.documents_workdays", today),
            "bids_due_on": earliest,
        }
        percent = law.value("tender.bid_bond_percent")
        most = cents(self.subject.project.budget * percent / 100)
        self.fields[
            "bid_bond"
        ].help_text = f"不超过预算的 {rules.plain(percent)}%，即 {rules.yuan(most)}；不收取的不填。"
        self.fields[
            "bids_due_on"
        ].help_text = (
            f"今天公告的，最早为 {earliest}（不少于 {law.days('tender.bidding_days')} 日）。"
        )

    def context(self) -> dict:
        project = self.subject.project
        return {"project": project, "sets": live_lines(project).count()}

    def save(self) -> None:
        data = self.cleaned_data
        announce(
            tender=self.subject,
            user=self.user,
            number=data["number"],
            agency=data["agency"],
            announced_on=data["announced_on"],
            documents_until=data["documents_until"],
            bids_due_on=data["bids_due_on"],
            ceiling=data["ceiling"],
            bid_bond=data["bid_bond"] or ZERO,
            reserved_percent=data["reserved_percent"] or ZERO,
        )


class BidForm(forms.Form):
    """One bid of the opening record."""

    supplier = forms.ModelChoiceField(
        Supplier.objects.none(),
        label="投标人（登记册）",
        required=False,
        widget=SearchSelect,
        error_messages={"invalid_choice": "这家企业不在登记册中，请重新选择或按新企业填写。"},
    )
    name = forms.CharField(label="新企业名称", max_length=80, required=False)
    uscc = forms.CharField(label="统一社会信用代码", max_length=18, required=False)
    size = forms.ChoiceField(
        label="企业规模", choices=SupplierSize.choices, initial=SupplierSize.SMALL, required=False
    )
    brand = forms.CharField(label="核心产品品牌", max_length=40, required=False)
    set_price = yuan_field("单套报价（元）", required=False)
    opening_price = yuan_field("开标一览表总价（元）", required=False)
    correction_confirmed = forms.BooleanField(label="总价不一致，投标人已书面确认", required=False)
    evaluated_price = yuan_field("评审价（价格扣除后，元）", required=False)
    valid = forms.BooleanField(label="通过资格和符合性审查", required=False, initial=True)
    rejection = forms.CharField(label="无效理由", max_length=200, required=False)

    def clean(self) -> dict:
        data = super().clean()
        if not self.has_changed():
            return data
        self._clean_supplier(data)
        for name in ("set_price", "opening_price"):
            if name not in self.errors and not data.get(name):
                self.add_error(name, "请填写大于 0 的金额。")
        if not data.get("valid") and not data.get("rejection"):
            self.add_error("rejection", "判定投标无效须写明理由。")
        return data

    def _clean_supplier(self, data: dict) -> None:
        if data.get("supplier") or "supplier" in self.errors:
            return
        data["uscc"] = data.get("uscc", "").strip().upper()
        if not data.get("name"):
            self.add_error("supplier", "请从登记册选择投标人，或填写新企业的名称和信用代码。")
            return
        try:
            validate_uscc(data["uscc"])
        except forms.ValidationError as error:
            self.add_error("uscc", error)

    def entry(self) -> BidEntry:
        data = self.cleaned_data
        return BidEntry(**{name: data[name] for name in BidEntry.__dataclass_fields__})


class BaseBidFormSet(forms.BaseFormSet):
    """The opening record; suppliers are read once for all rows."""

    @property
    def entries(self) -> list[BidEntry]:
        return [form.entry() for form in self.forms if form.has_changed()]


BidFormSet = formset_factory(
    BidForm, formset=BaseBidFormSet, extra=3, max_num=MOST_BIDS, validate_max=True
)


class OpeningForm(StepForm):
    """开标评标记录."""

    EVALUATED, TOO_FEW, FAILED = "evaluated", "too_few", "failed"

    intro = "录入开标一览表和评审结果。投标人不足三家的不得开标，选第二项。"
    button = "提交开标评标记录"
    template = "procurement/tender_opening.html"
    groups = [
        ("结果", ["result"]),
        ("开标后填写", ["opened_on", "evaluated_on", "reported_on"]),
        ("废标时填写", ["bidders", "ground", "failure_reason"]),
    ]

    result = forms.ChoiceField(
        label="开标评标结果",
        widget=forms.RadioSelect,
        initial=EVALUATED,
        choices=[
            (EVALUATED, "已开标、评标，收到评审报告，报定标"),
            (TOO_FEW, "投标截止时投标人不足三家，未开标，废标"),
            (FAILED, "已开标，废标"),
        ],
    )
    opened_on = forms.DateField(label="开标日期", widget=Day, required=False)
    evaluated_on = forms.DateField(label="评标结束日期", widget=Day, required=False)
    reported_on = forms.DateField(
        label="收到评审报告日期",
        widget=Day,
        required=False,
        help_text="自行组织招标的，与评标结束同日。定标期限从这天起算。",
    )
    bidders = forms.IntegerField(
        label="投标人数", min_value=0, required=False, help_text="未开标废标的填写。"
    )
    ground = forms.ChoiceField(
        label="废标情形",
        choices=[("", "————"), *FailureGround.choices],
        required=False,
        help_text="只有这四种情形可以废标（采购法第三十六条）。",
    )
    failure_reason = forms.CharField(
        label="废标理由",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="将告知所有投标人。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        due = self.subject.bids_due_on
        self.initial |= {"opened_on": due, "evaluated_on": due, "reported_on": due}
        self.bids = BidFormSet(self.data if self.is_bound else None, prefix="bids")
        self.empty_bid = self.bids.empty_form
        known = Supplier.objects.visible_to(self.user)
        choices = [("", "——新企业，填下方——"), *known.values_list("pk", "name")]
        for form in [*self.bids.forms, self.empty_bid]:
            form.fields["supplier"].queryset = known
            # One list for all rows, instead of one query a row.
            form.fields["supplier"].widget.choices = choices

    def context(self) -> dict:
        return {"bids": self.bids, "empty_bid": self.empty_bid, "tender": self.subject}

    def clean(self) -> dict:
        data = super().clean()
        result = data.get("result")
        if result == self.TOO_FEW:
            self._clean_too_few(data)
        elif result:
            self._clean_opened(data, result)
        if result == self.FAILED and not data.get("ground"):
            self.add_error("ground", "请选择废标情形。")
        if result != self.EVALUATED and not data.get("failure_reason"):
            self.add_error("failure_reason", "请写明废标理由。")
        return data

    def _clean_too_few(self, data: dict) -> None:
        if data.get("bidders") is None and "bidders" not in self.errors:
            self.add_error("bidders", "请填写投标截止时的投标人数。")
        if self.bids.is_valid() and self.bids.entries:
            self.add_error(None, "投标人不足三家不得开标，请清空投标登记表，不要登记报价。")

    def _clean_opened(self, data: dict, result: str) -> None:
        needed = ["opened_on"] + ["evaluated_on", "reported_on"] * (result == self.EVALUATED)
        for name in needed:
            if not data.get(name) and name not in self.errors:
                self.add_error(name, "请填写日期。")
        if not self.bids.is_valid():
            self.add_error(None, "投标登记表中有内容需要修改，见表中提示。")

    def save(self) -> None:
        data = self.cleaned_data
        if data["result"] != self.TOO_FEW:
            evaluated = data["result"] == self.EVALUATED
            record_opening(
                tender=self.subject,
                user=self.user,
                opened_on=data["opened_on"],
                evaluated_on=data["evaluated_on"] if evaluated else None,
                reported_on=data["reported_on"] if evaluated else None,
                bids=self.bids.entries,
            )
        if data["result"] != self.EVALUATED:
            fail_tender(
                tender=self.subject,
                user=self.user,
                ground=FailureGround.FEW if data["result"] == self.TOO_FEW else data["ground"],
                reason=data["failure_reason"],
                bidders=data["bidders"],
            )


class BidChoice(forms.ModelChoiceField):
    def label_from_instance(self, bid: Bid) -> str:
        words = f"{bid.supplier.name}，投标报价 {rules.yuan(bid.price)}"
        if bid.rank_price != bid.price:
            words += f"，评审价 {rules.yuan(bid.rank_price)}"
        return words


class AwardForm(StepForm):
    """定标: the lowest evaluated price is preset; another needs a reason."""

    intro = "按评审报告推荐的顺序确定中标人。定标后两个工作日内公告结果，同时发出中标通知书。"
    button = "确定中标人"
    template = "procurement/tender_award.html"

    winner = BidChoice(
        Bid.objects.none(),
        label="中标人",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"invalid_choice": "只能从本次招标的有效投标中选择。"},
    )
    reason = forms.CharField(
        label="理由",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="评审价最低者唯一且由其中标的，不必填写。",
    )
    decided_on = forms.DateField(label="定标日期", widget=Day)
    notified_on = forms.DateField(label="公告结果、发出中标通知书日期", widget=Day)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        tender: Tender = self.subject
        self.fields["winner"].queryset = tender.bids.ranked().select_related("supplier")
        leaders = leaders_of(tender)
        self.initial |= {"decided_on": clock.today(), "notified_on": clock.today()}
        if len(leaders) == 1:
            self.initial["winner"] = leaders[0].pk

    def context(self) -> dict:
        return {"tender": self.subject, "bids": self.subject.bids.select_related("supplier")}

    def save(self) -> None:
        data = self.cleaned_data
        decide_award(
            tender=self.subject,
            user=self.user,
            winner=data["winner"],
            decided_on=data["decided_on"],
            notified_on=data["notified_on"],
            reason=data["reason"],
        )
