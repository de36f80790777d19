"""Judge rooms part by part: the school's and the county's rounds, and their re-inspections.

The page posts every room; a part that the person left as the page showed it is not touched, so two
inspectors in different rooms do not overwrite each other, and two in one room are told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django import forms

from acceptance.actions import Judgement, finish_round, judge, sign_county_form
from acceptance.checklists import CHECKLISTS
from acceptance.enums import Level, Part, Verdict
from acceptance.models import InstalledItem, PartResult
from acceptance.photos import photos_of
from acceptance.rounds import due_parts, open_defects, open_round
from documents.actions import attach
from documents.models import Attachment
from documents.trail import thread_of
from registry.widgets import Signature
from workflow.forms import StepForm


@dataclass
class PartSheet:
    """One part of one room on the page: what stands in the book and what was typed."""

    key: str
    part: Part
    checklist: tuple[str, ...]
    kept: PartResult | None
    before: str = ""
    verdict: str = ""
    remark: str = ""
    error: str = ""

    @property
    def seen(self) -> str:
        """What stands in the book, as a mark of what the page showed."""
        return f"{self.kept.verdict}:{self.kept.remark}" if self.kept else ""


@dataclass
class RoomSheet:
    """One room on the page."""

    line: object
    parts: list[PartSheet] = field(default_factory=list)
    pieces: list[InstalledItem] = field(default_factory=list)
    photos: list[Attachment] = field(default_factory=list)
    first: bool = False

    @property
    def done(self) -> bool:
        return all(part.kept for part in self.parts)

    @property
    def failed(self) -> bool:
        return any(part.kept and part.kept.verdict == Verdict.FAIL for part in self.parts)

    @property
    def wrong(self) -> bool:
        return any(part.error for part in self.parts)


def _pieces(lines) -> dict[int, list[InstalledItem]]:
    """What stands in each room, to compare with the plates; one query."""
    found: dict[int, list[InstalledItem]] = {}
    rows = InstalledItem.objects.present().filter(plan_line__in=list(lines)).select_related("item")
    for piece in rows.order_by("item__number", "position"):
        found.setdefault(piece.plan_line_id, []).append(piece)
    return found


class InspectionForm(StepForm):
    """Base of the four: ``level`` and ``again`` say what this round judges."""

    level: Level
    again = False
    partial = True
    button = "结束本轮验收"
    template = "acceptance/inspection.html"
    pass_all = False

    conclusion = forms.CharField(
        label="结论和意见",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="可不填，按各班结果自动生成。",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.judgements: list[Judgement] = []
        self.rooms = self._rooms()

    def _rooms(self) -> list[RoomSheet]:
        due = due_parts(self.subject, self.level, again=self.again)
        inspection = open_round(self.subject, self.level)
        results = inspection.results.select_related("decided_by") if inspection else ()
        kept = {(row.plan_line_id, row.part): row for row in results}
        defects = list(open_defects(self.subject, self.level)) if self.again else []
        before = self._before(defects)
        photos = photos_of([*due, *defects], self.user)
        pieces, rooms = _pieces(due), []
        for line, parts in due.items():
            room = RoomSheet(line)
            for part in parts:
                sheet = PartSheet(
                    f"{line.pk}-{part}",
                    Part(part),
                    CHECKLISTS[self.level, part],
                    kept.get((line.pk, part)),
                    before.get((line.pk, part), ""),
                )
                self._fill(sheet)
                room.parts.append(sheet)
            room.pieces = pieces.get(line.pk, [])
            here = [line, *(one for one in defects if one.found.plan_line_id == line.pk)]
            room.photos = [file for thing in here for file in photos.get(thread_of(thing), [])]
            rooms.append(room)
        rooms.sort(key=lambda room: room.done)
        for room in rooms[:1]:
            room.first = not room.done
        return rooms

    def _before(self, defects: list) -> dict[tuple, str]:
        """What was found before and how the supplier says it was put right."""
        return {
            (one.found.plan_line_id, one.found.part): f"{one.found.remark} → {one.rectification}"
            for one in defects
        }

    def _fill(self, sheet: PartSheet) -> None:
        if self.is_bound and f"verdict-{sheet.key}" in self.data:
            sheet.verdict = self.data.get(f"verdict-{sheet.key}", "")
        elif sheet.kept:
            sheet.verdict = sheet.kept.verdict
        if self.is_bound and f"remark-{sheet.key}" in self.data:
            sheet.remark = self.data.get(f"remark-{sheet.key}", "").strip()
        elif sheet.kept:
            sheet.remark = sheet.kept.remark

    def clean(self):
        data = super().clean()
        one_tap = self.data.get("save_only", "")
        everything = self.pass_all and "pass_all" in self.data
        for room in self.rooms:
            this_room = one_tap == f"pass-{room.line.pk}"
            for sheet in room.parts:
                if (this_room or everything) and not sheet.verdict:
                    sheet.verdict = Verdict.PASS
                self._take(room, sheet)
        if self.finish:
            self._nothing_left_out()
        return data

    def _nothing_left_out(self) -> None:
        """Say which rooms lack a verdict together with whatever else is missing."""
        names = [
            room.line.classroom.name
            for room in self.rooms
            if any(not sheet.verdict for sheet in room.parts)
        ]
        if names:
            listed = "、".join(names[:6]) + ("等" if len(names) > 6 else "")
            self.add_error(None, f"还有 {len(names)} 个班没有验完：{listed}。已填的可以先暂存。")

    def _take(self, room: RoomSheet, sheet: PartSheet) -> None:
        """Decide what one part's input means: untouched, a verdict, or a clash with somebody else's."""
        if sheet.verdict not in Verdict.values:
            return
        remark = sheet.remark if sheet.verdict == Verdict.FAIL else ""
        typed = f"{sheet.verdict}:{remark}"
        seen = self.data.get(f"seen-{sheet.key}", sheet.seen)
        if typed in (seen, sheet.seen):
            return
        if seen != sheet.seen:
            who = sheet.kept.decided_by.name if sheet.kept else "他人"
            sheet.error = f"刚由{who}登记为“{sheet.kept.get_verdict_display() if sheet.kept else '未验'}”，请核对后再改。"
        elif sheet.verdict == Verdict.FAIL and not remark:
            sheet.error = "判不合格须写明问题。"
        if sheet.error:
            self.add_error(None, f"{room.line.classroom.name}{sheet.part.label}:{sheet.error}")
            return
        self.judgements.append(Judgement(room.line.pk, sheet.part, sheet.verdict, remark))

    def save(self) -> None:
        judge(
            project_school=self.subject,
            level=self.level,
            user=self.user,
            judgements=self.judgements,
            again=self.again,
        )
        self._keep_photos()
        if self.finish:
            self.conclude()

    def conclude(self):
        """Finish the round; returns it."""
        return finish_round(
            project_school=self.subject,
            level=self.level,
            user=self.user,
            conclusion=self.cleaned_data.get("conclusion", ""),
            again=self.again,
        )

    def _keep_photos(self) -> None:
        for room in self.rooms:
            upload = self.files.get(f"photo-{room.line.pk}") if self.files else None
            if upload:
                attach(
                    upload=upload,
                    thing=room.line,
                    dossier=self.subject.dossier,
                    actor=self.user,
                    school=self.subject.school,
                    supplier=self.subject.supplier,
                )

    def context(self) -> dict:
        return {
            "rooms": self.rooms,
            "done": sum(room.done for room in self.rooms),
            "level": self.level,
            "trainings": self.subject.trainings.all(),
            "signs": "signature" in self.fields,
        }


class SchoolInspectionForm(InspectionForm):
    """学校验收 by the school's own construction group."""

    level = Level.SCHOOL
    pass_all = True
    intro = "对照检查要点逐班验设备、施工质量、培训质量。都合格的一次点“全部合格”；不合格的写明问题，供应商会收到整改单。"


class SchoolReinspectionForm(SchoolInspectionForm):
    """学校复验 of what failed."""

    again = True
    intro = "只复验上一轮不合格的内容。"


class CountyInspectionForm(InspectionForm):
    """县级逐班验收: room by room, signed by whoever finishes the round."""

    level = Level.COUNTY
    button = "结束本轮并签字"
    intro = "逐班验施工质量、教师培训、应用和管理，验完一间保存一间；全部验完后签字结束本轮。"

    signature = forms.CharField(
        label="验收组组长签名", required=False, widget=Signature(who="验收组组长")
    )

    def clean(self):
        data = super().clean()
        if self.finish and self.rooms and not data.get("signature"):
            self.add_error("signature", "请在签名框内手写签名。")
        return data

    def conclude(self):
        inspection = super().conclude()
        if inspection is not None:
            sign_county_form(
                inspection=inspection,
                user=self.user,
                image=self.cleaned_data["signature"],
                address=self.address,
            )
        return inspection


class CountyReinspectionForm(CountyInspectionForm):
    """县级复验 of what failed, as a new numbered round."""

    again = True
    intro = "只复验上一轮不合格的内容，前几轮的结论不变。"
