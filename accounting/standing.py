"""The numbers of the hub: how a person's money stands today, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, Max, Min, Q
from django.urls import reverse

from accounting.actions.notices import days_before
from accounting.models import StatementLine
from accounting.models.bank import bank_counties
from accounting.reports.late import late_interest
from accounting.reports.plan import COUNTY, postings, summed
from accounting.reports.workdays import Calendars
from financing.burden import public_funds
from financing.enums import ClaimStatus
from financing.models import (
    Agreement,
    Instalment,
    Payment,
    PaymentApplication,
    PeriodClose,
    Rebate,
)
from financing.risks import touched_by
from financing.views.risks import readable
from registry import clock
from registry.access import reach
from registry.dates import add_months
from registry.enums import Role
from registry.models import School
from registry.money import ZERO
from registry.templatetags.pages import wan

BOOKS = "accounting:books"
MOST_JUDGED = 400
"""Agreements whose red lines are judged for one number."""


@dataclass(frozen=True)
class Owed:
    """Numbers and amounts of instalments that are not paid in full."""

    month: int
    month_amount: Decimal
    overdue: int
    overdue_amount: Decimal
    unsent: int


def owed(user, calendars: Calendars) -> Owed:
    """This month's, the overdue ones, and those whose notice is still to be sent; two queries."""
    today = clock.today()
    month = Q(due_on__year=today.year, due_on__month=today.month)
    late = calendars.late(today, 1, county=COUNTY)
    soon = calendars.within(today, days_before(), county=COUNTY)
    unpaid = Instalment.objects.visible_to(user).filter(month | late | soon).unpaid()
    found = unpaid.order_by().aggregate(
        month=Count("pk", filter=month),
        month_amount=summed("remaining", month),
        overdue=Count("pk", filter=late),
        overdue_amount=summed("remaining", late),
        unsent=Count("pk", filter=soon & Q(due_notice=None)),
    )
    return Owed(**found)


def tile(label: str, value, unit: str, name: str, note: str = "", late: bool = False, **asked):
    url = f"{reverse(name)}?{urlencode(asked)}" if asked else reverse(name)
    shown = f"{value:,}" if isinstance(value, int) else value
    return {"label": label, "value": shown, "unit": unit, "url": url, "note": note, "late": late}


def yuan(amount: Decimal) -> str:
    return f"{wan(amount)} 万元"


def county_tiles(user) -> list[dict]:
    """For those who see a county or more: what is due, what waits for whom."""
    calendars = Calendars()
    money = owed(user, calendars)
    tiles = [
        _month(money),
        _overdue(money),
        *_applications(user),
        *_rebates(user),
        *_bank(user),
        *_books(user),
        _risks(user),
    ]
    if any(post.role == Role.COUNTY_FINANCE for post in reach(user).posts):
        waiting = tile(
            "待发付款通知",
            money.unsent,
            "份",
            "accounting:notices",
            "到期前自动发出",
            sent="waiting",
        )
        tiles.insert(2, waiting)
    return tiles


def _month(money: Owed) -> dict:
    month = f"{clock.today():%Y-%m}"
    return tile(
        "本月应付未付",
        money.month,
        "期",
        "accounting:instalments",
        yuan(money.month_amount),
        month=month,
        state="remaining",
    )


def _overdue(money: Owed) -> dict:
    return tile(
        "逾期未付",
        money.overdue,
        "期",
        "accounting:instalments",
        yuan(money.overdue_amount),
        late=money.overdue > 0,
        state="overdue",
    )


def _applications(user) -> list[dict]:
    live = PaymentApplication.objects.visible_to(user).live()
    found = live.order_by().aggregate(
        review=Count("pk", filter=Q(passed=None)), pay=Count("pk", filter=Q(passed=True))
    )
    return [
        tile("付款申请待审核", found["review"], "笔", "financing:applications", stage="review"),
        tile("审核通过待付款", found["pay"], "笔", "financing:applications", stage="pay"),
    ]


def _rebates(user) -> list[dict]:
    rebates = Rebate.objects.visible_to(user).order_by()
    claimable = rebates.claimable().aggregate(n=Count("pk"), amount=summed("amount"))
    claimed = rebates.filter(claim__isnull=False).exclude(claim__status=ClaimStatus.RECEIVED)
    waiting = claimed.with_money().filter(outstanding__gt=0)
    waiting = waiting.aggregate(n=Count("pk"), amount=summed("outstanding"))
    return [
        tile(
            "可申领奖补",
            claimable["n"],
            "笔",
            "accounting:rebates",
            yuan(claimable["amount"]),
            state="claimable",
        ),
        tile(
            "奖补申领未到账",
            waiting["n"],
            "笔",
            "accounting:rebates",
            yuan(waiting["amount"]),
            state="outstanding",
        ),
    ]


