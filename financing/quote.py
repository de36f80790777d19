"""试算: from a request as it came over the wire to a schedule as it goes back. Pure.

Trusts nothing: every value is checked for type, form and size before it is computed with, so
the worst a request can do is a ``QuoteError``. Amounts and percentages come as strings (or
whole numbers), never as binary fractions.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from financing.schedules import (
    Funder,
    Method,
    Schedule,
    ScheduleError,
    Terms,
    Timing,
    effective_rate,
    rebated,
    schedule,
    shared,
)

Choice = TypeVar("Choice", Method, Timing)

MAX_FUNDERS = 20
MAX_SHARES = 2_000
MAX_ROWS = 120_000  # instalments of all shares together

AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,8})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MAX_CODE = 64

REQUIRED = {"principal", "years", "payments_per_year", "method", "timing", "starts_on"}
FIELDS = REQUIRED | {"annual_rate", "fixed_payment", "percents", "residual", "funders", "shares"}


class QuoteError(ScheduleError):
    """The request is not understood or makes no schedule: ``field`` and ``sentence``."""


def quote(payload: dict[str, Any]) -> dict[str, Any]:
    """Compute a quote; raises QuoteError.

    Request: ``principal``, ``annual_rate`` (percent; may be null with fixed_payment), ``years``,
    ``payments_per_year`` (1, 2, 4, 12), ``method``, ``timing``, ``starts_on`` and, all optional,
    ``fixed_payment``, ``percents``, ``residual``, ``funders`` [{code, percent}],
    ``shares`` [{code, weight}].

    Answer: ``instalments`` [{no, due_on, payment, principal, interest, balance, rebates: {code:
    amount}, net}], ``totals``, ``irr`` (annual effective rate of the payments before rebates)
    and ``shares`` [{code, instalments, totals}]. Amounts are strings in yuan, two decimals.
    """
    _check_fields(payload)
    funders = _funders(payload.get("funders"))
    weights = _weights(payload.get("shares"))
    try:
        terms = _terms(payload)
        if len(weights) * terms.instalments > MAX_ROWS:
            raise QuoteError("shares", f"各单位的期数合计不能超过 {MAX_ROWS} 期。")
        plan = rebated(schedule(terms), funders)
    except ScheduleError as error:
        raise QuoteError(error.field, error.sentence) from error
    payments = [row.payment for row in plan.instalments]
    irr = effective_rate(terms.principal, payments, terms.payments_per_year, terms.timing)
    parts = shared(plan, weights) if weights else {}
    return {
        **_answer(plan),
        "irr": None if irr is None else str(irr),
        "shares": [{"code": code, **_answer(part)} for code, part in parts.items()],
    }


def _answer(plan: Schedule) -> dict[str, Any]:
    return {
        "instalments": [_plain(row._asdict()) for row in plan.instalments],
        "totals": _plain(plan.totals._asdict()),
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Amounts as strings with two decimals, dates as ISO, nested mappings likewise."""
    plain = {dict: _plain, int: int}
    return {key: plain.get(type(value), str)(value) for key, value in values.items()}


def _check_fields(payload: Any) -> None:
    if not isinstance(payload, dict):
        raise QuoteError("body", "请求须是一个 JSON 对象。")
    for name in sorted(REQUIRED):
        if payload.get(name) is None:
            raise QuoteError(name, "缺少此项。")
    for name in payload:
        if name not in FIELDS:
            raise QuoteError(str(name)[:64], "没有这一项，请核对名称。")


def _terms(payload: dict[str, Any]) -> Terms:
    method = _choice("method", payload["method"], Method)
    given = {name: value for name, value in payload.items() if value is not None}
    if "annual_rate" not in given and method != Method.FIXED_PAYMENT:
        raise QuoteError("annual_rate", "缺少此项。")
    fixed = given.get("fixed_payment")
    return Terms(
        principal=_decimal("principal", given["principal"], AMOUNT),
        annual_rate=_decimal("annual_rate", given.get("annual_rate", 0), NUMBER),
        years=_whole("years", given["years"]),
        payments_per_year=_whole("payments_per_year", given["payments_per_year"]),
        method=method,
        timing=_choice("timing", given["timing"], Timing),
        starts_on=_day("starts_on", given["starts_on"]),
        residual=_decimal("residual", given.get("residual", 0), AMOUNT),
        fixed_payment=None if fixed is None else _decimal("fixed_payment", fixed, AMOUNT),
        percents=_percents(given.get("percents")),
    )


def _percents(value: Any) -> tuple[Decimal, ...]:
    rows = _rows("percents", value, most=600)
    return tuple(_decimal("percents", percent, NUMBER) for percent in rows)


def _funders(value: Any) -> list[Funder]:
    rows = _rows("funders", value, most=MAX_FUNDERS)
    funders = [Funder(*row) for row in _coded("funders", rows, "percent")]
    if sum(funder.percent for funder in funders) > 100:
        raise QuoteError("funders", "各级奖补比例合计不能超过 100。")
    return funders


def _weights(value: Any) -> dict[str, Decimal]:
    rows = _rows("shares", value, most=MAX_SHARES)
    weights = dict(_coded("shares", rows, "weight"))
    if weights and not any(weights.values()):
        raise QuoteError("shares", "权重不能全部为 0。")
    return weights


def _coded(field: str, rows: list[Any], number: str) -> list[tuple[str, Decimal]]:
    """Rows of {"code", number}: each with just these, no code twice."""
    coded: dict[str, Decimal] = {}
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"code", number}:
            raise QuoteError(field, f"每一行须有且只有 code 和 {number} 两项。")
        code = row["code"]
        if not isinstance(code, str) or not code.isprintable() or not 0 < len(code) <= MAX_CODE:
            raise QuoteError(field, f"code 须为 1 至 {MAX_CODE} 个字的编码。")
        if code in coded:
            raise QuoteError(field, f"编码 {code} 重复。")
        coded[code] = _decimal(field, row[number], NUMBER)
    return list(coded.items())


def _rows(field: str, value: Any, *, most: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise QuoteError(field, "须为一个列表。")
    if len(value) > most:
        raise QuoteError(field, f"最多 {most} 行。")
    return value


def _decimal(field: str, value: Any, form: re.Pattern[str]) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12:
        value = str(value)
    if not isinstance(value, str) or not form.fullmatch(value):
        places = "两" if form is AMOUNT else "八"
        raise QuoteError(
            field, f"须为不带正负号的数字文本，如“12.50”，整数最多十二位，小数最多{places}位。"
        )
    return Decimal(value)


def _whole(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise QuoteError(field, "须为整数。")
    return value


def _day(field: str, value: Any) -> date:
    try:
        if isinstance(value, str) and DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise QuoteError(field, "须为真实的日期，写作 2026-10-31。")


def _choice(field: str, value: Any, choices: type[Choice]) -> Choice:
    if not isinstance(value, str) or value not in tuple(choices):
        raise QuoteError(field, f"只能是 {'、'.join(choices)} 之一。")
    return choices(value)
