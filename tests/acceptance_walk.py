"""Walk a school through its story by the real steps; tests of this and upper floors use it.

>>> walk = SchoolWalk(world, school)
>>> walk.to("inspect_county")          # everything passes up to that open step
>>> walk.do("inspect_county", ...)     # then do it yourself
"""

from __future__ import annotations

import base64
import io

from PIL import Image, ImageDraw

from acceptance.flows import SchoolFlow
from acceptance.models import InstalledItem
from acceptance.resources import slots
from acceptance.rounds import due_parts, open_defects
from procurement.models import ProjectSchool
from registry.enums import Role, Scope
from tests.world import PASSWORD, World
from workflow.actions import carry_out
from workflow.models import Duty


def drawn() -> str:
    """A scribble as the signature pad posts it."""
    image = Image.new("RGBA", (300, 120), (0, 0, 0, 0))
    ImageDraw.Draw(image).line([(20, 60), (120, 20), (180, 100), (280, 40)], fill="black", width=5)
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


class SchoolWalk:
    """One school's process, its people, and the data that each step posts."""

    def __init__(self, world: World, school: ProjectSchool | None = None):
        self.world = world
        self.school = school or ProjectSchool.objects.order_by("pk").first()
        if SchoolFlow.process_of(self.school) is None:
            SchoolFlow.start.run(subject=self.school)

    @property
    def process(self):
        return SchoolFlow.process_of(self.school)

    def open_steps(self) -> list[str]:
        return list(self._duties().order_by("pk").values_list("step", flat=True))

    def _duties(self):
        return Duty.objects.open().filter(process=self.process)

    def duty(self, step: str) -> Duty:
        return self._duties().select_related("task", "process").get(step=step)

    def person(self, role: Role):
        """Who holds ``role`` for this school."""
        place = {Scope.SCHOOL: self.school.school, Scope.SUPPLIER: self.school.supplier}
        return self.world.person(role, place.get(Role(role).scope))

    def do(self, step: str, *, user=None, finish=True, files=None, **data):
        """Carry the step out; returns the form. ``data`` replaces what ``data_of`` would post."""
        duty = self.duty(step)
        return carry_out(
            duty=duty,
            user=user or self.person(Role(duty.role)),
            data=data or self.data_of(step),
            files=files,
            address="127.0.0.1",
            finish=finish,
        )

    def to(self, step: str) -> SchoolWalk:
        """Do every open step, with everything passing, until ``step`` is open."""
        while step not in self.open_steps():
            self.forward()
        return self

    def to_the_end(self) -> SchoolWalk:
        while self.open_steps():
            self.forward()
        return self

    def forward(self) -> None:
        step = self.open_steps()[0]
        form = self.do(step)
        assert not form.errors, (step, form.errors)

    def data_of(self, step: str) -> dict:
        return getattr(self, f"_{step}")()

    def _prepare_site(self) -> dict:
        on = dict.fromkeys(("power", "security", "network"), "on")
        return on | {"ready_on": self.today(), "contact": "示例老师", "phone": "13800000000"}

    def _install(self) -> dict:
        return self.days() | self.serials()

    def days(self) -> dict:
        return {"delivered_on": self.today(), "installed_on": self.today()}

    def today(self) -> str:
        from registry import clock

        return clock.today().isoformat()

    def serials(self, lines=None) -> dict:
        """A serial for every empty place of ``lines`` (plan line pks; all rooms if None)."""
        taken = set(
            InstalledItem.objects.present()
            .filter(plan_line__project_school=self.school)
            .values_list("plan_line", "item", "position")
        )
        return {
            f"serial-{line.pk}-{item.pk}-{position}": f"SN{line.pk:05d}{item.number}{position}"
            for line, item, position in slots(self.school)
            if (line.pk, item.pk, position) not in taken and (lines is None or line.pk in lines)
        }

    def _train(self) -> dict:
        people = {"expected": "12", "attendance": "12", "qualified": "11"}
        return people | {
            "held_on": self.today(),
            "hours": "6",
            "trainer": "示例培训员",
            "content": "操作与维护",
        }

    def verdicts(self, level, *, again=False, fail=(), remark="走线未入槽") -> dict:
        """All parts pass except those of ``fail``, a collection of (room pk, part)."""
        data = {}
        for line, parts in due_parts(self.school, level, again=again).items():
            for part in parts:
                bad = (line.pk, part) in fail
                data[f"verdict-{line.pk}-{part}"] = "fail" if bad else "pass"
                data[f"remark-{line.pk}-{part}"] = remark if bad else ""
        return data

    def _inspect_school(self) -> dict:
        return {"pass_all": "1"}

    _reinspect_school = _inspect_school

    def _inspect_county(self) -> dict:
        return self.verdicts("county") | {"signature": drawn()}

    def _reinspect_county(self) -> dict:
        return self.verdicts("county", again=True) | {"signature": drawn()}

    def _rectify(self, level) -> dict:
        return {f"words-{one.pk}": "已重新布线" for one in open_defects(self.school, level)}

    def _rectify_school(self) -> dict:
        return self._rectify("school")

    def _rectify_county(self) -> dict:
        return self._rectify("county")

    def _sign_head(self) -> dict:
        confirmed = dict.fromkeys(("equipment", "workmanship", "training"), "on")
        return confirmed | {"password": PASSWORD, "signature": drawn()}

    def _review_station(self) -> dict:
        return {"decision": "pass", "opinion": ""}

    def _offer_handover(self) -> dict:
        return {"documents": "机柜钥匙 4把 每班两把\n说明书 2套"}

    def _hand_over_supplier(self) -> dict:
        return {"checked": "on", "signature": drawn()}

    _hand_over_school = _hand_over_station = _hand_over_supplier
