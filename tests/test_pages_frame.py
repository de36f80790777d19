"""The frame, its error pages, and the promises of every list page."""

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO

import django_filters
import django_tables2 as tables
import openpyxl
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField, F, Value
from django.db.models.functions import Cast
from django.shortcuts import render
from django.urls import include, path

from registry import clock, columns
from registry.enums import Role
from registry.models import County, Post, User
from registry.pages import ListPage, use_post
from registry.templatetags import pages


class GroupTable(tables.Table):
    name = tables.Column("名称")
    rank = columns.Count(verbose_name="数量", accessor="id")
    amount = columns.Money(verbose_name="金额（元）")
    serial = columns.Code(verbose_name="序列号", orderable=False)
    seen = columns.Due(verbose_name="到期")

    class Meta:
        order_by = "name"


class GroupFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(label="名称", lookup_expr="contains")
    rank = django_filters.NumberFilter(label="数量", field_name="id")


class GroupList(ListPage):
    title = "清单"
    unit = "行"
    empty = "导入后这里会列出各校。"
    export_name = "清单"
    table_class = GroupTable
    filterset_class = GroupFilter
    totals = ("amount",)

    def get_queryset(self):
        return Group.objects.annotate(
            amount=Cast(
                F("id") * 0 + Decimal("22500.10"), DecimalField(max_digits=14, decimal_places=2)
            ),
            serial=Value("00123"),
            seen=Value(dt.date(2026, 3, 1)),
        )


def bare(request):
    return render(request, "base.html", {"title": "空页", "menu": MENU})


def refuse(request):
    raise PermissionDenied("只有县级验收组可以办理逐班验收。")


def fail(request):
    raise ZeroDivisionError


MENU = [
    {"label": word, "icon": "inbox", "url": f"/{n}", "active": n == 0, "badge": 12 if n == 0 else 0}
    for n, word in enumerate(["待办", "项目", "学校", "采购", "验收"])
]
urlpatterns = [
    path("list", GroupList.as_view()),
    path("bare", bare),
    path("refuse", refuse),
    path("fail", fail),
    path("post", use_post, name="use_post"),
    path("", include("banbantong.urls")),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def person():
    return User.objects.create(username="frame", name="示例甲")


@pytest.fixture
def browser(client_of, person):
    return client_of(person)


@pytest.fixture
def rows():
    return [Group.objects.create(name=name) for name in ("丙校", "甲校", "乙校")]


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def sheet(response) -> list[tuple]:
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))
    return list(book.active.iter_rows(values_only=True))


# --- list pages -----------------------------------------------------------------------------
def test_the_number_above_the_table_is_the_number_of_its_rows(browser, rows):
    page = browser.get("/list")
    assert "共 3 行" in words(page)
    assert page.content.decode().count('data-label="名称"') == 3


def test_filters_stay_in_the_address_and_narrow_number_total_and_export(browser, rows):
    page = browser.get("/list?name=甲&sort=-rank")
    text = words(page)
    assert "共 1 行" in text
    assert "甲校" in text
    assert "乙校" not in text
    assert page.content.decode().count("22,500.10") == 2  # the row and the total
    address = re.search(r'href="(\?[^"]*export=xlsx[^"]*)"', page.content.decode())[1]
    exported = sheet(browser.get("/list" + address.replace("&amp;", "&")))
    assert [row[0] for row in exported] == ["名称", "甲校", "合计"]


def test_totals_cover_all_pages(browser):
    Group.objects.bulk_create(Group(name=f"示例{n:03}") for n in range(60))
    page = browser.get("/list")
    text = words(page)
    assert "共 60 行" in text
    assert "1,350,006.00" in text
    assert "第 1 / 2 页" in text
    first = set(re.findall(r"示例\d{3}", text))
    second = set(re.findall(r"示例\d{3}", words(browser.get("/list?page=2"))))
    assert (len(first), len(second), first & second) == (50, 10, set())


def test_a_page_number_that_does_not_exist_shows_a_real_page(browser, rows):
    assert "甲校" in words(browser.get("/list?page=999"))
    assert "甲校" in words(browser.get("/list?page=x"))


def test_only_the_tables_own_columns_sort(browser, rows):
    def order(address: str) -> list[str]:
        return re.findall(r"[甲乙丙]校", words(browser.get(address)))

    assert order("/list?sort=rank") == ["丙校", "甲校", "乙校"]
    assert order("/list?sort=-rank") == ["乙校", "甲校", "丙校"]
    natural = order("/list")
    assert order("/list?sort=user__password") == order("/list?sort=serial")
    assert sorted(order("/list?sort=user__password")) == sorted(natural)


