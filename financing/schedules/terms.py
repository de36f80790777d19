"""What was agreed: the terms of a schedule, checked when they are made."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from registry.money import FEN, ZERO, exact

MAX_AMOUNT = Decimal("999999999999.99")  # what a money column holds
MAX_RATE = Decimal(1000)  # percent a year; above it somebody typed fen for yuan
MAX_YEARS = 50
FIRST_YEAR, LAST_YEAR = 1950, 2200
FREQUENCIES = (1, 2, 4, 12)


class Method(StrEnum):
    """How the debt is paid back."""

    LEVEL_PAYMENT = "level_payment"  # 等额本息
    EQUAL_PRINCIPAL = "equal_principal"  # 等额本金
    FIXED_PAYMENT = "fixed_payment"  # 约定每期付款额
    CUSTOM_PERCENT = "custom_percent"  # 约定各期比例


class Timing(StrEnum):
    """When in its period an instalment is paid."""

    ARREARS = "arrears"  # 期末付
    ADVANCE = "advance"  # 期初付


METHODS, TIMINGS = frozenset(Method), frozenset(Timing)


class ScheduleError(ValueError):
    """The terms make no schedule. ``field`` names the culprit, ``sentence`` is for people."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms of one financing. Amounts in yuan, rates and shares in percent.

    ``annual_rate``: nominal rate a year; ignored by a fixed payment, which implies its own.
    ``starts_on``: acceptance or start of the lease; instalments are counted from it,
    unless ``first_due_on`` names the first due date. The dates never change the interest:
    a period is always a whole 1/m of a year.
    ``residual``: part of the principal that is paid together with the last instalment.
    ``grace``: number of first instalments that carry interest only (宽限期).
    ``percents``: one share of the principal per instalment, 100 in all.
    ``fixed_payment``: what the contract says is paid each time.
    """

    principal: Decimal
    annual_rate: Decimal = ZERO
    years: int
    payments_per_year: int
    method: Method | str
    timing: Timing | str
    starts_on: date
    first_due_on: date | None = None
    residual: Decimal = ZERO
    grace: int = 0
    percents: tuple[Decimal, ...] = ()
    fixed_payment: Decimal | None = None

    @property
    def instalments(self) -> int:
        return self.years * self.payments_per_year

    @property
    def in_advance(self) -> bool:
        return self.timing == Timing.ADVANCE

    def __post_init__(self) -> None:
        self._check_amounts()
        self._check_periods()
        if self.method == Method.CUSTOM_PERCENT:
            self._check_percents()
        elif self.percents:
            raise ScheduleError("percents", "只有“约定各期比例”的方式才填写各期比例。")
        if self.method == Method.FIXED_PAYMENT:
            self._check_fixed_payment()
        elif self.fixed_payment is not None:
            raise ScheduleError("fixed_payment", "只有“约定每期付款额”的方式才填写每期付款额。")

    def _check_amounts(self) -> None:
        _check_amount("principal", "本金", self.principal)
        _check_amount("residual", "残值", self.residual)
        if self.principal == 0:
            raise ScheduleError("principal", "本金须大于 0。")
        if self.residual > self.principal:
            raise ScheduleError("residual", "残值不能大于本金。")
        if not 0 <= exact(self.annual_rate) <= MAX_RATE:
            raise ScheduleError("annual_rate", f"年利率须在 0 至 {MAX_RATE} 之间（单位：%）。")

    def _check_periods(self) -> None:
        if self.method not in METHODS:
            raise ScheduleError("method", "没有这种还款方式。")
        if self.timing not in TIMINGS:
            raise ScheduleError("timing", "付款时点只能是期末或期初。")
        if not 1 <= self.years <= MAX_YEARS:
            raise ScheduleError("years", f"年数须为 1 至 {MAX_YEARS} 的整数。")
        if self.payments_per_year not in FREQUENCIES:
            raise ScheduleError("payments_per_year", "每年付款次数只能是 1、2、4 或 12。")
        for name, day in (("starts_on", self.starts_on), ("first_due_on", self.first_due_on)):
            if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise ScheduleError(name, f"日期须在 {FIRST_YEAR} 年至 {LAST_YEAR} 年之间。")
        if not 0 <= self.grace < self.instalments:
            raise ScheduleError("grace", "宽限期须少于总期数。")
        if self.grace and self.method not in (Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL):
            raise ScheduleError("grace", "宽限期只用于等额本息和等额本金。")

    def _check_percents(self) -> None:
        if len(self.percents) != self.instalments:
            raise ScheduleError(
                "percents", f"各期比例须有 {self.instalments} 个，现有 {len(self.percents)} 个。"
            )
        if min(self.percents) < 0:
            raise ScheduleError("percents", "各期比例不能为负数。")
        if sum(self.percents) != 100:
            raise ScheduleError("percents", f"各期比例合计须为 100，现为 {sum(self.percents)}。")
        if self.residual:
            raise ScheduleError("residual", "各期比例已合计为全部本金，不能另设残值。")

    def _check_fixed_payment(self) -> None:
        if self.fixed_payment is None:
            raise ScheduleError("fixed_payment", "请填写每期付款额。")
        _check_amount("fixed_payment", "每期付款额", self.fixed_payment)
        if self.fixed_payment == 0:
            raise ScheduleError("fixed_payment", "每期付款额须大于 0。")
        paid = self.fixed_payment * self.instalments + self.residual
        if paid < self.principal:
            raise ScheduleError("fixed_payment", f"各期付款合计 {paid} 元，少于本金。")
        if self.in_advance and self.instalments == 1 and paid > self.principal:
            raise ScheduleError("fixed_payment", "期初一次付清不含利息，付款额须等于本金。")
        if self.in_advance and self.instalments > 1 and self.fixed_payment >= self.principal:
            raise ScheduleError("fixed_payment", "首期付款已付清本金，其余各期无从计息。")


def _check_amount(name: str, label: str, amount: Decimal) -> None:
    if not 0 <= exact(amount) <= MAX_AMOUNT:
        raise ScheduleError(name, f"{label}须在 0 至 {MAX_AMOUNT} 元之间。")
    if amount % FEN:
        raise ScheduleError(name, f"{label}最多两位小数。")
