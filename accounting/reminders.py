"""提醒 on the home page and above the inbox: what falls due for this person; read from the facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F
from django.urls import reverse

from accounting.reports.disclosure import is_missing, last_day
from accounting.reports.plan import COUNTY
from accounting.reports.workdays import Calendars
from financing.models import Instalment
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import County

MOST = 5
PAYING = (Role.SCHOOL_FINANCE, Role.HEAD)


@dataclass(frozen=True)
class Reminder:
    """One thing to think of: its title, a sentence, the page, and its day."""

    title: str
    text: str
    url: str
    due_on: dt.date
    overdue: bool
    button: str = "打开"


def reminders_of(user) -> list[Reminder]:
    """For the school's head and finance what falls due; for county finance the yearly disclosure."""
    posts = reach(user).posts
    schools = {post.school_id for post in posts if post.role in PAYING} - {None}
    counties = {post.county_id for post in posts if post.role == Role.COUNTY_FINANCE} - {None}
    return [*_due(schools), *_to_publish(counties)]


def _due(schools: set[int]) -> list[Reminder]:
    """Unpaid instalments whose notice went out, the earliest first."""
    if not schools:
        return []
    rows = (
        Instalment.objects.filter(
            agreement__project_school__school__in=schools, due_notice__isnull=False
        )
        .unpaid()
        .annotate(county=F(COUNTY))
        .select_related("agreement__project_school__school", "due_notice")
        .order_by("due_on", "pk")[:MOST]
    )
    calendars = Calendars()
    return [_reminder(row, calendars) for row in rows]


def _reminder(row: Instalment, calendars: Calendars) -> Reminder:
    today, moved = clock.today(), calendars.moved(row.due_on, row.county)
    left = calendars.days_left(today, row.due_on, row.county)
    day = f"{moved.month}月{moved.day}日到期"
    if moved < today:
        words = f"{day}，已逾期 {(today - moved).days} 天"
    else:
        words = f"{day}，还有 {left} 个工作日" if left else f"{day}，就是今天"
    return Reminder(
        f"{row.agreement.school.name}{row}回购款 {row.remaining:,.2f} 元",
        f"{words}。付款通知书已发出，请安排资金、及时申请付款。",
        row.agreement.get_absolute_url(),
        moved,
        moved < today,
        "查看协议",
    )


def _to_publish(counties: set[int]) -> list[Reminder]:
    """From the first of the month in which the year before must be public, until it is."""
    today, found = clock.today(), []
    for county in County.objects.filter(pk__in=counties) if counties else ():
        last = last_day(county, today)
        year = today.year - 1
        if last is None or today < last.replace(day=1) or not is_missing(county, year):
            continue
        found.append(
            Reminder(
                f"公开 {year} 年度逾期未付款项",
                f"须在 {last.month}月{last.day}日前公开上年度逾期尚未支付中小企业款项的合同数量和金额，还没有公开记录。",
                f"{reverse('accounting:disclosure')}?year={year}",
                last,
                last < today,
                "核对并公开",
            )
        )
    return found
