"""到货安装: serial numbers room by room, on the page or by Excel, and pieces taken back."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from acceptance.actions import Piece, finish_installation, install, replace, take_back
from acceptance.actions.install import faults
from acceptance.models import InstalledItem
from acceptance.resources import marked, read, slots
from documents.actions import attach
from registry import clock
from registry.widgets import Day, FileDrop
from workflow.forms import StepForm


@dataclass
class Slot:
    """One place for a piece on the page."""

    key: str
    item: object
    position: int
    piece: InstalledItem | None
    value: str = ""
    reason: str = ""
    model: str = ""
    error: str = ""


@dataclass
class RoomSlots:
    """One room's places."""

    line: object
    slots: list[Slot] = field(default_factory=list)

    @property
    def filled(self) -> int:
        return sum(slot.piece is not None for slot in self.slots)

    @property
    def complete(self) -> bool:
        return self.filled == len(self.slots)

    @property
    def touched(self) -> bool:
        return any(slot.value or slot.reason or slot.error for slot in self.slots)


class InstallForm(StepForm):
    """Serial numbers per room; saved bit by bit, finished when every room is complete."""

    intro = "设备装到哪间填到哪间，随时暂存；所有班级装齐后提交。序列号按铭牌填写，不分大小写。"
    button = "全部装齐，提交"
    partial = True
    template = "acceptance/install.html"

    delivered_on = forms.DateField(label="到货日期", widget=Day)
    installed_on = forms.DateField(label="安装日期", widget=Day)
    note = forms.CharField(label="送货单号或说明", max_length=200, required=False)
    sheet = forms.FileField(
        label="用 Excel 上传序列号",
        required=False,
        widget=FileDrop(hint="用下载的模板填写，xlsx 格式", accept=".xlsx"),
    )
    photo = forms.FileField(
        label="安装现场照片",
        required=False,
        widget=FileDrop(
            hint="可不传；JPG、PNG", accept="image/*", attrs={"capture": "environment"}
        ),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["delivered_on"].initial = clock.today()
        self.fields["installed_on"].initial = clock.today()
        self.pieces: list[Piece] = []
        self.returns: list[tuple[InstalledItem, str, str]] = []
        self.marked = ""
        self.rooms = self._rooms()

    def _rooms(self) -> list[RoomSlots]:
        present = {
            (row.plan_line_id, row.item_id, row.position): row
            for row in InstalledItem.objects.present()
            .filter(plan_line__project_school=self.subject)
            .select_related("item", "delivery", "plan_line__classroom")
        }
        rooms: dict[int, RoomSlots] = {}
        for line, item, position in slots(self.subject):
            key = f"{line.pk}-{item.pk}-{position}"
            slot = Slot(key, item, position, present.get((line.pk, item.pk, position)))
            typed = f"new-{slot.piece.pk}" if slot.piece else f"serial-{key}"
            slot.value = self.data.get(typed, "").strip()
            slot.reason = self.data.get(f"return-{slot.piece.pk}", "").strip() if slot.piece else ""
            slot.model = self.data.get(f"model-{key}", "").strip()
            rooms.setdefault(line.pk, RoomSlots(line)).slots.append(slot)
        return sorted(rooms.values(), key=lambda room: room.complete)

    def clean(self):
        data = super().clean()
        self._read_page()
        if data.get("sheet"):
            self._read_sheet(data["sheet"])
        return data

    def _read_page(self) -> None:
        """New serials and returned pieces from the page's own inputs."""
        filled = [slot for room in self.rooms for slot in room.slots if slot.value]
        filled = [slot for slot in filled if slot.piece is None]
        self.pieces = [
            Piece(*map(int, slot.key.split("-")), slot.value, slot.model) for slot in filled
        ]
        wrong = faults(self.subject, self.pieces) if self.pieces else {}
        for at, sentence in wrong.items():
            filled[at].error = sentence
            self.add_error(None, f"{self._room_of(filled[at])}{filled[at].item.name}:{sentence}")
        for room in self.rooms:
            for slot in room.slots:
                if slot.piece:
                    self._read_return(slot)

    def _read_return(self, slot: Slot) -> None:
        if slot.reason:
            self.returns.append((slot.piece, slot.reason, slot.value))
        elif slot.value:
            slot.error = "退换须写明原因。"
            self.add_error(None, f"{self._room_of(slot)}{slot.item.name}：退换须写明原因。")

    def _room_of(self, slot: Slot) -> str:
        line = int(slot.key.split("-")[0])
        return next(room.line.classroom.name for room in self.rooms if room.line.pk == line)

    def _read_sheet(self, upload) -> None:
        try:
            reading = read(self.subject, upload)
        except ValidationError as error:
            self.add_error("sheet", error)
            return
        if reading.faults:
            self.marked = base64.b64encode(marked(reading)).decode()
            self.add_error(
                "sheet",
                f"表中有 {len(reading.faults)} 行有问题，没有导入任何内容。请下载标注了问题的表格，改好后再传。",
            )
            return
        page = {piece.slot for piece in self.pieces}
        self.pieces += [piece for piece in reading.pieces if piece.slot not in page]

    def save(self) -> None:
        for piece, reason, serial in self.returns:
            if serial:
                replace(piece=piece, user=self.user, reason=reason, serial=serial)
            else:
                take_back(piece=piece, user=self.user, reason=reason)
        install(
            project_school=self.subject,
            user=self.user,
            pieces=self.pieces,
            **{key: self.cleaned_data[key] for key in ("delivered_on", "installed_on", "note")},
        )
        if self.cleaned_data.get("photo"):
            attach(
                upload=self.cleaned_data["photo"],
                thing=self.subject,
                dossier=self.subject.dossier,
                actor=self.user,
                school=self.subject.school,
                supplier=self.subject.supplier,
            )
        if self.finish:
            finish_installation(project_school=self.subject, user=self.user)

    def context(self) -> dict:
        filled = sum(room.filled for room in self.rooms)
        return {
            "rooms": self.rooms,
            "filled": filled,
            "wanted": sum(len(room.slots) for room in self.rooms),
            "complete": sum(room.complete for room in self.rooms),
            "template_url": reverse("acceptance:serials", args=[self.subject.pk]),
            "site": getattr(self.subject, "site_check", None),
        }
