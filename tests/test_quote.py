"""financing.quote and its endpoint: the answer to the cent, and a sentence for bad requests."""

import json
import random
from contextlib import suppress
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ninja.testing import TestClient

from financing.api import router
from financing.quote import QuoteError, quote
from tests import calculator

LIPING = {
    "principal": "9154000.00",
    "annual_rate": "3.50",
    "years": 5,
    "payments_per_year": 1,
    "method": "level_payment",
    "timing": "arrears",
    "starts_on": "2026-10-31",
    "fixed_payment": None,
    "percents": None,
    "residual": "0.00",
    "funders": [{"code": "province", "percent": "30"}],
    "shares": [{"code": "S1", "weight": 12}, {"code": "S2", "weight": 386}],
}


@pytest.fixture
def api():
    return TestClient(router)


def changed(**fields):
    return {**deepcopy(LIPING), **fields}


def test_the_five_years_of_398_classrooms():
    answer = quote(LIPING)
    assert answer["instalments"][0] == {
        "no": 1,
        "due_on": "2027-10-31",
        "payment": "2027440.49",
        "principal": "1707050.49",
        "interest": "320390.00",
        "balance": "7446949.51",
        "rebates": {"province": "608232.15"},
        "net": "1419208.34",
    }
    assert answer["totals"] == {
        "payment": "10137202.45",
        "principal": "9154000.00",
        "interest": "983202.45",
        "rebates": {"province": "3041160.74"},
        "net": "7096041.71",
    }
    assert answer["irr"] == "0.035000"
    assert [share["code"] for share in answer["shares"]] == ["S1", "S2"]
    assert set(answer) == {"instalments", "totals", "irr", "shares"}
    assert set(answer["shares"][0]) == {"code", "instalments", "totals"}


def test_six_payments_of_a_million_for_142_classrooms():
    answer = quote(
        changed(
            principal="5540000.00",
            years=6,
            method="fixed_payment",
            fixed_payment="1070000.00",
            annual_rate=None,
        )
    )
    assert {row["payment"] for row in answer["instalments"]} == {"1070000.00"}
    assert answer["totals"]["interest"] == "880000.00"
    assert answer["irr"] == "0.043820"


def test_a_rate_next_to_nothing_is_neither_negative_nor_misrounded():
    # 0.05 yuan on 46 thousand million: the second interest is 0.0150…0138, 26 digits from a half.
    answer = quote(
        changed(
            principal="46557782082.11",
            years=4,
            method="fixed_payment",
            fixed_payment="11639445520.54",
        )
    )
    assert [row["interest"] for row in answer["instalments"]] == ["0.02", "0.02", "0.01", "0.00"]
    assert answer["irr"] == "0.000000"


def random_request(dice):
    fen = dice.choice([dice.randint(2 * 10**4, 10**6), dice.randint(10**5, 10**13)])
    request = changed(
        principal=f"{D(fen) / 100:.2f}",
        annual_rate=dice.choice(["0", "3.5", "4.9", "12", str(D(dice.randint(1, 3600)) / 100)]),
        years=dice.choice([1, 2, 3, 5, 5, 8, 10]),
        payments_per_year=dice.choice([1, 2, 4, 12]),
        method=dice.choice(["level_payment", "equal_principal", "fixed_payment", "custom_percent"]),
        timing=dice.choice(["arrears", "advance"]),
        starts_on=dice.choice(
            ["2026-01-31", "2024-02-29", str(date(2020, 1, 1) + timedelta(dice.randint(0, 3000)))]
        ),
        funders=[
            {"code": code, "percent": str(D(dice.randint(0, 3333)) / 100)}
            for code in ["province", "prefecture", "county"][: dice.randint(0, 3)]
        ],
        shares=[
            {"code": f"S{n}", "weight": dice.choice([0, 1, 7, "12.5"]) if n else 3}
            for n in range(dice.randint(0, 6))
        ],
    )
    request |= method_fields(dice, fen, request)
    return request


