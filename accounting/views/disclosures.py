"""逾期未付款项年度公开: the figures, their publication, and the record of it."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounting.actions.disclose import publish
from accounting.forms.reports import DisclosureFilter, PublishForm, counties_read
from accounting.models import Disclosure
from accounting.reports.disclosure import contracts, last_day, report, thawed
from accounting.reports.table import Report
from accounting.views.reports import export
from financing.models import Instalment
from registry import clock
from registry.access import reach
from registry.enums import Role
from registry.models import County


@require_http_methods(["GET", "POST"])
def disclosure(request):
    """The figures of one county and year; county finance records here that they were published."""
    counties = counties_read(request.user)
    if not counties:
        raise Http404
    filters = DisclosureFilter(request.GET, queryset=Instalment.objects.none(), request=request)
    asked = filters.form.cleaned_data if filters.is_valid() else {}
    county = asked.get("county") or counties[0]
    year = int(asked.get("year") or clock.today().year - 1)
    rows = Instalment.objects.visible_to(request.user).filter(
        agreement__project_school__project__dossier__county=county
    )
    made = report(contracts(rows, year), county=county, year=year, dated=clock.today())
    if file := export(made, request):
        return file
    form = _form(request, county, year)
    if request.method == "POST":
        if form is None:
            raise Http404
        row = _publish(form, county, year, request.user)
        if row is not None:
            messages.success(request, f"已登记{row}。")
            return redirect(row)
    context = _page(made, request.user) | {
        "filters": filters,
        "filters_used": len(filters.form.changed_data),
        "county": county,
        "year": year,
        "form": form,
        "last_day": last_day(county, dt.date(year + 1, 1, 1)),
        "published": _published(request.user, county, year),
    }
    return render(request, "accounting/disclosure.html", context)


@require_GET
def disclosed(request, pk: int):
    """One publication, word for word as it went out."""
    rows = Disclosure.objects.visible_to(request.user).select_related("county", "published_by")
    row = get_object_or_404(rows, pk=pk)
    made = report(thawed(row), county=row.county, year=row.year, dated=row.published_on)
    if file := export(made, request):
        return file
    context = _page(made, request.user) | {"row": row, "county": row.county, "year": row.year}
    return render(request, "accounting/disclosed.html", context)


def _form(request, county: County, year: int) -> PublishForm | None:
    """For county finance, once the year is over."""
    if not reach(request.user).holds_at(Role.COUNTY_FINANCE, county=county.pk):
        return None
    if year >= clock.today().year:
        return None
    return PublishForm(request.POST or None, initial={"published_on": clock.today()})


def _publish(form: PublishForm, county: County, year: int, user) -> Disclosure | None:
    if not form.is_valid():
        return None
    try:
        return publish(county=county, year=year, user=user, **form.cleaned_data)
    except ValidationError as error:
        found = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
        for name, errors in found.items():
            form.add_error(name if name in form.fields else None, ValidationError(errors))
        return None


def _published(user, county: County, year: int) -> list[dict]:
    rows = Disclosure.objects.visible_to(user).filter(county=county, year=year)
    return [
        {"row": row, "url": reverse("accounting:disclosed", args=[row.pk])}
        for row in rows.select_related("published_by")
    ]


def _page(made: Report, user) -> dict:
    """What ``report_table.html`` asks for: few rows, one page."""
    return {
        "title": made.title,
        "report": made,
        "lines": [(row, made.cells(row)) for row in made.rows],
        "totals": made.total_cells(),
        "empty": "年末没有逾期尚未支付的中小企业款项。",
    }
