"""The quote's workbook, computed by LibreOffice: its formulas give our amounts, cell by cell."""

import random
from datetime import date, datetime
from decimal import Decimal as D
from itertools import pairwise

import pytest

from financing.quote_book import BookSchool, book
from financing.schedules import Base, Funder, Method, Terms, Timing, shared
from financing.variant import Variant
from registry.money import ZERO
from tests.office import computed, opened

pytestmark = pytest.mark.office

LABELS = {"province": "省级", "prefecture": "州级", "county": "县级"}
SCHOOLS = [
    BookSchool("S1", "示例一小", 12, 420, D("720")),
    BookSchool("S2", "=示例二小", 7, 95, D("720")),
    BookSchool("S3", "示例三中", 1, 0, D("940")),
]
LINES = (D(10), D(15))
TOP, HEAD = 14, 13  # rows of a variant's sheet, from 1


def terms(**given):
    usual = {
        "principal": D("9154000.00"),
        "annual_rate": D("3.5"),
        "years": 5,
        "payments_per_year": 1,
        "method": Method.LEVEL_PAYMENT,
        "timing": Timing.ARREARS,
        "starts_on": date(2026, 1, 31),
    }
    return Terms(**(usual | given))


def halves() -> list[Terms]:
    """Annuities and interests that are exactly half a fen, or next to it."""
    return [
        terms(principal=D("407.00"), years=2),  # 214.245 a year
        terms(principal=D("126.10"), annual_rate=D(5), years=3),  # 46.305
        terms(principal=D("100.00"), annual_rate=D("0.5"), years=3, method=Method.EQUAL_PRINCIPAL),
        terms(principal=D("1.01"), annual_rate=D(50), years=1),  # interest of 0.505
        terms(
            principal=D("3.00"),
            annual_rate=D("0.5"),
            years=3,
            method=Method.CUSTOM_PERCENT,
            percents=(D("50.1667"), D("0.1666"), D("49.6667")),
        ),
        terms(  # 1 % a period, so every interest is a simple number
            principal=D("1950.00"),
            years=2,
            method=Method.FIXED_PAYMENT,
            fixed_payment=D("19.50"),
            residual=D("1950.00"),
        ),
        terms(principal=D("0.30"), annual_rate=ZERO, years=10, payments_per_year=4),
        terms(principal=D("9999999999.99"), annual_rate=D("999.9999"), payments_per_year=12),
        terms(principal=D("9999999999.99"), annual_rate=D("0.0001"), years=50, grace=3),
        terms(
            principal=D("5540000"),
            years=6,
            method=Method.FIXED_PAYMENT,
            fixed_payment=D("1070000"),
            residual=D(1),
        ),
        terms(residual=D("9154000.00"), timing=Timing.ADVANCE),
    ]


