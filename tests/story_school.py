"""The story's chapters at the schools: from their seals to the signed handover."""

from __future__ import annotations

import io
import re

from registry.enums import Role
from registry.models import School
from tests.acceptance_walk import drawn
from tests.reading import Form
from tests.sheets import opened
from tests.storyteller import PRICES, ROOMS, Story, main_form, xlsx_file
from tests.world import PASSWORD

FAULT = "走线外露，未入线槽"


def seals(story: Story) -> None:
    """The project office registers each school's seal."""
    office = story.person(Role.PROJECT_OFFICE)
    for school in story.world.schools:
        page = story.visit(office, "/documents/seals/new/")
        form = page.form("登记启用").fill(owner=f"school:{school.pk}", name=school.name)
        page = story.send(office, form)
        assert "已登记启用" in page.messages[0], page.errors


def site(story: Story) -> None:
    """Each school says that its rooms are ready."""
    story.on(5, 6)
    for school in story.world.schools:
        keeper = story.person(Role.TECHNICIAN, school)
        ready = ("power", "security", "network")
        story.do(keeper, "场地准备", tick=ready, contact="示例老师", phone="13800000000")


def installation(story: Story) -> None:
    """Two deliveries a school: the first room on the page, the rest by Excel or on the page."""
    supplier = story.person(Role.SUPPLIER)
    for school in story.world.schools:
        story.on(5, 11)
        form = story.step(supplier, "到货安装", school.name).form("暂存")
        first, *_ = form.names("serial-")
        room = re.match(r"serial-(\d+)-", first)[1]
        _serials(form, form.names(f"serial-{room}-"), school)
        page = story.send(supplier, form)
        assert "已暂存" in page.messages[0], page.errors
        assert (
            f"1/{ROOMS[story.world.schools.index(school)]}" in page.first(css="work-progress").text
        )
        early = story.send(supplier, page.form("全部装齐，提交"))
        assert early.errors  # not before every room is complete
    story.on(5, 18)
    by_page, by_excel = story.world.schools
    form = story.step(supplier, "到货安装", by_page.name).form("全部装齐，提交")
    _serials(form, form.names("serial-"), by_page)
    story.finish(supplier, form, "到货安装")
    _install_by_excel(story, by_excel)


def _serials(form: Form, names: list[str], school: School) -> None:
    for name in names:
        _, room, item, position = name.split("-")
        form.fill(**{name: f"SN{school.pk:03d}{int(room):05d}{int(item):03d}{position}"})


def _install_by_excel(story: Story, school: School) -> None:
    """Download the sheet, where the first room's serials already stand, fill in the rest, send."""
    supplier = story.person(Role.SUPPLIER)
    page = story.step(supplier, "到货安装", school.name)
    book = opened(story.fetch(supplier, page.link("下载模板")))
    sheet, column = book.active, [cell.value for cell in book.active[1]].index("序列号") + 1
    filled = 0
    for row in range(2, sheet.max_row + 1):
        if not sheet.cell(row, column).value:
            sheet.cell(row, column).value = f"XL{school.pk:03d}{row:05d}"
            filled += 1
    assert filled == (ROOMS[1] - 1) * len(PRICES)
    out = io.BytesIO()
    book.save(out)
    form = page.form("全部装齐，提交").fill(sheet=xlsx_file("序列号.xlsx", out.getvalue()))
    story.finish(supplier, form, "到货安装")


def training(story: Story) -> None:
    story.on(5, 20)
    supplier = story.person(Role.SUPPLIER)
    for school in story.world.schools:
        story.do(
            supplier,
            "培训",
            school.name,
            hours=6,
            attendance=12,
            qualified=11,
            trainer="示例培训员",
        )


def school_acceptance(story: Story) -> None:
    """The school judges every room; the head reads, confirms, identifies, draws, seals."""
    story.on(5, 25)
    for school in story.world.schools:
        keeper, head = story.person(Role.TECHNICIAN, school), story.person(Role.HEAD, school)
        page = story.step(keeper, "学校验收")
        story.finish(keeper, page.form("全部合格"), "学校验收")
        page = story.step(head, "校长签章")
        assert f"加盖已登记的印章：{school.name}" in page.text
        form = page.form("签字盖章").tick("equipment", "workmanship", "training")
        form.fill(signature=drawn(), password="不是这个口令")
        wrong = story.send(head, form)
        assert any("口令不对，没有签署" in error for error in wrong.errors)
        form = wrong.form("签字盖章").tick("equipment", "workmanship", "training")
        page = story.finish(head, form.fill(signature=drawn(), password=PASSWORD), "校长签章")
        assert "学校验收表" in page.text


def station_review(story: Story) -> None:
    story.on(6, 1)
    station = story.person(Role.STATION)
    for school in story.world.schools:
        page = story.step(station, "装备站审核", school.name)
        assert "品牌型号都与合同一致" in page.text
        story.finish(station, main_form(page).fill(decision="pass"), "装备站审核")


def county_inspection(story: Story) -> None:
    """Room by room; one room of the first school fails in one part."""
    story.on(6, 10)
    inspector = story.person(Role.INSPECTOR)
    for school in story.world.schools:
        fails = school == story.world.schools[0]
        form = story.step(inspector, "县级验收", school.name).form("结束本轮并签字")
        verdicts = form.names("verdict-")
        assert len(verdicts) == 3 * ROOMS[story.world.schools.index(school)]
        for name in verdicts:
            form.fill(**{name: "pass"})
        if fails:
            form.fill(**{verdicts[0]: "fail"})
            wordless = story.send(inspector, form.fill(signature=drawn()))
            assert any("判不合格须写明问题" in error for error in wordless.errors)
            form = wordless.form("结束本轮并签字")
            form.fill(**{verdicts[0].replace("verdict", "remark"): FAULT})
        story.finish(inspector, form.fill(signature=drawn()), "县级验收")


def rectification(story: Story) -> None:
    """The supplier puts right what failed, and only that is inspected again."""
    supplier, inspector = story.person(Role.SUPPLIER), story.person(Role.INSPECTOR)
    school = story.world.schools[0]
    story.on(6, 15)
    page = story.step(supplier, "县验整改", school.name)
    assert FAULT in page.text
    form = page.form("全部整改完毕，报请复验")
    (words,) = form.names("words-")
    story.finish(supplier, form.fill(**{words: "已重新布线入槽并固定"}), "县验整改")
    story.on(6, 18)
    page = story.step(inspector, "县级复验", school.name)
    assert "已重新布线入槽并固定" in page.text
    form = page.form("结束本轮并签字")
    (again,) = form.names("verdict-")  # one part of one room, nothing else
    story.finish(inspector, form.fill(**{again: "pass"}, signature=drawn()), "县级复验")


def handover(story: Story) -> None:
    """Three people of three parties sign each school's handover."""
    story.on(6, 22)
    supplier, station = story.person(Role.SUPPLIER), story.person(Role.STATION)
    for school in story.world.schools:
        keeper = story.person(Role.TECHNICIAN, school)
        story.do(supplier, "移交申请", school.name)
        for user, title in (
            (keeper, "接收人签字"),
            (supplier, "移交人签字"),
            (station, "监交人签字"),
        ):
            page = story.do(user, title, school.name, tick=("checked",), signature=drawn())
        assert "移交" in page.text
