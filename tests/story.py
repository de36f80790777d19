"""The whole story of one county's project, told only through its pages.

Every act is a person who signs in, finds the step in the inbox, opens its page, fills in the form
that is there and sends it. Nothing is read from the tables to get on. ``CHAPTERS`` are told in
their order; each asserts what its people notice.

>>> story = Story(two_schools()).tell()
>>> story.answer_for(handover)
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable

import openpyxl
from conftest import ReadingClient
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from registry import clock
from registry.enums import Role
from registry.models import Classroom, School, User
from tests.acceptance_walk import drawn
from tests.reading import Form, Page
from tests.sheets import line, opened, xlsx
from tests.tender_story import new_code
from tests.world import PASSWORD, World, make_world

NAME = "示例县2026年班班通建设项目"
REASON = "请核对撤并学校后重新提交"
FAULT = "走线外露,未入线槽"
PRICES = ("8000.00", "7000.00", "6500.00")
SET_PRICE = "21500.00"
ROOMS = (2, 3)
"""How many rooms the first and the second school have: five sets in all."""


def two_schools() -> World:
    """A county with two schools of two and three rooms."""
    world = make_world(schools=2, rooms=ROOMS[0])
    Classroom.objects.create(school=world.schools[1], name="3年级1班", room="教学楼103", pupils=45)
    return world


class Visitor(ReadingClient):
    """A browser that is told off for a missing CSRF token, as everybody's is."""

    def __init__(self):
        super().__init__(enforce_csrf_checks=True)


class Story:
    """The people of ``world`` at their desks, the day it is, and what was told so far."""

    def __init__(self, world: World):
        self.world = world
        self.day = dt.date(2026, 3, 2)
        self.told: list[Callable] = []
        self.failure: tuple[Callable, Exception] | None = None
        self.browsers: dict[int, Client] = {}
        self.project_url = ""

    # --- telling ------------------------------------------------------------------------------
    def tell(self) -> Story:
        """Tell all chapters; stops at one that fails and keeps what went wrong."""
        for chapter in CHAPTERS:
            try:
                chapter(self)
            except Exception as error:
                self.failure = (chapter, error)
                break
            self.told.append(chapter)
        return self

    def answer_for(self, chapter: Callable) -> None:
        """Raise what went wrong in ``chapter``, or say that it was never reached."""
        if chapter in self.told:
            return
        failed, error = self.failure
        if failed is chapter:
            raise error
        raise AssertionError(f"not reached: the story stopped at {failed.__name__}")

    def on(self, month: int, day: int) -> None:
        """It is now that day of 2026, or still today if that has passed."""
        self.day = max(self.day, dt.date(2026, month, day))

    # --- people at their desks ----------------------------------------------------------------
    def person(self, role: Role, place=None) -> User:
        return self.world.person(role, place)

    def browser(self, user: User) -> Client:
        """The person's browser, signed in through the login page."""
        if user.pk not in self.browsers:
            browser = self.browsers[user.pk] = Visitor()
            page = self.read(browser.get("/accounts/login/", follow=True), "/accounts/login/")
            form = page.form("登录").fill(login=user.username, password=PASSWORD)
            answer = form.post(browser)
            assert answer.redirect_chain[-1][0] == "/", self.read(answer, "").errors
        return self.browsers[user.pk]

    def read(self, answer, url: str) -> Page:
        assert answer.status_code == 200, (answer.status_code, url)
        return Page(answer.content.decode(), answer.request["PATH_INFO"] or url)

    def visit(self, user: User, url: str) -> Page:
        browser = self.browser(user)
        with clock.at(self.day):
            return self.read(browser.get(url, follow=True), url)

    def fetch(self, user: User, url: str) -> bytes:
        """What is downloaded from ``url``."""
        browser = self.browser(user)
        with clock.at(self.day):
            answer = browser.get(url)
        assert answer.status_code == 200, (answer.status_code, url)
        return b"".join(answer) if answer.streaming else answer.content

    def send(self, user: User, form: Form) -> Page:
        browser = self.browser(user)
        with clock.at(self.day):
            return self.read(form.post(browser), form.action)

    # --- steps --------------------------------------------------------------------------------
    def waiting(self, user: User, title: str, place: str = "") -> list:
        """Rows of the person's inbox with that step."""
        rows = self.visit(user, "/inbox/").all("a", "inbox-row")
        return [row for row in rows if row.first("b").text == title and place in row.text]

    def step(self, user: User, title: str, place: str = "") -> Page:
        """Open the step from the inbox."""
        rows = self.waiting(user, title, place)
        assert len(rows) == 1, f"{user} has {len(rows)} × {title} {place}"
        page = self.visit(user, rows[0]["href"])
        assert page.heading.startswith(title)
        return page

    def finish(self, user: User, form: Form, title: str) -> Page:
        """Send the form; the page that follows must say that the step is done."""
        page = self.send(user, form)
        assert not page.errors, (title, page.errors)
        assert any(f"“{title}”已办结" in said for said in page.messages), (title, page.messages)
        return page

    def do(
        self, user: User, title: str, place: str = "", *, button: str = "", tick=(), **data
    ) -> Page:
        """Find the step, fill it in, finish it."""
        page = self.step(user, title, place)
        form = page.form(button) if button else _main(page)
        return self.finish(user, form.fill(**data).tick(*tick), title)


