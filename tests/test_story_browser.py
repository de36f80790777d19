"""The whole story in a real browser: one school, two rooms, every role at its own desk or phone.

What holds on every page that is opened is said in ``tests.browser_story``.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from procurement.models import Approval
from registry import clock
from registry.enums import Role
from tests.browser_story import DESK, Desk, Office
from tests.sheets import line, xlsx
from tests.tender_story import new_code
from tests.world import PASSWORD, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAME = "示例县班班通建设项目"
FAULT = "走线外露，未入线槽"


def test_the_whole_story(browse, live_server, tmp_path):
    world = make_world(schools=1, rooms=2)
    at = Office(browse, live_server.url, world)
    open_project(at(Role.PROJECT_OFFICE))
    plan(at(Role.PROJECT_OFFICE), world, tmp_path)
    approve(at(Role.LEADING_GROUP), at(Role.PROJECT_OFFICE))
    tender(at(Role.PROCUREMENT), at(Role.PROJECT_OFFICE), world)
    contract(at(Role.PROCUREMENT), at(Role.SUPPLIER))
    register_seal(at(Role.PROJECT_OFFICE), world)
    build(at(Role.TECHNICIAN), at(Role.SUPPLIER))
    accept(at(Role.TECHNICIAN), at(Role.HEAD), at(Role.STATION))
    inspect(at(Role.INSPECTOR), at(Role.SUPPLIER))
    hand_over(at(Role.SUPPLIER), at(Role.TECHNICIAN), at(Role.STATION))
    enter(at(Role.TECHNICIAN), at(Role.SCHOOL_FINANCE))
    sign(at(Role.HEAD), at(Role.SUPPLIER))
    approve_budget(at(Role.COUNTY_FINANCE))
    pay(at(Role.SCHOOL_FINANCE), at(Role.COUNTY_FINANCE), at(Role.COUNTY_CASHIER))
    conclude(at(Role.PROJECT_OFFICE), at(Role.LEADING_GROUP))
    look_around(at)


def open_project(office: Desk) -> None:
    today = clock.today()
    year = today.year + (today.month > 10)  # what begins after October is next year's task
    office.menu("项目")
    office.follow("立项")
    office.fill(name=NAME, year=year, deadline=f"{year}-10-31", target_classrooms=2)
    office.page.get_by_label("模式二").first.check()
    office.fill(budget="45000.00", budget_basis="示例财预〔2026〕1号")
    office.fill(percent_school=40, percent_county=10, percent_prefecture=20, percent_province=30)
    expect(office.page.locator("[data-total]")).to_contain_text("100")
    office.press("立项")
    office.said("已立项，下一步编制方案")


def plan(office: Desk, world, folder: Path) -> None:
    """A faulty list first; its marked workbook is downloaded; then the mended one."""
    school = world.school
    names = list(school.classrooms.values_list("name", flat=True))
    bad, good = folder / "附表1.xlsx", folder / "附表1改.xlsx"
    bad.write_bytes(xlsx([line(school, names[0]), line(school, names[1], "两个")]))
    good.write_bytes(xlsx([line(school, name) for name in names]))
    office.step("编制方案")
    office.field("upload").set_input_files(bad)
    office.press("导入清单")
    expect(office.page.locator(".mistakes")).to_contain_text("一行也没有导入")
    office.look()
    with office.page.expect_download() as marked:
        office.page.get_by_role("link", name="下载标注了问题的文件", exact=True).click()
    assert marked.value.suggested_filename.endswith(".xlsx")
    office.field("upload").set_input_files(good)
    office.press("导入清单")
    expect(office.page.locator("main")).to_contain_text(world.school.township.name)
    office.look()
    office.finish("编制方案", "提交领导小组审批")


def approve(leader: Desk, office: Desk) -> None:
    leader.step("领导小组审批")
    leader.choose("decision", "return")
    leader.fill(opinion="请核对撤并学校")
    leader.finish("领导小组审批", "提交意见")
    expect(office.waiting("编制方案")).to_contain_text("请核对撤并学校")
    office.step("编制方案")
    office.finish("编制方案", "提交领导小组审批")
    leader.step("领导小组审批")
    leader.choose("decision", "pass")
    leader.finish("领导小组审批", "提交意见")


def tender(officer: Desk, office: Desk, world) -> None:
    """What was announced and opened weeks ago is entered today.

    The law's periods cannot be waited for here, so the approval is dated before them.
    """
    day = clock.today() - dt.timedelta(days=7)
    Approval.objects.update(decided_at=clock.now() - dt.timedelta(days=50))
    officer.step("编制招标文件并发布公告")
    officer.fill(
        number="示例-ZB-2026-01",
        announced_on=day - dt.timedelta(days=35),
        documents_until=day - dt.timedelta(days=20),
        bids_due_on=day,
        reserved_percent=100,
    )
    officer.finish("编制招标文件并发布公告", "确认公告已发布")
    officer.step("开标评标记录")
    bids = [(world.supplier.name, world.supplier.uscc, 21500)]
    bids += [(f"示例投标企业{n}", new_code(), 21500 + 400 * n) for n in (1, 2)]
    for at, (name, code, price) in enumerate(bids):
        row = {"name": name, "uscc": code, "brand": f"示例牌{'甲乙丙'[at]}"}
        row |= {"set_price": f"{price}.00", "opening_price": f"{price * 2}.00"}
        officer.fill(**{f"bids-{at}-{field}": value for field, value in row.items()})
    officer.finish("开标评标记录", "提交开标评标记录")
    office.step("定标")
    office.fill(decided_on=day, notified_on=day)
    office.finish("定标", "确定中标人")


def contract(officer: Desk, supplier: Desk) -> None:
    officer.step("签订合同")
    for at, price in enumerate(("8000.00", "7000.00", "6500.00")):
        row = {"brand": "示例牌", "model": f"SL-{at + 1}00", "unit_price": price}
        officer.fill(**{f"items-{at}-{field}": value for field, value in row.items()})
    officer.fill(number="示例-HT-2026-01", buyer_address="示例县城关镇", annual_rate="3.5")
    officer.finish("签订合同", "签署并送供应商确认")
    supplier.step("供应商确认签约")
    expect(supplier.page.locator("main")).to_contain_text("43,000.00")
    supplier.choose("decision", "pass")
    supplier.finish("供应商确认签约", "提交")


def register_seal(office: Desk, world) -> None:
    office.page.goto(f"{office.home}/documents/seals/new/")
    office.page.locator("select[name=owner]").evaluate(
        "(node, value) => node.tomselect ? node.tomselect.setValue(value) : node.value = value",
        f"school:{world.school.pk}",
    )
    office.fill(name=world.school.name)
    office.press("登记启用")
    office.said("已登记启用")


def build(keeper: Desk, supplier: Desk) -> None:
    """Two deliveries: a room today, the other later."""
    keeper.step("场地准备")
    keeper.tick("power", "security", "network")
    keeper.fill(contact="示例老师", phone="13800000000")
    keeper.finish("场地准备", "场地已就绪")
    supplier.step("到货安装")
    rooms = supplier.page.locator("details.room", has=supplier.page.locator("[name^=serial-]"))
    expect(rooms).to_have_count(2)
    _serials(rooms.nth(0), "A")
    rooms.nth(0).get_by_role("button", name="暂存").click()
    supplier.said("已暂存")
    expect(supplier.page.locator(".work-progress")).to_contain_text("1/2")
    _serials(rooms.nth(0), "B")  # the finished room has moved to the end and asks for nothing
    supplier.finish("到货安装", "全部装齐，提交")
    supplier.step("培训")
    supplier.fill(hours=6, expected=12, attendance=12, qualified=11, trainer="示例培训员")
    supplier.finish("培训", "培训完成")


def _serials(room: Locator, series: str) -> None:
    inputs = room.locator("[name^=serial-]")
    expect(inputs).to_have_count(3)
    for at in range(3):
        inputs.nth(at).fill(f"SN-2026-{series}{at + 1}")


def accept(keeper: Desk, head: Desk, station: Desk) -> None:
    keeper.step("学校验收")
    keeper.finish("学校验收", "全部合格")
    head.step("校长签章")
    expect(head.page.locator("main")).to_contain_text("加盖已登记的印章")
    head.tick("equipment", "workmanship", "training")
    head.fill(password=PASSWORD)
    head.sign()
    head.finish("校长签章", "签字盖章")
    station.step("装备站审核")
    station.choose("decision", "pass")
    station.finish("装备站审核", "提交意见")


def inspect(inspector: Desk, supplier: Desk) -> None:
    """One room passes with a tap, the other fails in one part and is inspected again."""
    inspector.step("县级验收")
    rooms = inspector.page.locator("details.room")
    expect(rooms).to_have_count(2)
    _unfold(rooms.nth(0))
    rooms.nth(0).get_by_role("button", name="本班合格").click()
    inspector.said("已暂存")
    _unfold(rooms.nth(0))  # the judged room has moved to the end
    for at, part in enumerate(rooms.nth(0).locator("fieldset.part").all()):
        part.get_by_label("不合格" if at == 0 else "合格", exact=True).check()
    rooms.nth(0).locator("[name^=remark-]").first.fill(FAULT)
    rooms.nth(0).get_by_role("button", name="保存本班").click()
    inspector.said("已暂存")
    inspector.sign()
    inspector.finish("县级验收", "结束本轮并签字")
    supplier.step("县验整改")
    expect(supplier.page.locator("main")).to_contain_text(FAULT)
    supplier.page.locator("[name^=words-]").fill("已重新布线入槽并固定")
    supplier.finish("县验整改", "全部整改完毕，报请复验")
    inspector.step("县级复验")
    expect(rooms).to_have_count(1)
    _unfold(rooms.nth(0))
    expect(rooms.locator("fieldset.part")).to_have_count(1)
    rooms.nth(0).get_by_label("合格", exact=True).check()
    inspector.sign()
    inspector.finish("县级复验", "结束本轮并签字")


def _unfold(room: Locator) -> None:
    if room.get_attribute("open") is None:
        room.locator("summary").first.click()


def hand_over(supplier: Desk, keeper: Desk, station: Desk) -> None:
    supplier.step("移交申请")
    supplier.finish("移交申请", "提出移交")
    for desk, title in ((supplier, "移交人签字"), (keeper, "接收人签字"), (station, "监交人签字")):
        desk.step(title)
        desk.tick("checked")
        desk.sign()
        desk.finish(title, "签署移交单")


def enter(keeper: Desk, finance: Desk) -> None:
    keeper.step("学校核对贴标签")
    keeper.fill(custodian="示例保管员")
    keeper.finish("学校核对贴标签", "全部核对无误")
    finance.step("入账")
    finance.fill(voucher="记-2026-0001")
    finance.finish("入账", "确认入账")


def approve_budget(reviewer: Desk) -> None:
    reviewer.menu("财务")
    reviewer.follow("学校预算")
    reviewer.follow("登记预算批复")
    reviewer.fill(document="示例财预〔2026〕8号")
    reviewer.page.locator("[name^=amount-]").fill("30000")
    reviewer.press("登记批复")
    reviewer.said("已登记 1 所学校")


def sign(head: Desk, supplier: Desk) -> None:
    """The agreement and its schedule, read on the screen and signed by both."""
    for desk, title in ((head, "校长签署协议"), (supplier, "供应商签署协议")):
        desk.step(title)
        expect(desk.page.locator("main")).to_contain_text("逾期利息")
        desk.tick("agreed")
        desk.fill(password=PASSWORD)
        desk.sign()
        desk.finish(title, "签字盖章")


def pay(finance: Desk, reviewer: Desk, cashier: Desk) -> None:
    finance.step("学校申请付款")
    finance.fill(budget_note="公用经费—设备租赁")
    finance.finish("学校申请付款", "提交付款申请")
    reviewer.step("县财务审核")
    reviewer.choose("decision", "pass")
    reviewer.finish("县财务审核", "提交意见")
    cashier.step("付款登记")
    cashier.fill(voucher="2026-支-0001")
    cashier.finish("付款登记", "登记付款")
    for at, level in enumerate(("县级", "州级", "省级")):
        reviewer.page.goto(f"{reviewer.home}/financing/claims/batches/new/")
        reviewer.follow(level)
        reviewer.fill(document=f"示例教申〔2026〕{at + 1}号")
        reviewer.press("申领")
        reviewer.said("已申领 1 笔奖补")


def conclude(office: Desk, leader: Desk) -> None:
    office.step("履约验收")
    office.fill(members="示例组长 县教育局 组长\n示例组员 县财政局 组员\n示例专家 县装备站 组员")
    office.finish("履约验收", "出具履约验收书")
    leader.step("结项")
    leader.tick("agree")
    leader.finish("结项", "同意结项")


def look_around(at: Office) -> None:
    """Everybody opens every entry of the menu; the office the project, its file, a room, a paper."""
    for desk in at.desks.values():
        bar = desk.page.locator(".side-menu a" if desk.width == DESK else "nav.tabs > a.tab")
        for url in [a.get_attribute("href") for a in bar.all()]:
            desk.page.goto(desk.home + url)
            desk.look()
    office, head = at(Role.PROJECT_OFFICE), at(Role.HEAD)
    office.menu("项目")
    office.follow(NAME)
    expect(office.page.locator("main")).not_to_contain_text("不符")
    office.follow("流程图")
    office.page.go_back()
    office.follow("卷宗目录")
    office.follow("学校验收表")
    head.menu("我校")
    head.page.locator("main").get_by_role("link", name="示例1小学").first.click()
    head.look()
    head.page.locator("main a[href^='/rooms/']").first.click()
    expect(head.page.locator(".passport")).to_contain_text("回购")
    head.look()
