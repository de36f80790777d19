"""结账: the month's checklist, what still needs a voucher, and the closing."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounting.actions.books import pending_events
from accounting.actions.closing import (
    AT_ONCE,
    catch_up,
    checklist,
    close_month,
    month_to_close,
    months_waiting,
)
from accounting.periods import is_closed
from accounting.views.books.place import Place, place_of
from financing.models import PeriodClose

SHOWN = 50


@require_GET
def books(request):
    """The desk of whoever keeps the books: this month's state, and what to do next."""
    place = place_of(request, whole=True)
    turn = month_to_close(place.county)
    if turn and "month" not in request.GET:
        place = place_of(request, default=turn, whole=True)
    closed = is_closed(place.county, place.month)
    pending = [] if closed else pending_events(place.county, place.month)
    checks = [] if closed else checklist(place.county, place.month, pending)
    context = {
        "place": place,
        "tab": "books",
        "closed": closed,
        "checks": checks,
        "ready": all(check.passed is not False for check in checks),
        "pending": pending[:SHOWN],
        "more": max(len(pending) - SHOWN, 0),
        "turn": turn,
        "waiting": min(months_waiting(place.county), AT_ONCE),
        "periods": PeriodClose.objects.filter(county=place.county)
        .select_related("closed_by")
        .order_by("-month")[:24],
    }
    return render(request, "accounting/books.html", context)


@require_POST
def close(request):
    """Close the month named in the form."""
    place = _kept(request)
    try:
        close_month(county=place.county, month=place.month, user=request.user)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"{place.month:%Y 年 %m 月}已结账，此后不能再记入或修改。")
    return redirect(f"{reverse('accounting:books')}?{place.query}")


@require_POST
def close_waiting(request):
    """Months that wait are kept and closed one after another."""
    place = _kept(request)
    done = catch_up(county=place.county, user=request.user)
    if done.closed:
        first, last = done.closed[0], done.closed[-1]
        span = f"{first}" if first == last else f"{first} 至 {last}"
        messages.success(
            request,
            f"已逐月结账 {len(done.closed)} 个月（{span}），生成 {done.vouchers} 张凭证。",
        )
    if done.stopped:
        messages.error(request, done.stopped)
    return redirect(f"{reverse('accounting:books')}?county={place.county.pk}")


def _kept(request) -> Place:
    """The place named in the form, for county finance alone."""
    request.GET = request.POST
    place = place_of(request, whole=True)
    if not place.may_keep:
        raise PermissionDenied("结账由县财务审核岗办理。")
    return place
