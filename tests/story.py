"""The whole story of one county's project, told only through its pages.

``CHAPTERS`` in their order: the county's part and the money are here, what happens at the schools
in ``tests.story_school``; ``tests.storyteller`` has the people who tell them.
"""

from __future__ import annotations

import datetime as dt

from registry.enums import Role
from tests.acceptance_walk import drawn
from tests.reading import Page
from tests.sheets import line, opened, xlsx
from tests.story_school import (
    county_inspection,
    handover,
    installation,
    rectification,
    school_acceptance,
    seals,
    site,
    station_review,
    training,
)
from tests.storyteller import PRICES, ROOMS, Story, main_form, xlsx_file
from tests.tender_story import new_code
from tests.world import PASSWORD, World

NAME = "示例县2026年班班通建设项目"
REASON = "请核对撤并学校后重新提交"


def plan_rows(world: World) -> list[list]:
    """附表1 with one row per class."""
    return [
        line(school, room.name)
        for school in world.schools
        for room in school.classrooms.order_by("pk")
    ]


# --- 立项, 编制方案, 审批 -------------------------------------------------------------------------
def opening(story: Story) -> None:
    """The project office opens the project from the list of projects."""
    office = story.person(Role.PROJECT_OFFICE)
    page = story.visit(office, story.visit(office, "/").link("项目"))
    page = story.visit(office, page.link("立项"))
    form = page.form("立项").fill(
        name=NAME,
        year=2026,
        target_classrooms=sum(ROOMS),
        budget="112500.00",
        budget_basis="示例财预〔2026〕1号",
        percent_school=40,
        percent_county=10,
        percent_prefecture=20,
        percent_province=30,
    )
    form.fill(mode=_mode_two(page))
    page = story.send(office, form)
    assert page.heading.startswith(NAME), page.errors
    assert "已立项，下一步编制方案" in page.messages[0]
    assert "编制方案" in page.first("h1").text
    story.project_url = page.url


def _mode_two(page: Page) -> str:
    """The value of the radio that says projector, board and computer."""
    labels = {label["for"]: label.text for label in page.all("label")}
    for radio in page.all("input", name="mode"):
        if "模式二" in labels[radio["id"]]:
            return radio["value"]
    raise AssertionError(f"no second mode among {labels}")


def faulty_list(story: Story) -> None:
    """A list with two faulty rows comes back marked, and nothing of it is taken over."""
    office, (first, second) = story.person(Role.PROJECT_OFFICE), story.world.schools
    rows = plan_rows(story.world)
    rows[1] = line(first, "2年级1班", "两个")
    rows[3] = line(second, "2年级1班", code="2152319999")
    form = story.step(office, "编制方案").form("导入清单")
    page = story.send(office, form.fill(upload=xlsx_file("附表1.xlsx", xlsx(rows))))
    assert any("有 2 行有问题，一行也没有导入" in error for error in page.errors), page.errors
    marked = opened(story.fetch(office, page.link("下载标注了问题的文件"))).active
    said = {row[0].row: row[-1].value for row in marked.iter_rows(min_row=2)}
    assert {number for number, sentence in said.items() if sentence} == {3, 5}
    assert "数量" in said[3]
    assert "2152319999" in said[5]
    assert marked.cell(3, 5).fill.start_color.rgb != marked.cell(2, 5).fill.start_color.rgb
    plan = story.visit(office, story.project_url)
    assert not plan.all(css="board")


def planning(story: Story) -> None:
    """The mended list is taken over and submitted."""
    office = story.person(Role.PROJECT_OFFICE)
    story.on(3, 4)
    form = story.step(office, "编制方案").form("导入清单")
    page = story.send(
        office, form.fill(upload=xlsx_file("附表1.xlsx", xlsx(plan_rows(story.world))))
    )
    assert not page.errors, page.errors
    assert page.heading.startswith("编制方案")
    page = story.do(office, "编制方案", button="提交领导小组审批")
    assert "领导小组审批" in page.messages[0]
    assert not story.waiting(office, "编制方案")