def _bank(user) -> list[dict]:
    if not bank_counties(user):
        return []
    waiting = StatementLine.objects.visible_to(user).unsettled().count()
    return [tile("银行流水未核对", waiting, "笔", "accounting:bank_lines", state="open")]


def _books(user) -> list[dict]:
    """Months that are over and not closed, where there were agreements or payments."""
    counties = bank_counties(user)
    if not counties:
        return []
    mine = Agreement.objects.filter(project_school__project__dossier__county__in=counties)
    first = mine.aggregate(day=Min("signed_on"))["day"]
    closed = PeriodClose.objects.filter(county__in=counties).aggregate(month=Max("month"))["month"]
    if first is None:
        return []
    start = add_months(closed, 1) if closed else first.replace(day=1)
    today = clock.today()
    months = max(0, (today.year - start.year) * 12 + today.month - start.month)
    return [tile("未结账月份", months, "个月", BOOKS, f"自 {start:%Y-%m}" if months else "")]


def _risks(user) -> dict:
    """Agreements with a red line that nobody answers for; counted while that is quick."""
    mine = readable(user).order_by()
    pks = list(mine.values_list("pk", flat=True)[: MOST_JUDGED + 1])
    if len(pks) > MOST_JUDGED:
        return tile("红线未承担", "查看", "", "financing:risks", state="open")
    found = sum(any(one.open for one in lines) for lines in touched_by(pks).values())
    return tile("红线未承担", found, "份", "financing:risks", late=found > 0, state="open")


# --- one school, township or supplier ---------------------------------------------------------
def place_tiles(user) -> list[dict]:
    """For those who see their own place: what comes next, what is late, what is still owed."""
    reached, calendars = reach(user), Calendars()
    rows = Instalment.objects.visible_to(user)
    money = owed(user, calendars)
    tiles = [*_next(rows), _month(money), _overdue(money)]
    if reached.school_ids:
        tiles += [*_burden(rows, reached.school_ids), *_rebates(user)[1:]]
    if reached.supplier_ids:
        tiles += [*_interest(rows, calendars), *_received(user)]
    return [*tiles, _remaining(rows)]


def _next(rows) -> list[dict]:
    """The earliest instalment that is not paid in full."""
    row = rows.unpaid().select_related("agreement").order_by("due_on", "pk").first()
    if row is None:
        return []
    return [
        {
            "label": "下一期回购款",
            "value": f"{row.remaining:,.2f}",
            "unit": "元",
            "note": f"{row.due_on} 到期",
            "url": row.agreement.get_absolute_url(),
            "late": row.due_on < clock.today(),
        }
    ]


def _burden(rows, schools: frozenset[int]) -> list[dict]:
    """What this year's instalments take of the school's public funds, rebates taken off."""
    if len(schools) != 1:
        return []
    school = School.objects.select_related("county").get(pk__in=schools)
    year = clock.today().year
    mine = rows.filter(due_on__year=year, agreement__project_school__school=school)
    due = mine.order_by().aggregate(s=summed("payment"))["s"]
    rebated = Rebate.objects.filter(instalment__in=mine.order_by().values("pk"))
    own = due - rebated.order_by().aggregate(s=summed("amount"))["s"]
    funds = public_funds(school)
    share = funds.share(own)
    if share is None or not due:
        return []
    note = f"自担 {own:,.2f} 元，上限 {funds.high_percent.normalize():f}%"
    return [
        tile(
            f"{year} 年占公用经费",
            share,
            "%",
            "accounting:instalments",
            note,
            late=funds.exceeds(own),
            year=year,
        )
    ]


def _interest(rows, calendars: Calendars) -> list[dict]:
    amount = sum(late_interest(rows, on=clock.today(), calendars=calendars).values(), ZERO)
    return [tile("逾期利息", f"{amount:,.2f}", "元", "accounting:instalments", state="late")]


def _received(user) -> list[dict]:
    first = clock.today().replace(month=1, day=1)
    mine = Payment.objects.visible_to(user).filter(paid_on__gte=first).order_by()
    amount = mine.aggregate(s=summed("amount"))["s"]
    label = f"{first.year} 年已收"
    return [tile(label, wan(amount), "万元", "financing:payments", since=first)]


def _remaining(rows) -> dict:
    due = rows.order_by().aggregate(s=summed("payment"))["s"]
    settled = postings(rows).aggregate(s=summed("amount"))["s"]
    return tile("尚欠合计", wan(due - settled), "万元", "accounting:instalments", state="remaining")
