"""What a bank's file says: cells, columns, rows, and the keys that make an import harmless."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounting.statement_files import rows_of
from accounting.statements.keys import keys_of, known_otherwise
from accounting.statements.layout import Layout, doubts, find_header, guess, order_of
from accounting.statements.reading import (
    Entry,
    account_named,
    breaks,
    in_time_order,
    read,
    same_account,
)
from accounting.statements.values import amount_of, day_of, sign_of
from tests.statements import LAYOUTS, as_csv, as_xlsx, movement, titled

TODAY = dt.date(2027, 2, 1)
D = Decimal
MOVES = [
    movement("20270104", "50000.00", "示例县财政局", "拨款 零余额清算", "A001"),
    movement("20270115", "-4761.85", "示例企业有限公司", "回购款 第1期", "A002", "6222000011"),
    movement("20270115", "-0.50", "", "手续费", "A002"),
    movement("20270121", "12.34", "", "结息", "A003"),
]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("20270115", (2027, 1, 15)),
        (20270115.0, (2027, 1, 15)),
        ("2027-1-15", (2027, 1, 15)),
        ("2027/01/15 13:05:09", (2027, 1, 15)),
        ("２０２７年１月１５日", (2027, 1, 15)),
        ("2027.01.15", (2027, 1, 15)),
        ("20270115130509", (2027, 1, 15)),
        (46402.0, (2027, 1, 15)),
        ("46402", (2027, 1, 15)),
        (dt.datetime(2027, 1, 15, 9, tzinfo=dt.UTC), (2027, 1, 15)),
    ],
)
def test_days_as_banks_write_them(cell, day):
    assert day_of(cell) == dt.date(*day)


def test_days_with_the_year_last_follow_the_order_given():
    assert day_of("03/04/2027", "dmy") == dt.date(2027, 4, 3)
    assert day_of("03/04/2027", "mdy") == dt.date(2027, 3, 4)
    assert order_of(["03/04/2027", "13/04/2027"]) == "dmy"
    assert order_of(["03/14/2027"]) == "mdy"
    assert order_of(["03/04/2027"]) is None


@pytest.mark.parametrize("cell", ["2027-02-30", "二月三日", "1899-01-01", "12:30", "99999999"])
def test_what_is_no_day_is_said_in_words(cell):
    with pytest.raises(ValueError, match=r"日期|这一天"):
        day_of(cell)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1,234,567.89", "1234567.89"),
        ("￥１，２３４．５", "1234.50"),
        ("（1,234.50）", "-1234.50"),
        ("(0.01)", "-0.01"),
        ("-5", "-5.00"),
        ("500.00-", "-500.00"),
        ("1234.50元", "1234.50"),
        (1234.5600000000001, "1234.56"),
        (-7, "-7.00"),
        ("0.00", "0.00"),
    ],
)
def test_amounts_as_banks_write_them(cell, amount):
    assert amount_of(cell) == D(amount)


def test_empty_amounts_are_nothing():
    assert [amount_of(cell) for cell in ("", None, "-", " ", "--")] == [None] * 5


@pytest.mark.parametrize("cell", ["12.345", "1,23.00", "1.234,56", "abc", True, 0.001])
def test_what_is_no_amount_is_refused(cell):
    with pytest.raises(ValueError, match=r"金额|小数"):
        amount_of(cell)


def test_ways_of_money():
    assert [sign_of(w) for w in ("借", "支出", "D", "往账")] == [-1] * 4
    assert [sign_of(w) for w in ("贷", "收入", "C", "来账")] == [1] * 4
    assert sign_of("转账") == 0


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["xlsx", "gb18030", "utf-8-sig", "utf-16"])
@pytest.mark.django_db
def test_the_three_layouts_say_the_same(layout, kind):
    rows = titled(LAYOUTS[layout](MOVES))
    content = as_xlsx(rows) if kind == "xlsx" else as_csv(rows, kind)
    table = rows_of(name="示例流水.csv", content=content)
    header = find_header(table.rows)
    assert doubts(header.layout, table.rows[header.at + 1 :]) == []
    found = read(table.rows, header, header.layout, today=TODAY)
    assert found.problems == {}
    assert [(e.day, e.amount) for e in found.entries] == [
        (day_of(m["day"]), m["amount"]) for m in MOVES
    ]
    assert [e.balance for e in found.entries][-1] == D("145250.0") - D("0.01")
    assert found.entries[1].party == "示例企业有限公司"
    assert "回购款 第1期" in found.entries[1].summary
    assert [words.split()[0] for _, words in found.skipped] == ["合计", "打印时间:2027-02-01"]
    assert account_named(table.rows, header) == "5226310000000012345"


def test_a_header_over_two_rows():
    rows = [
        ["交易日期", "摘要", "发生额", "", "余额"],
        ["", "", "借方", "贷方", ""],
        ["2027-01-05", "手续费", "5.00", "", "95.00"],
    ]
    header = find_header(rows)
    assert header.at == 1
    found = read(rows, header, header.layout, today=TODAY)
    assert [e.amount for e in found.entries] == [D("-5.00")]


def test_words_that_nobody_foresaw_are_asked_for():
    rows = [["Datum", "Betrag", "Text"], ["2027-01-05", "-5.00", "Porto"]]
    header = find_header(rows)
    assert header.layout.columns == {}
    assert "日期" in header.layout.lacks[0]
    chosen = Layout({"day": 0, "amount": 1, "summary": 2})
    assert doubts(chosen, rows[1:]) == []
    assert read(rows, header, chosen, today=TODAY).entries[0].summary == "Porto"


def test_an_amount_without_sign_or_direction_is_a_doubt():
    rows = [["2027-01-05", "5.00"], ["2027-01-06", "6.00"]]
    assert "分不出收入和支出" in doubts(Layout({"day": 0, "amount": 1}), rows)[0]


def test_the_account_s_own_fields_are_not_the_other_side_s():
    found = guess(
        ["账号", "交易日期", "交易时间", "借贷标志", "金额", "对方账号", "对方户名"]
    ).columns
    assert found == {"day": 1, "direction": 3, "amount": 4, "party_account": 5, "party": 6}


def test_wrong_rows_are_named_cell_by_cell():
    rows = [
        ["交易日期", "支出", "收入", "摘要"],
        ["2027-01-05", "5.00", "", "好"],
        ["2027-01-32", "5.00", "", "日期"],
        ["2027-01-06", "5.00", "6.00", "两边"],
        ["2027-01-07", "", "", "没有"],
        ["2027-03-01", "1.00", "", "明天"],
        ["", "7.00", "", "没日期"],
    ]
    header = find_header(rows)
    found = read(rows, header, header.layout, today=TODAY)
    assert len(found.entries) == 1
    assert sorted(found.problems) == [3, 4, 5, 6, 7]
    assert "没有“2027-01-32”这一天" in found.problems[3]["交易日期"][0]
    assert "不能都有" in found.problems[4]["支出"][0]
    assert "都没有金额" in found.problems[5]["支出"][0]
    assert "今天以后" in found.problems[6]["交易日期"][0]
    assert "缺少日期" in found.problems[7]["交易日期"][0]


def test_newest_first_is_turned_round():
    entries = [
        Entry(1, dt.date(2027, 1, 3), D("-1.00"), balance=D("7.00")),
        Entry(2, dt.date(2027, 1, 3), D("-2.00"), balance=D("8.00")),
    ]
    assert [e.row for e in in_time_order(entries)] == [2, 1]
    assert breaks(in_time_order(entries)) == []
    assert breaks(entries)[0][1] == D("3.00")


def test_an_account_number_with_stars_is_compared_by_its_ends():
    assert same_account("5226****2345", "5226 3100 0000 0012 345")
    assert not same_account("5226****9999", "5226310000000012345")
    assert not same_account("5226310000000012346", "5226310000000012345")


def entry(day=5, amount="-5.00", **other) -> Entry:
    return Entry(1, dt.date(2027, 1, day), D(amount), **other)


def test_the_same_line_has_one_key_and_two_equal_lines_have_two():
    twice = keys_of([entry(summary="手续费"), entry(summary="手续费")])
    assert len(set(twice)) == 2
    assert keys_of([entry(summary="手续费")]) == twice[:1]


def test_a_payment_and_its_fee_may_share_a_serial_number():
    keys = keys_of([entry(serial="A1"), entry(serial="A1", amount="-0.50")])
    assert len(set(keys)) == 2


def test_another_layout_of_the_same_movements_is_recognised_one_by_one():
    known = [(dt.date(2027, 1, 5), D("-5.00"), D("95.00"))]
    both = [entry(balance=D("95.00")), entry(balance=D("90.00"))]
    assert known_otherwise(both, known) == {0}
    assert known_otherwise([entry(), entry()], known) == {0}
    assert known_otherwise([entry(day=6)], known) == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空文件"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        (b"%PDF-1.4 something", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版 Excel"),
        (bytes(range(128, 256)) * 4, "不是 Excel"),
        (b"PK\x03\x04broken", "打不开"),
    ],
)
def test_files_that_are_no_table_get_a_sentence(content, words):
    with pytest.raises(ValidationError, match=words):
        rows_of(name="示例.xls", content=content)
