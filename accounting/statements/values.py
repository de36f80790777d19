"""One cell of a bank statement: a day, an amount, a word. Pure.

Banks write 20270115, 2027-1-15, 2027年1月15日 or an Excel day number, ￥1,234.50 or （1,234.50）,
and digits of full width; Excel turns half of it into its own numbers.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from registry.money import FEN, ZERO, cents

EXCEL_ZERO = dt.date(1899, 12, 30)
FIRST, LAST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
MOST = Decimal("999999999999.99")
ORDERS = {"ymd": "年月日", "dmy": "日月年", "mdy": "月日年"}
"""How a day in three numbers is written; only for days whose year stands last."""

EMPTY = {"", "-", "--", "—", "——", "/"}
_YEAR_FIRST = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ].*)?$")
_DIGITS = re.compile(r"^((?:20)\d{2})(\d{2})(\d{2})(?:[T ]?[\d:.]*)$")
_NUMBER = re.compile(r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?$")
_DRESS = re.compile(r"[\s'¥$]|CNY|RMB|人民币|元")


def words_of(value: object) -> str:
    """A cell in words, full-width letters and digits narrowed, blanks collapsed."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(unicodedata.normalize("NFKC", str(value if value is not None else "")).split())


def day_of(value: object, order: str = "ymd") -> dt.date | None:
    """The day that a cell names; None for an empty one.

    ``order`` (a key of ``ORDERS``) only speaks for days whose year stands last, 03/04/2027.
    Raises ``ValueError`` with a sentence.
    """
    if isinstance(value, dt.datetime):
        return _plausible(value.date())
    if isinstance(value, dt.date):
        return _plausible(value)
    text = words_of(value)
    if text in EMPTY:
        return None
    for pattern, places in ((_YEAR_FIRST, "ymd"), (_DIGITS, "ymd"), (_YEAR_LAST, order)):
        if (found := pattern.match(text)) and len(found[places.index("y") + 1]) == 4:
            parts = dict(zip(places, map(int, found.groups()[:3]), strict=True))
            return _calendar(parts["y"], parts["m"], parts["d"], text)
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _plausible(EXCEL_ZERO + dt.timedelta(days=int(float(text))))
    raise ValueError(f"“{text[:30]}”不是日期，请写成 2027-01-15。")


def _calendar(year: int, month: int, day: int, text: str) -> dt.date:
    try:
        return _plausible(dt.date(year, month, day))
    except ValueError as error:
        raise ValueError(f"日历上没有“{text[:30]}”这一天。") from error


def _plausible(day: dt.date) -> dt.date:
    if not FIRST <= day <= LAST:
        raise ValueError(f"日期 {day} 不像银行流水的日期，请核对。")
    return day


def amount_of(value: object) -> Decimal | None:
    """Yuan in whole fen, signed; None for an empty cell.

    Brackets or a minus at either end make it negative. Raises ``ValueError`` with a sentence.
    """
    if isinstance(value, bool | dt.date | dt.time):
        raise ValueError(f"“{words_of(value)[:30]}”不是金额。")
    if isinstance(value, int | float):
        return _fen(Decimal(repr(value)), from_excel=True)
    text = words_of(value)
    plain = _DRESS.sub("", text.upper())
    if plain in EMPTY:
        return None
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("()") if negative else plain
    if plain.endswith("-"):
        plain, negative = plain[:-1], True
    if not _NUMBER.match(plain):
        raise ValueError(f"“{text[:30]}”不是金额，请写成 1234.50。")
    amount = _fen(Decimal(plain.replace(",", "")))
    return -amount if negative else amount


def _fen(amount: Decimal, *, from_excel: bool = False) -> Decimal:
    """Whole fen; what Excel's binary numbers lack or have too much after the sixth place goes."""
    try:
        rounded = cents(amount)
    except (InvalidOperation, ValueError) as error:
        raise ValueError("金额太大或不是数字，请核对。") from error
    if abs(rounded - amount) > (Decimal("0.000001") if from_excel else ZERO):
        raise ValueError(f"金额 {amount} 多于两位小数。")
    if abs(rounded) > MOST:
        raise ValueError(f"金额 {rounded} 太大，请核对。")
    return rounded.quantize(FEN)


OUT = {
    "借",
    "借方",
    "D",
    "DR",
    "支",
    "支出",
    "付",
    "付款",
    "出",
    "转出",
    "出账",
    "往账",
    "支取",
    "-",
}
IN = {
    "贷",
    "贷方",
    "C",
    "CR",
    "收",
    "收入",
    "收款",
    "入",
    "进",
    "转入",
    "入账",
    "来账",
    "存入",
    "+",
}


def sign_of(value: object) -> int:
    """−1 for 借 (the bank's word for money that leaves), +1 for 贷; 0 for anything else."""
    text = words_of(value).upper()
    return -1 if text in OUT else 1 if text in IN else 0