def test_a_filter_that_is_not_understood_shows_its_error_and_no_rows(browser, rows):
    text = words(browser.get("/list?rank=abc"))
    assert "共 0 行" in text
    assert "输入一个数字" in text


def test_an_empty_list_says_what_will_appear(browser):
    text = words(browser.get("/list"))
    assert "导入后这里会列出各校。" in text
    assert "导出 Excel" not in text
    assert "请放宽条件" in words(browser.get("/list?name=无"))


def test_queries_do_not_grow_with_rows(browser, rows, django_assert_num_queries):
    Group.objects.exclude(pk=rows[0].pk).delete()
    browser.get("/list")
    # session, person, posts, number of rows, totals, the page's rows
    with django_assert_num_queries(6):
        browser.get("/list")
    Group.objects.bulk_create(Group(name=f"示例{n}") for n in range(40))
    with django_assert_num_queries(6):
        browser.get("/list")


def test_the_sheet_holds_facts_not_formulas(browser):
    for name in ('=HYPERLINK("http://x","点")', "+1", "-1", "@SUM(A1)", "普通"):
        Group.objects.create(name=name)
    response = browser.get("/list?export=xlsx")
    stamp = clock.today().isoformat()
    assert f"{stamp}.xlsx" in response["Content-Disposition"]
    book = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content)))
    found = list(book.active.iter_rows(min_row=2, max_row=6))
    assert {cell.data_type for row in found for cell in row[:1]} == {"s"}
    assert '=HYPERLINK("http://x","点")' in {row[0].value for row in found}
    assert all(row[0].quotePrefix for row in found if row[0].value != "普通")
    first = found[0]
    assert (first[2].value, first[2].number_format) == (22500.1, "#,##0.00")
    assert first[3].value == "00123"
    assert first[4].value.date() == dt.date(2026, 3, 1)
    assert book.active["C7"].value == 112500.5


# --- the frame ------------------------------------------------------------------------------
def test_the_phone_bar_has_at_most_four_entries(browser):
    bar = re.search(r'<nav class="tabs".*?</nav>', browser.get("/bare").content.decode(), re.S)[0]
    assert len(re.findall(r'class="tab[ "]', bar)) == 4
    assert "更多" in bar
    assert re.findall(r'class="drop-item" href="([^"]+)"', bar) == ["/3", "/4"]


def test_signing_out_is_a_post(browser):
    page = browser.get("/bare").content.decode()
    assert re.search(r'<form method="post" action="/accounts/logout/">', page)
    assert "修改密码" in page


def test_a_person_with_several_posts_chooses_one(browser, person):
    county = County.objects.create(code="529901", name="示例县")
    Post.objects.create_for(person, Role.LEADING_GROUP, county)
    second = Post.objects.create_for(person, Role.PROJECT_OFFICE, county)
    assert "切换岗位" in words(browser.get("/bare"))
    browser.post("/post", {"post": second.pk, "next": "https://elsewhere.example/"})
    bar = browser.get("/bare").content.decode()
    assert re.search(r'<summary><span class="clip">示例县项目办</span>', bar)
    assert browser.post("/post", {"post": 0}).status_code == 404
    assert browser.get("/post").status_code == 405


def test_errors_speak_chinese_and_say_what_to_do(browser):
    missing = browser.get("/nowhere")
    assert (missing.status_code, "没有找到这一页，或您无权查看" in words(missing)) == (404, True)
    refused = browser.get("/refuse")
    assert refused.status_code == 403
    assert "只有县级验收组可以办理逐班验收。" in words(refused)
    browser.raise_request_exception = False
    failed = browser.get("/fail")
    assert (failed.status_code, "这一步没有办成" in words(failed)) == (500, True)


def test_a_lost_token_explains_itself(client_of, person):
    browser = client_of(person)
    browser.handler.enforce_csrf_checks = True
    refused = browser.post("/post", {"post": 1})
    assert refused.status_code == 403
    assert "刚才的提交没有生效" in words(refused)


def test_the_sign_in_page_names_the_only_county(client):
    County.objects.create(code="529901", name="示例县")
    assert "示例县 · " in words(client.get("/accounts/login/"))


def test_every_icon_named_in_a_template_is_drawn():
    named = {
        name
        for file in (settings.ROOT / "templates").rglob("*.html")
        for name in re.findall(r'\{% icon "([^"]+)"', file.read_text("utf-8"))
    }
    assert {name for name in named if not pages.icon(name)} == set()
