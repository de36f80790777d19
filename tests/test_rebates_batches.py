"""Claims in batches by the pages: put together, decided on, the bureau's sheet out and in, the money."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from documents.enums import PaperKind
from documents.models import Paper
from financing.models import ClaimBatch, RebateClaim
from procurement.models import FundingShare
from registry import clock
from registry.enums import Role
from tests.buyback import claim, granted, make_buybacks, pay_round, reviewed, second_finance
from tests.reading import Page
from tests.world import make_world

pytestmark = pytest.mark.django_db
CLAIMS, NEW = reverse("financing:claims"), reverse("financing:claim_batch_new")


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def buybacks(world):
    """Two schools, the first instalment of each paid."""
    agreements = make_buybacks(world)
    for agreement in agreements:
        pay_round(world, agreement, f"支-{agreement.pk}")
    return agreements


@pytest.fixture
def batch(world, buybacks) -> ClaimBatch:
    """The province's."""
    return next(one for one in claim(world, *buybacks) if one.funder == "province")


def read(answer, url="") -> Page:
    assert answer.status_code == 200
    return Page(answer.content.decode(), url)


def url_of(batch, name="claim_batch"):
    return reverse(f"financing:{name}", args=[batch.pk])


# --- put together ---------------------------------------------------------------------------------
def test_a_batch_is_put_together_from_what_may_be_claimed(world, buybacks, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    offers = read(browser.get(NEW)).all("a", "row-line")
    assert [offer.first("b").text for offer in offers] == ["县级", "州级", "省级"]
    url = NEW + offers[2]["href"]
    form = read(browser.get(url), url).form("申领")
    assert len(form.values["rebates"]) == 2
    page = read(form.fill(document="示例教申〔2027〕1号").post(browser))
    assert page.messages == ["已申领 2 笔奖补，文号 示例教申〔2027〕1号。"]
    batch = ClaimBatch.objects.get()
    assert (batch.funder, batch.claims.count()) == ("province", 2)
    paper = Paper.objects.get(kind=PaperKind.CLAIM_BATCH)
    assert paper.data["total"]["schools"] == 2
    total = sum(row.claimed_amount for row in batch.claims.all())
    assert paper.data["total"]["amount"] == f"{total:.2f}"
    assert len(read(browser.get(NEW)).all("a", "row-line")) == 2


def test_what_was_ticked_and_typed_stays_when_it_is_refused(world, buybacks, client_of):
    claim(world, buybacks[0])
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    project = buybacks[0].project_school.project_id
    url = f"{NEW}?project={project}&funder=province"
    used = ClaimBatch.objects.get(funder="province").document
    page = read(read(browser.get(url), url).form("申领").fill(document=used).post(browser), url)
    assert "这个文号已经向该层级申领过。" in " ".join(page.errors)
    assert page.form("申领").values["document"] == [used]
    assert "请先勾选" in " ".join(read(browser.post(url, {"document": "文9"})).errors)
    assert RebateClaim.objects.count() == 3


def test_a_double_click_claims_once(world, buybacks, client_of):
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    project = buybacks[0].project_school.project_id
    url = f"{NEW}?project={project}&funder=province"
    rebates = read(browser.get(url), url).form("申领").values["rebates"]
    data = {"rebates": rebates, "document": "示例教申1号"}
    first, second = (browser.post(url, data, follow=True) for _ in range(2))
    assert "已申领 2 笔" in first.content.decode()
    assert "已经申领" in second.content.decode()
    assert ClaimBatch.objects.count() == 1
    assert RebateClaim.objects.count() == 2


def test_nobody_else_makes_a_batch(world, buybacks, client_of):
    for role in (Role.SCHOOL_FINANCE, Role.COUNTY_CASHIER, Role.PROVINCE, Role.SUPPLIER):
        browser = client_of(world.person(role))
        assert browser.get(NEW).status_code == 403
        assert browser.post(NEW, {"document": "文1"}).status_code == 403


def test_a_yearly_level_is_claimed_when_the_year_is_paid(world, client_of):
    agreement = make_buybacks(world)[0]
    FundingShare.objects.filter(funder="province").update(cycle="yearly")
    first, second = agreement.instalments.order_by("number")[:2]
    type(second).objects.filter(pk=second.pk).update(due_on=first.due_on)
    pay_round(world, agreement, "支-1")
    funders = {rebate.funder for rebate in agreement.claimable()}
    assert funders == {"county", "prefecture"}
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    shown = read(browser.get(CLAIMS, {"state": "year"}))
    assert shown.count == 1
    assert "待本年付清后集中申领" in shown.text
    pay_round(world, agreement, "支-2")
    assert agreement.claimable().filter(funder="province").count() == 2
    assert read(browser.get(CLAIMS, {"state": "year"})).count == 0


# --- decided on -------------------------------------------------------------------------------------
def test_the_levels_decide_on_the_whole_batch(world, batch, client_of):
    prefecture, province = world.person(Role.PREFECTURE), world.person(Role.PROVINCE)
    url = url_of(batch)
    browser = client_of(prefecture)
    form = read(browser.get(url), url).form("审核")
    page = read(form.fill(document="州审〔2027〕3号").post(browser), url)
    assert "已审核 2 笔，退回 0 笔。" in page.messages
    browser = client_of(province)
    one, two = batch.claims.order_by("pk")
    form = read(browser.get(url), url).form("批复")
    form.fill(**{f"amount_{one.pk}": one.claimed_amount - 5})
    page = read(form.fill(document="省批〔2027〕9号").post(browser), url)
    assert any("请写明原因" in words for words in page.errors)
    assert page.form("批复").values["document"] == ["省批〔2027〕9号"]
    form = page.form("批复").fill(**{f"remark_{one.pk}": "核减", f"remark_{two.pk}": "凭证不符"})
    page = read(form.tick(f"returned_{two.pk}").post(browser), url)
    assert "已批复 1 笔，退回 1 笔。" in page.messages
    one.refresh_from_db()
    assert one.approved_amount == one.claimed_amount - 5
    assert "凭证不符" in read(browser.get(url)).text


def test_who_comes_second_is_told_and_changes_nothing(world, batch, client_of):
    browser, url = client_of(world.person(Role.PREFECTURE)), url_of(batch)
    form = read(browser.get(url), url).form("审核").fill(document="州审1号")
    assert "已审核 2 笔" in " ".join(read(form.post(browser)).messages)
    again = read(form.post(browser))
    assert "没有重复写入" in " ".join(again.messages)
    assert {row.review_document for row in batch.claims.all()} == {"州审1号"}


def test_a_school_and_the_supplier_see_no_batch(world, batch, client_of):
    for role in (Role.SCHOOL_FINANCE, Role.HEAD, Role.SUPPLIER, Role.TOWNSHIP_OFFICE):
        browser = client_of(world.person(role))
        for name in ("claim_batch", "claim_sheet", "claim_sheet_upload"):
            assert browser.get(url_of(batch, name)).status_code == 404
    school = client_of(world.person(Role.SCHOOL_FINANCE))
    own = batch.claims.get(rebate__instalment__agreement__project_school__school=world.school)
    other = batch.claims.exclude(pk=own.pk).get()
    assert school.get(reverse("financing:claim", args=[own.pk])).status_code == 200
    assert school.get(reverse("financing:claim", args=[other.pk])).status_code == 404


def test_the_number_of_lines_costs_no_queries(world, buybacks, client_of):
    small = claim(world, buybacks[0])[2]
    large = claim(world, buybacks[1])[2]
    pay_round(world, buybacks[1], "支-9")
    large.claims.add(*RebateClaim.objects.filter(batch__in=claim(world, buybacks[1])[2:]))
    assert (small.claims.count(), large.claims.count()) == (1, 2)
    browser = client_of(world.person(Role.PREFECTURE))

    def count(batch):
        browser.get(url_of(batch))
        with CaptureQueriesContext(connection) as seen:
            browser.get(url_of(batch))
        return len(seen)

    assert count(small) == count(large)


# --- the bureau's sheet ---------------------------------------------------------------------------
def sheet_of(browser, batch):
    answer = browser.get(url_of(batch, "claim_sheet"))
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def upload(browser, batch, book, **data) -> Page:
    out = io.BytesIO()
    book.save(out)
    file = SimpleUploadedFile("汇总表.xlsx", out.getvalue())
    data = {"file": file, "document": "州审〔2027〕3号", "decided_on": clock.today()} | data
    return read(browser.post(url_of(batch, "claim_sheet_upload"), data, follow=True))


def test_the_sheet_is_what_the_bureau_asks_for(world, batch, client_of):
    page = sheet_of(client_of(world.person(Role.COUNTY_FINANCE)), batch).active
    assert page["A1"].value == "示例班班通项目省级奖补申领汇总表"
    assert batch.document in page["A3"].value
    heads = [cell.value for cell in page[4]]
    assert heads[:12] == [
        *("序号", "学校标识码", "学校", "乡镇", "班数", "期次"),
        *("应付日期", "付款日期", "付款金额", "基数", "比例（%）", "申领金额"),
    ]
    assert page.page_setup.orientation == "landscape"
    assert (page.page_setup.paperSize, page.print_title_rows) == (9, "$4:$4")
    claims = {row.rebate.instalment.agreement.school.code: row for row in batch.claims.all()}
    for row in page.iter_rows(min_row=5, max_row=6, values_only=True):
        mine = claims[row[1]]
        assert f"{row[11]:.2f}" == f"{mine.claimed_amount:.2f}"
        assert f"{row[8]:.2f}" == f"{mine.rebate.instalment.payment:.2f}"
        assert row[7].date() == clock.today()
    assert page.cell(7, 1).value == "合计"
    assert page.cell(7, 12).value == "=SUM(L5:L6)"
    assert [page.cell(9, column).value for column in (1, 7, 12)] == [
        "制表人：",
        "审核人：",
        "负责人：",
    ]


def test_the_filled_in_sheet_decides_line_by_line(world, batch, client_of):
    browser = client_of(world.person(Role.PREFECTURE))
    book = sheet_of(browser, batch)
    page = book.active
    page.cell(5, 13).value = page.cell(5, 12).value
    page.cell(6, 13).value = float(page.cell(6, 12).value) - 100.10
    page.cell(6, 15).value = "核减"
    told = upload(browser, batch, book)
    assert "已按汇总表审核 2 笔，退回 0 笔。" in told.messages
    rows = {r.rebate.instalment.agreement.school.code: r for r in batch.claims.all()}
    first, second = (rows[page.cell(at, 2).value] for at in (5, 6))
    assert (first.reviewed_amount, first.status) == (first.claimed_amount, "reviewed")
    assert f"{second.claimed_amount - second.reviewed_amount:.2f}" == "100.10"
    assert second.review_remark == "核减"


BAD = [
    ({(5, 13): None}, "请填写审核金额"),
    ({(5, 13): "很多"}, "要填数字"),
    ({(5, 13): 1.005}, "最多两位小数"),
    ({(5, 13): -1}, "须在 0 和"),
    ({(5, 13): 10**9}, "须在 0 和"),
    ({(5, 13): 1}, "请写明原因"),
    ({(5, 15): "退回："}, "退回的请写明原因"),
    ({(5, 12): 1}, "不能改动"),
    ({(5, 2): "2199999999"}, "没有等待办理的"),
    ({(5, 6): 9}, "没有等待办理的"),
]


@pytest.mark.parametrize(("cells", "words"), BAD)
def test_a_bad_row_changes_nothing_and_comes_back_marked(world, batch, client_of, cells, words):
    browser = client_of(world.person(Role.PREFECTURE))
    book = sheet_of(browser, batch)
    for at in (5, 6):
        book.active.cell(at, 13).value = book.active.cell(at, 12).value
    for (row, column), value in cells.items():
        book.active.cell(row, column).value = value
    told = upload(browser, batch, book)
    assert words in told.text
    assert "整份没有导入" in told.text
    assert {row.status for row in batch.claims.all()} == {"claimed"}
    marked = browser.get(reverse("financing:claim_sheet_marked"))
    page = load_workbook(io.BytesIO(b"".join(marked.streaming_content))).active
    assert words in page.cell(5, 16).value


def test_a_sheet_without_all_lines_is_refused(world, batch, client_of):
    browser = client_of(world.person(Role.PREFECTURE))
    book = sheet_of(browser, batch)
    book.active.cell(5, 13).value = book.active.cell(5, 12).value
    book.active.delete_rows(6)
    assert "缺少" in " ".join(upload(browser, batch, book).errors)
    assert {row.status for row in batch.claims.all()} == {"claimed"}
    file = SimpleUploadedFile("x.xlsx", b"no workbook")
    data = {"file": file, "document": "州审1号", "decided_on": clock.today()}
    page = read(browser.post(url_of(batch, "claim_sheet_upload"), data))
    assert "不是 Excel 工作簿" in " ".join(page.errors)


def test_only_whose_turn_it_is_may_upload(world, batch, client_of):
    for role in (Role.COUNTY_FINANCE, Role.PROVINCE, Role.COUNTY_CASHIER):
        browser = client_of(world.person(role))
        assert browser.get(url_of(batch, "claim_sheet_upload")).status_code == 403


# --- the money, one claim, what is asked ------------------------------------------------------------
def test_the_cashier_enters_one_transfer_for_all(world, batch, client_of):
    for row in batch.claims.all():
        granted(world, row)
    browser, url = client_of(world.person(Role.COUNTY_CASHIER)), url_of(batch)
    assert "已批复的奖补待到账 2 笔" in read(browser.get("/")).text
    form = read(browser.get(url), url).form("登记到账")
    page = read(form.fill(voucher="2027-收-0001").post(browser), url)
    assert "已登记到账 2 笔。" in page.messages
    assert page.all(css="state")[0].text == "已了结"
    again = read(form.post(browser), url)
    assert "没有重复写入" in " ".join(again.messages)
    assert sum(row.received for row in batch.claims.all()) == sum(
        row.claimed_amount for row in batch.claims.all()
    )


def test_one_claim_by_its_page(world, batch, client_of):
    row = reviewed(world, batch.claims.order_by("pk").first())
    url = reverse("financing:claim", args=[row.pk])
    province = client_of(world.person(Role.PROVINCE))
    assert client_of(world.person(Role.PREFECTURE)).post(url, {"act": "approve"}).status_code == 403
    form = read(province.get(url), url).form("批复").fill(amount="NaN", document="批1")
    assert any("请填写数字" in words for words in read(form.post(province)).errors)
    form = read(province.get(url), url).form("批复").fill(document="批1")
    assert "已登记批复" in " ".join(read(form.post(province)).messages)
    cashier = client_of(world.person(Role.COUNTY_CASHIER))
    form = read(cashier.get(url), url).form("到账").fill(amount="12.34", voucher="收1")
    assert "12.34 元" in read(form.post(cashier)).text
    form = read(cashier.get(url), url).form("到账").fill(amount=row.claimed_amount, voucher="收2")
    assert any("请写明原因" in words for words in read(form.post(cashier)).errors)
    page = read(form.fill(remark="多拨").post(cashier))
    assert "多到待核 12.34 元" in " ".join(page.text.split())
    finance = client_of(second_finance(world))
    assert "奖补多到待核 1 笔" in read(finance.get("/")).text
    assert read(finance.get(CLAIMS, {"state": "surplus"})).count == 1
    form = read(finance.get(url), url).form("冲减到账")
    form.fill(amount="12.34", voucher="冲1", reason="退回省级")
    assert "退回省级" in read(form.post(finance)).text
    assert read(finance.get(CLAIMS, {"state": "surplus"})).count == 0


def test_a_claim_is_withdrawn_by_its_page(world, batch, client_of):
    row = batch.claims.order_by("pk").first()
    browser, url = client_of(world.person(Role.COUNTY_FINANCE)), None
    url = reverse("financing:claim", args=[row.pk])
    form = read(browser.get(url), url).form("撤回申领").fill(reason="文号写错")
    assert "已登记撤回申领" in " ".join(read(form.post(browser)).messages)
    assert "文号写错" in read(browser.get(url_of(batch))).text
    assert browser.get(url).status_code == 404
    assert "有奖补可申领 1 笔" in read(browser.get("/inbox/")).text


def test_what_is_asked_is_the_number_of_the_list_behind_it(world, buybacks, batch, client_of):
    pay_round(world, buybacks[0], "支-9")
    for role, state in (
        (Role.COUNTY_FINANCE, "open"),
        (Role.PREFECTURE, "mine"),
    ):
        browser = client_of(world.person(role))
        card = read(browser.get("/")).first(css="ask-words").first("h2").text
        assert f" {read(browser.get(CLAIMS, {'state': state})).count} 笔" in card


def test_the_api_tells_how_far_a_rebate_has_come(world, buybacks, batch, client_of):
    row = granted(world, batch.claims.order_by("pk").first())
    agreement = row.rebate.instalment.agreement
    browser = client_of(world.person(Role.COUNTY_FINANCE))
    found = browser.get(f"/api/v1/financing/agreements/{agreement.pk}").json()
    rebate = next(r for r in found["instalments"][0]["rebates"] if r["funder"] == "province")
    assert (rebate["status"], rebate["received"]) == ("approved", None)
    assert rebate["outstanding"] == rebate["approved"] == f"{row.claimed_amount:.2f}"