def returned(story: Story) -> None:
    """The leading group sends the plan back; the planner reads why in the inbox."""
    leader, office = story.person(Role.LEADING_GROUP), story.person(Role.PROJECT_OFFICE)
    story.on(3, 6)
    page = story.step(leader, "领导小组审批")
    without = story.send(leader, main_form(page).fill(decision="return"))
    assert any("请写明原因" in error for error in without.errors)
    story.do(leader, "领导小组审批", decision="return", opinion=REASON)
    (row,) = story.waiting(office, "编制方案")
    assert f"退回：{REASON}" in row.text
    assert REASON in story.visit(office, row["href"]).first(css="ask").text


def approved(story: Story) -> None:
    """The plan is submitted again and approved; the planner was never asked to approve."""
    office, leader = story.person(Role.PROJECT_OFFICE), story.person(Role.LEADING_GROUP)
    story.on(3, 9)
    story.do(office, "编制方案", button="提交领导小组审批")
    assert not story.waiting(office, "领导小组审批")
    story.on(3, 11)
    story.do(leader, "领导小组审批", decision="pass")
    assert "采购" in story.visit(leader, story.project_url).first("h1").text


# --- 采购 ----------------------------------------------------------------------------------------
def tender(story: Story) -> None:
    """Announced with the law's dates prefilled, opened after them, awarded to the lowest of three."""
    officer, office = story.person(Role.PROCUREMENT), story.person(Role.PROJECT_OFFICE)
    story.on(3, 12)
    story.do(
        officer,
        "编制招标文件并发布公告",
        number="示例-ZB-2026-01",
        ceiling="112500",
        reserved_percent=100,
    )
    page = story.step(officer, "开标评标记录")
    form = main_form(page)
    story.day = dt.date.fromisoformat(form.values["opened_on"][0])
    assert (story.day - dt.date(2026, 3, 12)).days >= 20  # 采购法 35
    for at, (name, price) in enumerate((("示例牌甲", 21500), ("示例牌乙", 22000))):
        form.fill(**{f"bids-{at}-supplier": story.world.suppliers[at].pk})
        form.fill(**_bid(at, name, price))
    form.fill(**{"bids-2-name": "示例新来企业", "bids-2-uscc": new_code()})
    form.fill(**_bid(2, "示例牌丙", 22400))
    story.finish(officer, form, "开标评标记录")
    story.day += dt.timedelta(days=2)
    page = story.do(office, "定标")
    assert story.world.supplier.name in page.text


def _bid(at: int, brand: str, price: int) -> dict:
    row = {"brand": brand, "set_price": f"{price}.00", "opening_price": f"{price * 5}.00"}
    return {f"bids-{at}-{name}": value for name, value in row.items()}


def contract(story: Story) -> None:
    """Signed with unit prices that make the winning set price; the supplier confirms."""
    officer, supplier = story.person(Role.PROCUREMENT), story.person(Role.SUPPLIER)
    story.day += dt.timedelta(days=7)
    form = main_form(story.step(officer, "签订合同"))
    for at, price in enumerate(PRICES):
        form.fill(**{f"items-{at}-brand": "示例牌", f"items-{at}-model": f"SL-{at + 1}00"})
        form.fill(**{f"items-{at}-unit_price": price})
    form.fill(number="示例-HT-2026-01", buyer_address="示例县城关镇", annual_rate="3.5")
    story.finish(officer, form, "签订合同")
    story.day += dt.timedelta(days=2)
    page = story.step(supplier, "供应商确认签约")
    assert "107,500.00" in page.text
    story.finish(supplier, main_form(page).fill(decision="pass"), "供应商确认签约")
    assert "各校实施" in story.visit(officer, story.project_url).first("h1").text


# --- 资产, 回购 ----------------------------------------------------------------------------------
def registration(story: Story) -> None:
    """The school checks its cards, its finance books them."""
    for school in story.world.schools:
        story.on(6, 24)
        keeper = story.person(Role.TECHNICIAN, school)
        finance = story.person(Role.SCHOOL_FINANCE, school)
        form = story.step(keeper, "学校核对贴标签").form("全部核对无误")
        story.finish(keeper, form.fill(custodian="示例保管员"), "学校核对贴标签")
        story.on(6, 26)
        story.do(finance, "入账", voucher=f"记-2026-06-{school.pk:04d}")


