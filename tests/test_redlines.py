"""Red lines: dated rules on the facts of an agreement, case by case; no database."""

from __future__ import annotations

import datetime as dt
import itertools
from decimal import Decimal

import pytest

from financing.enums import RedLine
from financing.parameters import PARAMETERS
from financing.redlines import RULES, Facts, Level, Limit, Limits, is_historic, judge
from registry.parameters import PARAMETERS as GROUND

TODAY = dt.date(2026, 10, 31)
SIGNED = dt.date(2026, 4, 10)
LIMITS = Limits(
    Limit(code, Decimal(value), since, until)
    for code, _, value, _, since, until, _ in [*GROUND, *PARAMETERS]
)
CLEAN = {
    "signed_on": SIGNED,
    "debtor": "示例小学",
    "interest": Decimal("0.00"),
    "years": 3,
    "name": "示例班班通项目",
    "public_share": Decimal(0),
    "size": "大型",
    "accepted_on": dt.date(2026, 6, 18),
    "last_due": dt.date(2029, 6, 18),
    "next_due": dt.date(2027, 6, 18),
    "next_words": "第 1 期",
    "next_amount": Decimal("9500.00"),
    "year": 2026,
    "approved": Decimal("20000.00"),
    "left": Decimal("20000.00"),
    "check": "passed",
}


def found(today: dt.date = TODAY, **facts) -> dict:
    """Findings by rule, of the clean agreement with ``facts`` instead."""
    return {one.code: one for one in judge(Facts(**CLEAN | facts), LIMITS, today)}


def test_a_clean_agreement_touches_nothing():
    assert found() == {}


CASES = [
    # (what is different, rule, level, words of the reason)
    ({"interest": Decimal("1234.50")}, "R1", Level.RED, "1,234.50 元"),
    ({"public_share": Decimal(40)}, "R2", Level.YELLOW, "40%用于设备购置"),
    ({"public_share": Decimal(40), "interest": Decimal(9)}, "R2", Level.RED, "含利息"),
    ({"public_share": Decimal(40), "notes": ("公用经费—偿还设备款",)}, "R2", Level.RED, "偿还设备款"),
    ({"name": "班班通服务采购"}, "R3", Level.RED, "实际含货物"),
    ({"name": "班班通服务采购", "interest": Decimal(9)}, "R3", Level.RED, "货物和融资"),
    ({"years": 5}, "R4", Level.RED, "5 年，超过 3 年"),
    ({"protected": True, "size": "小型"}, "R5", Level.RED, "2026-08-17（60 日内）"),
    ({"approved": None}, "R6", Level.RED, "没有 2026 年预算批复"),
    ({"signed_on": dt.date(2014, 12, 31)}, "R7", Level.INFO, "早于 2015-01-01"),
    ({"check": "missing", "check_words": "还没有维护考核"}, "R8", Level.YELLOW, "还没有维护考核"),
    ({"check": "failed", "check_words": "考核不合格"}, "R8", Level.RED, "考核不合格"),
    ({"booked": False}, "R8", Level.RED, "没有登记入账"),
    (
        {"next_due": dt.date(2026, 12, 1), "left": Decimal(100)},
        "R8",
        Level.YELLOW,
        "还可申请 100.00 元",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "code", "level", "words"), CASES)
def test_each_rule_says_why_with_its_numbers(facts, code, level, words):
    one = found(**facts)[code]
    assert one.level is level
    assert words in one.sentence
    assert one.basis
    assert one.title == RedLine(code).label


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": "班班通服务采购", "goods": False}, "R3"),
        ({"years": 3}, "R4"),
        ({"protected": True, "last_due": dt.date(2026, 8, 17)}, "R5"),
        ({"protected": False, "last_due": dt.date(2031, 6, 18)}, "R5"),
        ({"approved": None, "next_due": None}, "R6"),
        ({"signed_on": dt.date(2015, 1, 1)}, "R7"),
        ({"check": "failed", "next_due": None}, "R8"),
        ({"check": "none"}, "R8"),
        ({"next_due": dt.date(2027, 1, 1), "left": Decimal(1)}, "R8"),
    ],
)
def test_on_the_line_is_not_over_it(facts, code):
    assert code not in found(**facts)


@pytest.mark.parametrize(
    ("code", "since", "facts"),
    [
        ("R1", dt.date(2013, 1, 1), {"interest": Decimal(9)}),
        ("R3", dt.date(2017, 5, 28), {"name": "班班通服务采购"}),
        ("R4", dt.date(2014, 4, 14), {"years": 5}),
        ("R5", dt.date(2020, 9, 1), {"protected": True, "size": "小型"}),
    ],
)
def test_a_contract_is_judged_by_what_was_in_force_when_it_was_signed(code, since, facts):
    first = found(signed_on=since, **facts)[code]
    assert first.level is Level.RED
    assert first.since == since
    before = found(signed_on=since - dt.timedelta(days=1), **facts)[code]
    assert before.level is Level.INFO
    assert f"{since} 起施行" in before.sentence
    assert "不追溯" in before.sentence


def test_the_law_named_is_the_one_of_the_day_of_signing():
    facts = {"protected": True, "size": "小型"}
    assert "728号" in found(signed_on=dt.date(2025, 5, 31), **facts)["R5"].basis
    assert "802号" in found(signed_on=dt.date(2025, 6, 1), **facts)["R5"].basis
    assert "37号" in found(signed_on=dt.date(2020, 2, 29), years=5)["R4"].basis
    assert "102号" in found(signed_on=dt.date(2020, 3, 1), years=5)["R4"].basis


def test_a_changed_number_counts_from_its_day():
    rows = [
        Limit("redline.service_years", Decimal(3), dt.date(2020, 3, 1), dt.date(2026, 12, 31)),
        Limit("redline.service_years", Decimal(5), dt.date(2027, 1, 1)),
    ]
    for signed, touched in ((dt.date(2026, 12, 31), True), (dt.date(2027, 1, 1), False)):
        facts = Facts(**CLEAN | {"years": 5, "signed_on": signed})
        codes = [one.code for one in judge(facts, Limits(rows), dt.date(2027, 6, 1))]
        assert ("R4" in codes) is touched


def test_the_burden_beyond_fifteen_percent_is_said():
    facts = {"public_share": Decimal(40), "public_funds": Decimal(10000)}
    assert "超过 15%" in found(year_own=Decimal("1500.01"), **facts)["R2"].sentence
    assert "超过" not in found(year_own=Decimal("1500.00"), **facts)["R2"].sentence


def test_historic_contracts_are_those_before_2015():
    assert is_historic(dt.date(2014, 12, 31), LIMITS, TODAY)
    assert not is_historic(dt.date(2015, 1, 1), LIMITS, TODAY)


def test_versions_of_a_rule_follow_each_other_without_a_gap():
    for code in RedLine.values:
        versions = sorted((r for r in RULES if r.code == code), key=lambda r: r.since)
        assert versions[-1].until is None
        for one, following in itertools.pairwise(versions):
            assert one.until + dt.timedelta(days=1) == following.since
