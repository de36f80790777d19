"""供应商整改: say for every defect how it was put right, with a photo or a new piece."""

from __future__ import annotations

from dataclasses import dataclass, field

from acceptance.actions import finish_rectification, rectify, replace
from acceptance.enums import Level, Part
from acceptance.models import Defect, InstalledItem
from acceptance.photos import photos_of
from acceptance.rounds import open_defects
from documents.actions import attach
from documents.models import Attachment
from documents.trail import thread_of
from workflow.forms import StepForm


@dataclass
class DefectSheet:
    """One defect on the page."""

    defect: Defect
    part: str
    pieces: list[InstalledItem] = field(default_factory=list)
    words: str = ""
    chosen: str = ""
    serial: str = ""
    photos: list[Attachment] = field(default_factory=list)
    error: str = ""


class RectifyForm(StepForm):
    """Base of both levels' rectification."""

    level: Level
    partial = True
    button = "全部整改完毕，报请复验"
    intro = "逐项写明怎样整改；换了设备的选中原件并填新序列号。整改一项可暂存一项。"
    template = "acceptance/rectify.html"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.sheets = self._sheets()
        self.swaps: list[tuple[InstalledItem, str, str]] = []

    def _sheets(self) -> list[DefectSheet]:
        defects = list(open_defects(self.subject, self.level))
        pieces: dict[int, list[InstalledItem]] = {}
        here = InstalledItem.objects.present().filter(
            plan_line__in={one.found.plan_line_id for one in defects}
        )
        for piece in here.select_related("item", "plan_line__classroom"):
            pieces.setdefault(piece.plan_line_id, []).append(piece)
        photos = photos_of([*defects, *(one.found.plan_line for one in defects)], self.user)
        return [
            DefectSheet(
                one,
                Part(one.found.part).label,
                pieces.get(one.found.plan_line_id, []),
                self.data.get(f"words-{one.pk}", one.rectification).strip(),
                self.data.get(f"piece-{one.pk}", ""),
                self.data.get(f"serial-{one.pk}", "").strip(),
                photos.get(thread_of(one.found.plan_line), []) + photos.get(thread_of(one), []),
            )
            for one in defects
        ]

    def clean(self):
        data = super().clean()
        for sheet in self.sheets:
            piece = next((one for one in sheet.pieces if str(one.pk) == sheet.chosen), None)
            if bool(piece) != bool(sheet.serial):
                sheet.error = "换件须同时选中原件并填写新序列号。"
            elif piece and not sheet.words:
                sheet.error = "请写明怎样整改。"
            elif piece:
                self.swaps.append((piece, sheet.words, sheet.serial))
            if sheet.error:
                self.add_error(
                    None, f"{sheet.defect.found.plan_line.classroom.name}{sheet.part}:{sheet.error}"
                )
        return data

    def save(self) -> None:
        for piece, reason, serial in self.swaps:
            replace(piece=piece, user=self.user, reason=f"整改换件：{reason}"[:200], serial=serial)
        for sheet in self.sheets:
            if sheet.words:
                rectify(defect=sheet.defect, user=self.user, words=sheet.words)
            upload = self.files.get(f"photo-{sheet.defect.pk}") if self.files else None
            if upload:
                attach(
                    upload=upload,
                    thing=sheet.defect,
                    dossier=self.subject.dossier,
                    actor=self.user,
                    school=self.subject.school,
                    supplier=self.subject.supplier,
                )
        if self.finish:
            finish_rectification(project_school=self.subject, level=self.level, user=self.user)

    def context(self) -> dict:
        done = sum(sheet.defect.rectified_on is not None for sheet in self.sheets)
        return {"sheets": self.sheets, "done": done}


class SchoolRectifyForm(RectifyForm):
    level = Level.SCHOOL


class CountyRectifyForm(RectifyForm):
    level = Level.COUNTY