def method_fields(dice, fen, request):
    count = request["years"] * request["payments_per_year"]
    if request["method"] == "custom_percent":
        unit = dice.choice([100, 10**8])  # 33.33333333 does not divide
        cuts = [0, *sorted(dice.randint(0, 100 * unit) for _ in range(count - 1)), 100 * unit]
        percents = [D(after - before) / unit for before, after in pairwise(cuts)]
        return {"percents": [f"{percent:f}" for percent in percents]}
    residual = dice.choice([0, 0, dice.randint(0, fen // 2)])
    if request["method"] != "fixed_payment":
        return {"residual": f"{D(dice.choice([residual, residual, residual, fen])) / 100:.2f}"}
    payment = -(-(fen - residual) // count)
    if count > 1 or request["timing"] == "arrears":
        payment += dice.choice([0, 1, dice.randint(0, fen // count // 3 + 1)])
    return {
        "annual_rate": None,
        "fixed_payment": f"{D(payment) / 100:.2f}",
        "residual": f"{D(residual) / 100:.2f}",
    }


def test_an_independent_calculator_agrees_on_every_cent():
    dice = random.Random(20261031)
    for _ in range(300):
        request = random_request(dice)
        answer = quote(request)
        irr = D(answer.pop("irr"))
        assert answer == calculator.answer({**request, "annual_rate": request["annual_rate"] or 0})
        assert_is_rate_of(irr, request, answer)


def assert_is_rate_of(irr, request, answer):
    """Half a millionth below ``irr`` the payments are worth more than the loan, above it less."""
    often, first = request["payments_per_year"], int(request["timing"] == "arrears")
    payments = [D(row["payment"]) for row in answer["instalments"]]
    principal = D(request["principal"])
    if sum(payments) == principal:
        assert irr == 0
        return
    low, high = (
        calculator.worth((1 + irr + step) ** (1 / D(often)) - 1, payments, first)
        for step in (D("-0.000000501"), D("0.000000501"))
    )
    assert low > principal > high, (irr, request)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("principal", x) for x in ("0", "-1", "1.234", "1e3", "1e999", "NaN", "１２", " 1", "")],
        *[
            ("principal", x)
            for x in (None, True, 1.5, [], {}, 10**400, "9" * 13, "1,000.00", "1\n")
        ],
        *[("annual_rate", x) for x in (None, "-1", "1000.01", "x", 3.5, False, ["3"], "3.5%")],
        *[("years", x) for x in (None, 0, -1, 51, "5", 2.5, True, 10**400, [])],
        *[("payments_per_year", x) for x in (None, 0, 3, 24, "1", True)],
        *[("method", x) for x in (None, "balloon", "", [], {}, 1, "LEVEL_PAYMENT")],
        *[("timing", x) for x in (None, "end", [], 0)],
        *[("starts_on", x) for x in (None, "2026-02-30", "20261031", "2026-W01-1", "9999-12-31")],
        *[("starts_on", x) for x in ("0001-01-01", 20261031, "2026-10-31T00:00:00", [])],
        *[("residual", x) for x in ("-1", "9154000.01", "", False, [], 0.0)],
        *[("fixed_payment", x) for x in ("107", "0")],
        *[("percents", x) for x in (["20"] * 5, "100", {"0": "100"})],
        *[("funders", x) for x in ({}, "province", [None], [{}], [{"code": "a"}], [[]])],
        ("funders", [{"code": "a", "percent": "60"}, {"code": "b", "percent": "40.01"}]),
        ("funders", [{"code": "a", "percent": "1"}, {"code": "a", "percent": "1"}]),
        ("funders", [{"code": "a", "percent": "1", "cap": "1"}]),
        *[
            ("funders", [{"code": x, "percent": "1"}])
            for x in ("", None, 1, [], "x" * 65, "\ud800")
        ],
        *[("funders", [{"code": "a", "percent": x}]) for x in ("-1", "NaN", None, 1.5, True)],
        ("shares", [{"code": "a", "weight": 0}, {"code": "b", "weight": "0.0"}]),
        ("shares", [{"code": "a", "weight": -1}]),
        ("shares", [{"code": f"S{n}", "weight": 1} for n in range(2001)]),
        ("surprise", 1),
    ],
)
def test_a_bad_field_is_named_with_a_sentence(field, value):
    with pytest.raises(QuoteError) as refused:
        quote(changed(**{field: value}))
    assert refused.value.field == field
    assert refused.value.sentence.endswith("。")


@pytest.mark.parametrize("name", sorted(set(LIPING) - {"fixed_payment", "percents", "residual"}))
def test_only_what_can_be_left_out_may_be_left_out(name):
    request = changed()
    del request[name]
    if name in ("funders", "shares"):
        assert quote(request)["totals"]["payment"] == "10137202.45"
    else:
        with pytest.raises(QuoteError, match="缺少"):
            quote(request)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"method": "custom_percent"}, "percents"),
        ({"method": "custom_percent", "percents": ["20"] * 4}, "percents"),
        ({"method": "custom_percent", "percents": ["20"] * 4 + ["20.01"]}, "percents"),
        ({"method": "custom_percent", "percents": ["20"] * 5, "residual": "1.00"}, "residual"),
        ({"method": "fixed_payment"}, "fixed_payment"),
        ({"method": "fixed_payment", "fixed_payment": "0"}, "fixed_payment"),
        ({"method": "fixed_payment", "fixed_payment": "1830799.99"}, "fixed_payment"),
        ({"method": "fixed_payment", "fixed_payment": "999999999999"}, "fixed_payment"),
        (
            {"method": "fixed_payment", "fixed_payment": "9154000", "timing": "advance"},
            "fixed_payment",
        ),
        (
            {"years": 50, "payments_per_year": 12}
            | {"shares": [{"code": f"S{n}", "weight": 1} for n in range(400)]},
            "shares",
        ),
    ],
)
def test_fields_that_do_not_fit_together(fields, field):
    with pytest.raises(QuoteError) as refused:
        quote(changed(**fields))
    assert refused.value.field == field


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.decimals()
    | st.sampled_from(["1", "100", "level_payment", "advance", "2026-10-31", "1e999", "-0", "٣"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "percent", "weight"]) | st.text(), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(LIPING)), anything, min_size=1, max_size=4), anything)