def _main(page: Page) -> Form:
    """The step's one primary button."""
    buttons = [b for b in page.all("button", "btn-primary") if b.under("form")]
    buttons = [b for b in buttons if b["type"] == "submit" and not b["name"]]
    assert buttons, page.url
    return Form(page, buttons[-1].under("form"), buttons[-1])


def xlsx_file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


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
    assert "已立项,下一步编制方案" in page.messages[0]
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
    assert any("有 2 行有问题,一行也没有导入" in error for error in page.errors), page.errors
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
    without = story.send(leader, _main(page).fill(decision="return"))
    assert any("请写明原因" in error for error in without.errors)
    story.do(leader, "领导小组审批", decision="return", opinion=REASON)
    (row,) = story.waiting(office, "编制方案")
    assert f"退回:{REASON}" in row.text
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
    form = _main(page)
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
    form = _main(story.step(officer, "签订合同"))
    for at, price in enumerate(PRICES):
        form.fill(**{f"items-{at}-brand": "示例牌", f"items-{at}-model": f"SL-{at + 1}00"})
        form.fill(**{f"items-{at}-unit_price": price})
    form.fill(number="示例-HT-2026-01", buyer_address="示例县城关镇", annual_rate="3.5")
    story.finish(officer, form, "签订合同")
    story.day += dt.timedelta(days=2)
    page = story.step(supplier, "供应商确认签约")
    assert "107,500.00" in page.text
    story.finish(supplier, _main(page).fill(decision="pass"), "供应商确认签约")
    assert "各校实施" in story.visit(officer, story.project_url).first("h1").text


# --- 各校实施 ------------------------------------------------------------------------------------
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
        early = story.send(supplier, page.form("全部装齐,提交"))
        assert early.errors  # not before every room is complete
    story.on(5, 18)
    by_page, by_excel = story.world.schools
    form = story.step(supplier, "到货安装", by_page.name).form("全部装齐,提交")
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
    form = page.form("全部装齐,提交").fill(sheet=xlsx_file("序列号.xlsx", out.getvalue()))
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
        assert f"加盖已登记的印章:{school.name}" in page.text
        form = page.form("签字盖章").tick("equipment", "workmanship", "training")
        form.fill(signature=drawn(), password="不是这个口令")
        wrong = story.send(head, form)
        assert any("口令不对,没有签署" in error for error in wrong.errors)
        form = wrong.form("签字盖章").tick("equipment", "workmanship", "training")
        page = story.finish(head, form.fill(signature=drawn(), password=PASSWORD), "校长签章")
        assert "学校验收表" in page.text


def station_review(story: Story) -> None:
    story.on(6, 1)
    station = story.person(Role.STATION)
    for school in story.world.schools:
        page = story.step(station, "装备站审核", school.name)
        assert "品牌型号都与合同一致" in page.text
        story.finish(station, _main(page).fill(decision="pass"), "装备站审核")


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
    form = page.form("全部整改完毕,报请复验")
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


def first_instalment(story: Story) -> None:
    """The first school's finance applies, the county reviews and pays, rebates are claimed."""
    school = story.world.schools[0]
    finance = story.person(Role.SCHOOL_FINANCE, school)
    reviewer, cashier = story.person(Role.COUNTY_FINANCE), story.person(Role.COUNTY_CASHIER)
    story.on(7, 6)
    story.do(finance, "学校申请付款", budget_note="公用经费—设备租赁")
    page = story.do(reviewer, "县财务审核", school.name, decision="pass")
    assert "付款登记" in page.messages[0]
    story.on(7, 8)
    story.do(cashier, "付款登记", school.name, voucher="2026-支-0001")
    form = _main(story.step(reviewer, "奖补申领", school.name))
    documents = form.names("document_")
    assert len(documents) == 3  # county, prefecture, province
    for at, name in enumerate(documents):
        form.fill(**{name: f"示例教申〔2026〕{at + 1}号"})
    story.finish(reviewer, form, "奖补申领")
    (row,) = story.waiting(finance, "学校申请付款")  # the second instalment
    assert "2028" in row.text


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
    page = story.finish(leader, _main(page).tick("agree"), "结项")
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
    first_instalment,
    conclusion,
]


def sheet_rows(content: bytes) -> list[tuple]:
    """Rows of a downloaded workbook, the heading first."""
    return list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
