"""Forms of the assets floor: the two steps of a registration, and an asset class."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.core.validators import RegexValidator

from assets import actions
from assets.entry import entry_of
from assets.models import AssetCard, AssetClass
from procurement.models import PlanLine
from registry import clock
from registry.widgets import Day
from workflow.forms import StepForm

CUSTODIAN = AssetCard._meta.get_field("custodian").max_length


@dataclass
class Room:
    """One room of the form: its cards, and the three fields about it."""

    line: PlanLine
    label: str
    cards: list[AssetCard]
    custodian: forms.BoundField
    serials: forms.BoundField
    labels: forms.BoundField


class ConfirmCardsForm(StepForm):
    """学校核对贴标签, room by room; what is filled in may be kept for later.

    Fields per room: ``custodian-<line>``, ``serials-<line>``, ``labels-<line>``. The button
    ``all_agree`` ticks both boxes of every room; ``custodian`` is for rooms that name nobody.
    """

    intro = "逐班对照铭牌核对序列号，贴好标签，落实保管人。没有核对完的可以先暂存；铭牌与登记不一致的不要勾选，先请供应商和装备站查明。"
    button = "核对完毕"
    partial = True
    template = "assets/confirm_cards.html"

    custodian = forms.CharField(
        label="统一保管人",
        max_length=CUSTODIAN,
        required=False,
        help_text="没有单独填写保管人的班级都由此人保管。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._cards: dict[PlanLine, list[AssetCard]] = {}
        for card in self.subject.cards.whole().by_room():
            self._cards.setdefault(card.plan_line, []).append(card)
        for line, cards in self._cards.items():
            self._add_room(line, cards)

    def _add_room(self, line: PlanLine, cards: list[AssetCard]) -> None:
        self.fields[f"custodian-{line.pk}"] = forms.CharField(
            label=f"{line.classroom.name}保管人",
            max_length=CUSTODIAN,
            required=False,
            initial=cards[0].custodian,
        )
        self.fields[f"serials-{line.pk}"] = forms.BooleanField(
            label=f"{line.classroom.name}序列号与铭牌相符",
            required=False,
            initial=all(card.checked_on for card in cards),
        )
        self.fields[f"labels-{line.pk}"] = forms.BooleanField(
            label=f"{line.classroom.name}标签已贴",
            required=False,
            initial=all(card.labelled_on for card in cards),
        )

    @property
    def rooms(self) -> list[Room]:
        """The rooms as the page shows them, in the order of a walk through the school."""
        return [
            Room(
                line,
                cards[0].room,
                cards,
                *(self[f"{name}-{line.pk}"] for name in ("custodian", "serials", "labels")),
            )
            for line, cards in self._cards.items()
        ]

    def context(self) -> dict:
        return {"labels_url": self.subject.labels_url}

    def clean(self):
        data = super().clean()
        for line in self._cards:
            self._fill(data, line.pk)
            if self.finish:
                self._ask_for_rest(data, line)
        return data

    def _fill(self, data: dict, pk: int) -> None:
        """What one button or one name says for all rooms."""
        if not data.get(f"custodian-{pk}"):
            data[f"custodian-{pk}"] = data.get("custodian", "")
        if "all_agree" in self.data:
            data[f"serials-{pk}"] = data[f"labels-{pk}"] = True

    def _ask_for_rest(self, data: dict, line: PlanLine) -> None:
        for name, sentence in (
            ("custodian", "请填写保管人。"),
            ("serials", "请对照铭牌核对序列号后勾选。"),
            ("labels", "请贴好标签后勾选。"),
        ):
            field = f"{name}-{line.pk}"
            if field not in self.errors and not data.get(field):
                self.add_error(field, sentence)

    def save(self) -> None:
        data = self.cleaned_data
        checks = [
            actions.RoomCheck(
                line=line.pk,
                custodian=data[f"custodian-{line.pk}"],
                serials_agree=data[f"serials-{line.pk}"],
                labelled=data[f"labels-{line.pk}"],
            )
            for line in self._cards
        ]
        actions.check_rooms(registration=self.subject, user=self.user, checks=checks)
        if self.finish:
            actions.confirm(registration=self.subject, user=self.user)


class BookForm(StepForm):
    """入账: the voucher under which the school's finance entered the assets."""

    intro = "按下列分录入账后，填写记账凭证号和日期。入账后签订回购协议，形成分期付款计划。"
    button = "确认入账"
    template = "assets/book.html"

    voucher = forms.CharField(label="记账凭证号", max_length=40, help_text="如“记-2026-11-0032”。")
    booked_on = forms.DateField(label="入账日期", widget=Day, initial=clock.today)

    def context(self) -> dict:
        return {"entry": entry_of(self.subject), "sums": self.subject.cards.sums()}

    def save(self) -> None:
        actions.book(
            registration=self.subject,
            user=self.user,
            voucher=self.cleaned_data["voucher"],
            booked_on=self.cleaned_data["booked_on"],
        )


class AssetClassForm(forms.ModelForm):
    """A class that the table does not have yet, or another life for one it has."""

    class Meta:
        model = AssetClass
        fields = ["code", "edition", "name", "life_years"]
        help_texts = {
            "code": "GB/T 14885-2022 代码，如 A02020200。",
            "life_years": "不低于财会〔2017〕4号规定的最低折旧年限。",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].validators.append(
            RegexValidator(r"^[A-C]\d{2,8}$", "分类代码是一个大写字母加 2 至 8 位数字。")
        )