def test_nothing_but_an_answer_or_a_refusal(fields, rubbish):
    for request in (changed(**fields), rubbish):
        with suppress(QuoteError):
            assert quote(request)["instalments"][-1]["balance"] == "0.00"


def test_the_endpoint_answers_like_the_function(api):
    response = api.post("/financing/quote", json=LIPING)
    assert response.status_code == 200
    assert response.json() == quote(LIPING)


def test_the_endpoint_refuses_with_field_and_message(api):
    response = api.post("/financing/quote", json=changed(principal="-1"))
    assert response.status_code == 400
    assert set(response.json()) == {"field", "message"}
    assert response.json()["field"] == "principal"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"principal": ' + b"9" * 10_000 + b"}",
        b'{"principal": NaN}',
        json.dumps(changed(annual_rate=float("inf"))).encode(),
    ],
)
def test_the_endpoint_survives_any_body(api, body):
    response = api.post("/financing/quote", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["message"].endswith("。")


NASTY = [
    *(None, True, False, 0, 1, -1, 3, 13, 51, 10**12, 10**400, 0.1, -0.0, 1e308, float("nan")),
    *("", " ", "0", "-0", "1", "-1", "1.", ".5", "1.005", "1e3", "+1", "0x10", "1_000", "1,000"),
    *("NaN", "Infinity", "٣", "一百", "\u0000", "\ud800", "🏫", "a" * 5000, "9" * 40, "' OR 1=1--"),
    *("arrears", "advance", "level_payment", "custom_percent", "fixed_payment", "LEVEL_PAYMENT"),
    *("2026-10-31", "2026-02-30", "1949-12-31", "2201-01-01", "2026-10-31T00:00", "31/10/2026"),
    *([], {}, [[]], [None], [1], ["1"] * 5, ["20"] * 5, ["100"], ["33.33333333"] * 3, [{}] * 3),
    *([{"code": "a"}], [{"percent": "1"}], {"code": "a", "percent": "1"}, [["a", "1"]]),
    [{"code": "a", "percent": "100.00000001"}],
    [{"code": "a", "weight": "0.00000001"}, {"code": "b", "weight": "999999999999"}],
    [{"code": "a", "percent": "1", "weight": "1"}],
    [{"code": " ", "percent": "1"}, {"code": "  ", "percent": "1"}],
]


def nasty_request(dice):
    """A good request of any method with one to three of its values replaced, dropped or added."""
    request = random_request(dice)
    for _ in range(dice.randint(1, 3)):
        name = dice.choice([*request, "surprise", "", "Principal"])
        if dice.random() < 0.15:
            request.pop(name, None)
        else:
            request[name] = deepcopy(dice.choice(NASTY))
    return request


def test_hundreds_of_nasty_bodies_are_answered_or_refused_in_a_sentence(api):
    dice, refused = random.Random(20261101), 0
    for _ in range(400):
        body = json.dumps(nasty_request(dice)).encode()
        response = api.post("/financing/quote", data=body, content_type="application/json")
        told = response.json()
        if response.status_code == 200:
            assert told["instalments"][-1]["balance"] == "0.00"
            continue
        refused += 1
        assert response.status_code == 400, body
        assert set(told) == {"field", "message"}, body
        assert told["field"] or '""' in body.decode(), body
        assert told["message"].endswith("。"), body
        assert any("一" <= letter <= "鿿" for letter in told["message"]), body
    assert refused > 300
