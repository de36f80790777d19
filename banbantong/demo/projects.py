"""Projects in every stage, each brought there by its people."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import CommandError
from django.db import transaction

from banbantong import wakes
from banbantong.demo import answers
from banbantong.demo.people import Cast
from banbantong.demo.walk import MORNING, Walker
from documents.actions import register_seal
from documents.seal import seal_png
from procurement.enums import Funder
from procurement.forms import OpenProjectForm
from procurement.models import EquipmentMode, Programme, Project, ProjectSchool
from registry import clock
from registry.enums import Role
from registry.models import Classroom, County, School
from workflow.models import Duty

FUNDING = {Funder.SCHOOL: 40, Funder.COUNTY: 20, Funder.PREFECTURE: 15, Funder.PROVINCE: 25}

# Where the schools of the project under way stand: (share, the steps at which they stop).
STANDINGS = [
    (2, ("prepare_site", "install")),
    (2, ("install",)),
    (1, ("train",)),
    (2, ("inspect_school",)),
    (2, ("sign_head",)),
    (2, ("review_station",)),
    (2, ("inspect_county",)),
    (1, ("rectify_county",)),
    (1, ("reinspect_county",)),
    (1, ("hand_over_school",)),
    (2, ("confirm_cards",)),
    (1, ("book",)),
    (1, ("sign_agreement",)),
    (2, ("apply",)),
]


def steps_before(stop: str) -> int:
    """About how many steps a school has taken when it stops at ``stop``."""
    return 2 + [step for _, steps in STANDINGS for step in steps[:1]].index(stop)


class Stage:
    """Makes projects; schools give their classrooms away once, in order."""

    def __init__(self, county: County, schools: list[School], cast: Cast, say):
        self.county, self.cast, self.say = county, cast, say
        # Large and small schools mixed, the same way each time.
        self.schools = sorted(schools, key=lambda school: school.pk * 7919 % 1009)
        self.walker = Walker(cast, dict(answers.ANSWERS))

    def take(self, rooms: int) -> list[Classroom]:
        """The next schools' classrooms, ``rooms`` in all; the last school gives only a part."""
        taken: list[Classroom] = []
        while self.schools and len(taken) < rooms:
            school = self.schools.pop(0)
            taken += list(school.classrooms.order_by("pk"))[: rooms - len(taken)]
        return taken

    def programme(self, schools: int, classrooms: int, year: int) -> Programme:
        return Programme.objects.create(
            county=self.county,
            name=f"{self.county}中小学教育信息化“班班通”建设规划（示例）",
            first_year=year - 1,
            last_year=year + 2,
            target_schools=schools,
            target_classrooms=classrooms,
        )

    def open(self, *, name: str, rooms: int, on: dt.date, programme=None) -> Project:
        """立项, by the project office through its form; ``{year}`` in the name is the task's year."""
        officer = self.cast.of(Role.PROJECT_OFFICE)
        # What opens after the end of October belongs to the next year's task.
        year = on.year + (on > dt.date(on.year, 10, 31))
        data = {
            "name": name.format(year=year),
            "year": year,
            "programme": programme.pk if programme else "",
            "deadline": dt.date(year, 10, 31).isoformat(),
            "mode": EquipmentMode.objects.get(code=2).pk,
            "target_classrooms": rooms,
            "budget": str(Decimal(22500) * rooms),
            "budget_basis": f"示例财预〔{year}〕{Project.objects.count() + 11}号",
        }
        data |= {f"percent_{funder.value}": percent for funder, percent in FUNDING.items()}
        with clock.at(on, MORNING), transaction.atomic():
            form = OpenProjectForm(data, county=self.county, user=officer)
            if not form.is_valid():
                raise CommandError(f"演示立项停下：{form.errors.as_text()}")
            project = form.save()
            wakes.begin(project, officer)
        self.say(f"立项：{project}（{rooms} 班）")
        return project

    def duties(self, project: Project):
        """The project's and its tender's duties, not the schools'."""
        return Duty.objects.filter(dossier=project.dossier, school=None)

    def plan(self, project: Project, rooms: list[Classroom], on: dt.date) -> None:
        """编制方案: upload 附表1, then submit."""
        duty = self.duties(project).open().select_related("task", "process").get(step="plan")
        sheet = SimpleUploadedFile("附表1.xlsx", plan_sheet(rooms))
        with clock.at(on, MORNING):
            self.walker.do(duty, {"mode": "replace"}, files={"upload": sheet}, finish=False)
            self.walker.do(duty, {})

    def approve(self, project: Project, on: dt.date, *, opinion: str = "") -> None:
        """领导小组审批; with an opinion the plan goes back."""
        duty = self.duties(project).open().select_related("task", "process").get(step="approve")
        decision = "return" if opinion else "pass"
        with clock.at(on, MORNING):
            self.walker.do(duty, {"decision": decision, "opinion": opinion})

    def tender(self, project: Project, on: dt.date, *, stop: tuple[str, ...] = ()) -> dt.date:
        """The tender up to the signed contract, waiting for the law's periods."""
        day = on
        for step in ("announce", "record_opening", "award", "draft_contract", "confirm_contract"):
            if step in stop:
                return day
            duty = (
                self.duties(project)
                .open()
                .select_related("task", "process", "supplier")
                .get(step=step)
            )
            if step == "record_opening":
                day = duty.process.artifact.bids_due_on
            with clock.at(day, MORNING):
                self.walker.do(duty, answers.ANSWERS[step](duty))
            day += dt.timedelta(days=2)
        return day

    def build(
        self, school: ProjectSchool, on: dt.date, *, stop=(), fail: int = 0, pace: int = 3
    ) -> dt.date:
        """One school's story, and what follows it, up to ``stop``; ``fail`` rooms fail at the county."""
        self._seal(school.school)
        inspect = lambda duty: answers.verdicts(duty, "county", fail=fail)  # noqa: E731
        self.walker.answers["inspect_county"] = inspect
        duties = Duty.objects.filter(dossier=school.project.dossier, school=school.school)
        return self.walker.walk(duties, stop=stop, pace=pace, on=on)

    def _seal(self, school: School) -> None:
        if not school.seal_set.exists():
            name = school.name.replace("（示例）", "")
            register_seal(name=name, image=seal_png(name, "示例"), school=school)

    def conclude(self, project: Project, on: dt.date) -> None:
        """履约验收 and 结项."""
        conclusion = {
            "organised": "自行组织",
            "body": f"{self.county}教育局",
            "members": "示例组长 县教育局 组长\n示例组员 县财政局 组员\n示例专家 县装备站 组员",
            "method": "分期验收，逐校逐班",
            "procedure": "到货安装、学校验收、装备站审核、县级逐班验收、移交、履约验收",
            "content": "合同所列全部技术、商务要求",
            "standard": "采购文件、投标文件和合同的约定",
            "conclusion": "合同约定的设备和服务全部履行完毕，同意通过履约验收。",
        }
        for step, data in (("conclude", conclusion), ("close", {"agree": "on"})):
            duty = self.duties(project).open().select_related("task", "process").get(step=step)
            with clock.at(on, MORNING):
                self.walker.do(duty, data)


def plan_sheet(rooms: list[Classroom]) -> bytes:
    """附表1 with one row a class."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("附表1")
    sheet.append(["学校标识码", "学校", "乡镇", "班级", "数量"])
    schools = School.objects.select_related("township").in_bulk({room.school_id for room in rooms})
    for room in rooms:
        school = schools[room.school_id]
        sheet.append([school.code, school.name, school.township.name, room.name, 1])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
