"""The whole demonstration, in the order in which it happened."""

from __future__ import annotations

import datetime as dt
from itertools import cycle

from banbantong.demo import bank, gates, rebates
from banbantong.demo.people import PASSWORD, make_cast
from banbantong.demo.places import make_county, make_schools, make_suppliers
from banbantong.demo.projects import STANDINGS, Stage, steps_before
from banbantong.demo.walk import MORNING, one_password
from procurement.models import Project
from registry import clock
from workflow.models import Duty


@one_password()
def make(*, schools: int, classrooms: int, say) -> Stage:
    """Fill an empty database; ``say`` is told what happens, line by line."""
    county = make_county()
    places = make_schools(county, schools=schools, classrooms=classrooms)
    suppliers = make_suppliers()
    cast = make_cast(county, places, suppliers)
    say(f"{county}：{len(places)} 所学校，{classrooms} 个班，{len(cast._users)} 人")
    stage = Stage(county, places, cast, say)
    today = clock.today()
    programme = stage.programme(schools, classrooms, today.year)
    share = classrooms / 1086
    finished(stage, max(2, round(6 * share)), today)
    in_buyback(stage, max(3, round(55 * share)), today, programme)
    under_way(stage, max(13, round(398 * share)), today, programme)
    tendering(stage, max(2, round(60 * share)), today, programme)
    waiting(stage, max(2, round(40 * share)), today, programme)
    planning(stage, max(2, round(30 * share)), today, programme)
    bank.keep_books(stage, today)
    return stage


def _contracted(
    stage: Stage, *, name: str, rooms: int, on: dt.date, programme=None
) -> tuple[Project, dt.date]:
    """A project up to the signed contract; the day after it."""
    project = stage.open(name=name, rooms=rooms, on=on, programme=programme)
    stage.plan(project, stage.take(rooms), on + dt.timedelta(days=6))
    stage.approve(project, on + dt.timedelta(days=9))
    signed = stage.tender(project, on + dt.timedelta(days=14))
    return project, signed


def finished(stage: Stage, rooms: int, today: dt.date) -> None:
    """Bought back to the last fen and archived."""
    year = today.year - 5
    project, day = _contracted(
        stage, name="{year}年班班通试点项目（示例）", rooms=rooms, on=dt.date(year, 3, 4)
    )
    for school in project.schools.all():
        stage.build(school, day + dt.timedelta(days=5), stop=("apply",))
    stage.conclude(project, dt.date(year, 10, 20))
    paying = [
        (school, instalment, min(instalment.due_on, today))
        for school in project.schools.select_related("school")
        for instalment in school.agreement.instalments.all()
    ]
    gates.budgets(stage, paying)
    for school, _, on in paying:
        pay(stage, school, on)
    last = max(on for _, _, on in paying)
    rebates.whole_round(stage, project, last + dt.timedelta(days=5))
    gates.accepted(stage, project.schools.all(), today)
    stage.say(f"{project}：五期付清，已归档")


def in_buyback(stage: Stage, rooms: int, today: dt.date, programme) -> None:
    """Accepted last year; the first instalment paid by most schools, rebates claimed."""
    # So that the first instalments fall due in the middle of last month.
    begun = today.replace(day=1) - dt.timedelta(days=17 + 365 + 84)
    project, day = _contracted(
        stage,
        name="{year}年班班通建设项目（示例）",
        rooms=rooms,
        on=begun,
        programme=programme,
    )
    schools = list(project.schools.select_related("school"))
    for number, school in enumerate(schools):
        stage.build(
            school, day + dt.timedelta(days=5 + number % 9), stop=("apply",), fail=number % 4 == 1
        )
    stage.conclude(project, begun + dt.timedelta(days=150))
    paying = []
    for school in schools:
        first = school.agreement.instalments.first()
        paying.append((school, first, min(first.due_on - dt.timedelta(days=3), today)))
    gates.budgets(stage, [row for number, row in enumerate(paying) if number % 8 != 7])
    for number, (school, _, on) in enumerate(paying):
        if number % 4 != 3:
            pay(stage, school, on)
        elif number % 8 == 3:  # ordered, the cashier has not registered it yet
            pay(stage, school, on, steps=("apply", "review"))
    gates.checks(stage, schools, today)
    gates.funds(stage, project, today)
    last = max((on for number, (_, _, on) in enumerate(paying) if number % 4 != 3), default=today)
    rebates.under_way(stage, project, min(last + dt.timedelta(days=5), today))
    stage.say(f"{project}：已结项，回购中")