def random_terms(dice) -> Terms:
    fen = dice.randint(2 * 10**4, dice.choice([10**6, 10**9, 10**12]))
    years, often = dice.choice([1, 2, 3, 5, 5, 8]), dice.choice([1, 1, 2, 4, 12])
    count, method = years * often, dice.choice(list(Method))
    given = {
        "principal": D(fen) / 100,
        "years": years,
        "payments_per_year": often,
        "method": method,
        "timing": dice.choice(list(Timing)),
        "starts_on": dice.choice([date(2026, 1, 31), date(2024, 2, 29), date(2025, 8, 30)]),
        "annual_rate": dice.choice([ZERO, D("3.5"), D("4.9"), D(dice.randint(1, 360000)) / 10000]),
    }
    if method == Method.CUSTOM_PERCENT:
        cuts = [0, *sorted(dice.randint(0, 10**6) for _ in range(count - 1)), 10**6]
        percents = tuple(D(after - before) / 10**4 for before, after in pairwise(cuts))
        return terms(**given, percents=percents)
    residual = dice.choice([0, 0, dice.randint(0, fen // 2)])
    given["residual"] = D(residual) / 100
    if method == Method.FIXED_PAYMENT:
        payment = -(-(fen - residual) // count)
        if count > 1 or given["timing"] == Timing.ARREARS:
            payment += dice.choice([0, 1, dice.randint(0, fen // count // 3 + 1)])
        return terms(**given, fixed_payment=D(payment) / 100)
    return terms(**given, grace=dice.choice([0, 0, dice.randint(0, count - 1)]))


def variants() -> list[Variant]:
    dice = random.Random(20261031)
    some = halves() + [random_terms(dice) for _ in range(24)]
    return [_variant(dice, n, one) for n, one in enumerate(some, 1)]


def _variant(dice, n: int, one: Terms) -> Variant:
    fen = int(one.principal * 100)
    funders = tuple(
        Funder(
            code,
            D(dice.randint(0, 3333)) / 100,
            dice.choice([None, None, D(dice.randint(0, fen)) / 100]),
            dice.choice([Base.PAYMENT, Base.PAYMENT, Base.PRINCIPAL, Base.REST]),
        )
        for code in list(LABELS)[: dice.randint(0, 3)]
    )
    return Variant(
        name=f"方案{n}",
        terms=one,
        down=D(dice.choice([0, 0, dice.randint(1, fen)])) / 100,
        retention=D(dice.choice([0, 0, dice.randint(1, fen)])) / 100,
        retention_months=dice.choice([6, 7, 12, 24]),
        funders=funders,
    )


CHANGED = {  # what somebody types over the exported terms
    "principal": D("8000000.01"),
    "annual_rate": D("4.35"),
    "starts_on": date(2027, 8, 31),
}


def exported_and_changed():
    """Three variants as exported, and the same workbook with other terms typed in."""
    second = terms(method=Method.EQUAL_PRINCIPAL, payments_per_year=4, timing=Timing.ADVANCE)
    third = terms(method=Method.FIXED_PAYMENT, fixed_payment=D("2100000.00"))
    plans = [
        Variant(f"方案{n}", one, funders=(Funder("province", D(30)),))
        for n, one in enumerate((terms(), second, third), 1)
    ]
    made = opened(book(plans, LABELS, SCHOOLS, LINES).read())
    sheet = made["条款"]
    row = {sheet.cell(n, 1).value: n for n in range(1, 20)}
    for column in (2, 3, 4):
        sheet.cell(row["本金总额（元）"], column).value = CHANGED["principal"]
        sheet.cell(row["年利率（%）"], column).value = CHANGED["annual_rate"]
        sheet.cell(row["起租日期"], column).value = CHANGED["starts_on"]
        sheet.cell(row["省级奖补（%，按应付合计）"], column).value = D("12.34")
    made["学校"].cell(4, 3).value = 20
    return plans, made


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Both workbooks, computed by one call of the program."""
    many, (few, changed) = variants(), exported_and_changed()
    file = book(many, LABELS, SCHOOLS, LINES).read()
    found = computed(tmp_path_factory.mktemp("office"), many=opened(file), changed=changed)
    return many, few, found


def yuan(value) -> D:
    """A computed cell as money; a float that is no whole fen is a failure."""
    amount = D(repr(float(value)))
    assert abs(amount - round(amount, 2)) < D("1e-4"), value
    return round(amount, 2)


def read_plan(sheet, funders: int):
    """(day, payment, principal, interest, balance, [rebates], net) of every row."""
    row = TOP
    while sheet.cell(row, 1).value != "合计":
        cells = [sheet.cell(row, column).value for column in range(2, 8 + funders)]
        amounts = [yuan(value) for value in cells[1:]]
        day = cells[0].date() if isinstance(cells[0], datetime) else cells[0]
        yield day, *amounts[:4], amounts[4:-1], amounts[-1]
        row += 1


def ours(plan):
    for one in plan.instalments:
        amounts = one.payment, one.principal, one.interest, one.balance
        yield one.due_on, *amounts, list(one.rebates.values()), one.net


def test_every_amount_of_every_variant_is_ours(books):
    many, _, found = books
    for variant in many:
        sheet = found["many"][variant.name]
        assert list(read_plan(sheet, len(variant.funders))) == list(ours(variant.plan)), variant


def test_every_school_bears_what_we_say(books):
    many, _, found = books
    for variant in many:
        parts = shared(variant.plan, {one.code: one.rooms for one in SCHOOLS})
        sheet = found["many"][f"各校·{variant.name}"]
        rows = sheet.iter_rows(min_row=2, max_col=7 + len(variant.funders), values_only=True)
        for one, row in zip(
            (line for part in parts.values() for line in part.instalments), rows, strict=True
        ):
            expected = [one.payment, one.principal, one.interest, *one.rebates.values(), one.net]
            assert [yuan(value) for value in row[3:]] == expected, variant


def test_the_workbook_checks_itself(books):
    sheet = books[2]["many"]["核对"]
    cells, unequal, largest, verdict = (sheet.cell(row, 2).value for row in (3, 4, 5, 6))
    assert cells > 5_000
    assert (unequal, largest, verdict) == (0, 0, "公式结果与系统逐分一致")


def test_other_terms_typed_in_give_what_we_would_compute(books):
    _, few, found = books
    for variant in few:
        kept = ("method", "years", "payments_per_year", "timing", "fixed_payment")
        same = {name: getattr(variant.terms, name) for name in kept}
        other = Variant("", terms(**same, **CHANGED), funders=(Funder("province", D("12.34")),))
        sheet = found["changed"][variant.name]
        assert list(read_plan(sheet, 1)) == list(ours(other.plan))
        part = shared(other.plan, {"S1": 20, "S2": 7, "S3": 1})["S1"]
        first = next(
            found["changed"][f"各校·{variant.name}"].iter_rows(min_row=2, values_only=True)
        )
        assert yuan(first[7]) == part.instalments[0].net
    assert found["changed"]["核对"].cell(6, 2).value.startswith("条款已改动")


def test_schools_are_judged_by_their_public_funds(books):
    many, _, found = books
    sheet = found["many"]["学校"]
    column = {sheet.cell(3, n).value: n for n in range(1, sheet.max_column + 1)}
    for variant in many[:12]:
        parts = shared(variant.plan, {one.code: one.rooms for one in SCHOOLS})
        for n, (school, part) in enumerate(zip(SCHOOLS, parts.values(), strict=True)):
            heaviest = D(max(variant.own_by_year(part))) / 100
            told = yuan(sheet.cell(4 + n, column[f"{variant.name}最重一年自担（元）"]).value)
            assert told == heaviest
            funds = school.pupils * school.standard
            word = sheet.cell(4 + n, column[f"{variant.name}判断"]).value
            if not funds:
                assert word == "无公用经费数"
            else:
                assert word == (
                    "超上线"
                    if heaviest * 100 > funds * 15
                    else "超下线"
                    if heaviest * 100 > funds * 10
                    else "未超"
                )