def signing(story: Story) -> None:
    """Head and supplier read and sign each school's agreement; before that nothing can be paid."""
    supplier = story.person(Role.SUPPLIER)
    story.on(6, 29)
    for school in story.world.schools:
        head = story.person(Role.HEAD, school)
        given = {"password": PASSWORD, "signature": drawn()}
        assert not story.waiting(story.person(Role.SCHOOL_FINANCE, school), "学校申请付款")
        page = story.step(head, "校长签署协议")
        assert "回购计划表" in page.text
        form = main_form(page).tick("agreed").fill(**given)
        story.finish(head, form, "校长签署协议")
        page = story.do(supplier, "供应商签署协议", school.name, tick=("agreed",), **given)
    assert "2026-06-29" in page.text


def year_budget(story: Story) -> None:
    """Without this year's budget the school is turned away; county finance enters the approval."""
    school = story.world.schools[0]
    finance, reviewer = story.person(Role.SCHOOL_FINANCE, school), story.person(Role.COUNTY_FINANCE)
    story.on(7, 3)
    page = story.step(finance, "学校申请付款")
    assert "还没有预算批复" in page.text
    refused = story.send(finance, main_form(page).fill(budget_note="公用经费—设备租赁"))
    assert any("还没有 2026 年的回购预算批复" in said for said in refused.errors)
    page = story.visit(reviewer, story.visit(reviewer, "/financing/budgets/").link("登记预算批复"))
    form = page.form("登记批复").fill(document="示例财预〔2026〕8号")
    names = form.names("amount-")
    assert len(names) == len(story.world.schools)
    page = story.send(reviewer, form.fill(**dict.fromkeys(names, "30000")))
    assert f"已登记 {len(names)} 所学校的 2026 年预算批复" in page.messages[0], page.errors


def first_instalment(story: Story) -> None:
    """The first school's finance applies, the county reviews and pays."""
    school = story.world.schools[0]
    finance = story.person(Role.SCHOOL_FINANCE, school)
    reviewer, cashier = story.person(Role.COUNTY_FINANCE), story.person(Role.COUNTY_CASHIER)
    story.on(7, 6)
    story.do(finance, "学校申请付款", budget_note="公用经费—设备租赁")
    page = story.do(reviewer, "县财务审核", school.name, decision="pass")
    assert "付款登记" in page.messages[0]
    story.on(7, 8)
    story.do(cashier, "付款登记", school.name, voucher="2026-支-0001")
    (row,) = story.waiting(finance, "学校申请付款")  # the second instalment
    assert "2028" in row.text


def rebates(story: Story) -> None:
    """What was paid is claimed of each level in a batch; the province's is reviewed below it."""
    reviewer = story.person(Role.COUNTY_FINANCE)
    story.on(7, 9)
    home = story.visit(reviewer, "/")
    assert "有奖补可申领 3 笔" in home.text
    offers = story.visit(reviewer, "/financing/claims/batches/new/").all("a", "row-line")
    assert len(offers) == 3  # county, prefecture, province
    for at, offer in enumerate(offers):
        page = story.visit(reviewer, "/financing/claims/batches/new/" + offer["href"])
        form = page.form("申领").fill(document=f"示例教申〔2026〕{at + 1}号")
        page = story.send(reviewer, form)
        assert "已申领 1 笔奖补" in " ".join(page.messages), page.errors
    assert "有奖补可申领" not in story.visit(reviewer, "/").text
    prefecture = story.person(Role.PREFECTURE)
    assert "奖补等您审核或批复 1 笔" in story.visit(prefecture, "/").text


def conclusion(story: Story) -> None:
    """履约验收书 over the whole contract, then 结项 by the leading group."""
    office, leader = story.person(Role.PROJECT_OFFICE), story.person(Role.LEADING_GROUP)
    story.on(7, 20)
    story.do(
        office,
        "履约验收",
        button="出具履约验收书",
        members="示例组长 县教育局 组长\n示例组员 县财政局 组员\n示例专家 县装备站 组员",
    )
    page = story.step(leader, "结项")
    assert "履约验收书" in page.text
    page = story.finish(leader, main_form(page).tick("agree"), "结项")
    assert "回购期" in story.visit(leader, story.project_url).first("h1").text


CHAPTERS = [
    opening,
    faulty_list,
    planning,
    returned,
    approved,
    tender,
    contract,
    seals,
    site,
    installation,
    training,
    school_acceptance,
    station_review,
    county_inspection,
    rectification,
    handover,
    registration,
    signing,
    year_budget,
    first_instalment,
    rebates,
    conclusion,
]
