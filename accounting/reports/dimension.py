"""What the ledger and the ageing may be grouped by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db.models import F
from django.db.models.functions import ExtractYear

from accounting.reports.plan import SCHOOL, SUPPLIER
from accounting.reports.table import CODE, TEXT, Column


@dataclass(frozen=True)
class Dimension:
    """``key`` makes the grouping expression from a prefix before the paths of an instalment.

    ``names``: words of a group, as paths of an instalment; ``query`` is the parameter that lists
    one group's instalments and ``value`` the word of the row that it takes.
    """

    code: str
    title: str
    key: Callable[[str], object]
    columns: list[Column]
    names: dict[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ("key",)
    query: str = ""
    value: str = "key"

    def of_rebate(self, before: str) -> object:
        """The grouping, seen from a rebate (or from what points at one)."""
        return self.key(f"{before}instalment__")

    def asked(self, group: dict) -> dict:
        """The parameter that lists just this group's instalments."""
        return {self.query: group[self.value]}


BY_SCHOOL = Dimension(
    "school",
    "学校",
    lambda prefix: F(f"{prefix}{SCHOOL}"),
    [Column("name", "学校", TEXT), Column("township", "乡镇", TEXT)],
    {
        "name": f"{SCHOOL}__name",
        "township": f"{SCHOOL}__township__name",
        "code": f"{SCHOOL}__code",
    },
    (f"{SCHOOL}__township__code", f"{SCHOOL}__code"),
    "school",
    "code",
)
BY_SUPPLIER = Dimension(
    "supplier",
    "供应商",
    lambda prefix: F(f"{prefix}{SUPPLIER}"),
    [Column("name", "供应商", TEXT)],
    {"name": f"{SUPPLIER}__name"},
    (f"{SUPPLIER}__name",),
    "supplier",
)
BY_YEAR = Dimension(
    "year",
    "年度",
    lambda prefix: ExtractYear(f"{prefix}due_on"),
    [Column("key", "应付年度", CODE)],
    query="year",
)
DIMENSIONS = {one.code: one for one in (BY_SCHOOL, BY_SUPPLIER, BY_YEAR)}