def under_way(stage: Stage, rooms: int, today: dt.date, programme) -> None:
    """This year's task: schools in every stage."""
    project, day = _contracted(
        stage,
        name="{year}年班班通建设项目（示例）",
        rooms=rooms,
        on=today - dt.timedelta(days=130),
        programme=programme,
    )
    standings = cycle([stop for share, stop in STANDINGS for _ in range(share)])
    schools = list(project.schools.select_related("school", "project__dossier"))
    for number, (school, stop) in enumerate(zip(schools, standings, strict=False)):
        # So that the step that is open now arrived in the last few days.
        begin = today - dt.timedelta(days=3 * steps_before(stop[0]) + 1 + number % 6)
        fail = 1 if stop[0] in ("rectify_county", "reinspect_county") or number % 9 == 5 else 0
        stage.build(school, max(day, begin), stop=stop, fail=fail)
        if number % 20 == 19:
            stage.say(f"{project}：已走完 {number + 1}/{len(schools)} 所学校")
    stage.say(f"{project}：{len(schools)} 所学校分布在各阶段")


def tendering(stage: Stage, rooms: int, today: dt.date, programme) -> None:
    """Announced, waiting for the bids."""
    on = today - dt.timedelta(days=24)
    project = stage.open(
        name="{year}年班班通增补项目（示例）", rooms=rooms, on=on, programme=programme
    )
    stage.plan(project, stage.take(rooms), on + dt.timedelta(days=4))
    stage.approve(project, on + dt.timedelta(days=7))
    stage.tender(project, on + dt.timedelta(days=14), stop=("record_opening",))


def waiting(stage: Stage, rooms: int, today: dt.date, programme) -> None:
    """Returned once with a reason, submitted again, waiting for the leading group."""
    on = today - dt.timedelta(days=16)
    project = stage.open(
        name="{year}年村小班班通项目（示例）", rooms=rooms, on=on, programme=programme
    )
    listed = stage.take(rooms)
    stage.plan(project, listed, on + dt.timedelta(days=3))
    stage.approve(project, on + dt.timedelta(days=6), opinion="请核对撤并学校后重新提交。")
    stage.plan(project, listed, on + dt.timedelta(days=9))


def planning(stage: Stage, rooms: int, today: dt.date, programme) -> None:
    """Just opened, no list yet."""
    stage.open(
        name="{year}年教学点班班通项目（示例）",
        rooms=rooms,
        on=today - dt.timedelta(days=3),
        programme=programme,
    )


def pay(stage: Stage, school, on: dt.date, *, steps=("apply", "review", "pay")) -> None:
    """One instalment: apply, review, pay."""
    duties = Duty.objects.filter(dossier=school.project.dossier, school=school.school)
    for step in steps:
        duty = (
            duties.open()
            .select_related("task", "process", "school", "supplier")
            .filter(step=step)
            .first()
        )
        if duty is None:
            continue
        with clock.at(on, MORNING):
            stage.walker.do(duty, stage.walker.answers[step](duty))


def accounts() -> str:
    """Who to log in as, for the screen and the file."""
    lines = [
        f"演示账号（口令都是 {PASSWORD}）：",
        "  xmb1 项目办   ldxz 领导小组   cgjb 采购经办   gys1 供应商",
        "  zbz1 装备站   yanshou1 县级验收组   caiwu 县财务审核   chuna 县财务出纳",
        "  shenji 审计   zhouji 州级主管   shengji 省级主管   admin 系统管理员",
        "  学校：学校标识码-xz 校长、-jsy 技术员、-cw 财务，例如：",
    ]
    return "\n".join(lines)
