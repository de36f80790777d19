"""科目对应: how each kind of event is entered, tried on an event before it is put in force."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounting.actions.books import check_rules, set_rules
from accounting.entries import PARTS, labels, lines_of, sample
from accounting.enums import EventKind
from accounting.events import events_of
from accounting.forms.books import AccountCodeForm, LineFormSet, RuleForm
from accounting.models import RuleSet
from accounting.rulebook import RuleBook, rule_of
from accounting.views.books.place import Place, place_of
from registry import clock
from registry.views.forms import form_page, refuse


@require_GET
def rules(request):
    """Every kind of event with the set that holds today."""
    place = place_of(request, whole=True)
    book, today = RuleBook(place.county), clock.today()
    kinds = [{"kind": kind, "set": book.on(kind, today)} for kind in PARTS]
    for one in kinds:
        one["lines"] = _shown(one["kind"], one["set"])
    context = {"place": place, "tab": "rules", "kinds": kinds}
    return render(request, "accounting/books_rules.html", context)


def _shown(kind: EventKind, found: RuleSet | None) -> list[dict]:
    names = labels(kind)
    lines = found.lines.all() if found else []
    return [{"rule": line, "part": names.get(line.part, line.part)} for line in lines]


@require_http_methods(["GET", "POST"])
def rule(request, kind: str):
    """One kind: its sets through time, and a form for the next one."""
    if kind not in PARTS:
        raise Http404
    place, kind = place_of(request, whole=True), EventKind(kind)
    if request.method == "POST" and not place.may_keep:
        raise PermissionDenied("科目对应由县财务审核岗设置。")
    now = RuleBook(place.county).on(kind, clock.today())
    form = RuleForm(request.POST or None)
    lines = LineFormSet(
        request.POST or None,
        county=place.county,
        kind=kind,
        initial=[
            {name: getattr(line, name) for name in ("side", "account", "part", "note")}
            for line in (now.lines.all() if now else ())
        ],
        prefix="lines",
    )
    preview = None
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        try:
            if "preview" in request.POST:
                preview = _preview(place, kind, lines.lines)
            else:
                _save(request, place, kind, form, lines)
                return redirect(f"{reverse('accounting:rule', args=[kind])}?{place.query}")
        except ValidationError as error:
            refuse(form, error)
    history = [
        {"set": row, "lines": _shown(kind, row), "now": now is not None and row.pk == now.pk}
        for row in _history(place, kind)
    ]
    context = {
        "place": place,
        "kind": kind,
        "form": form if place.may_keep else None,
        "lines": lines,
        "history": history,
        "preview": preview,
    }
    return render(request, "accounting/books_rule.html", context)


def _history(place: Place, kind: EventKind):
    own = Q(county=None) | Q(county=place.county)
    rows = RuleSet.objects.filter(own, kind=kind).select_related("county", "set_by")
    return rows.prefetch_related("lines__account").order_by("-valid_from", "-county")


def _preview(place: Place, kind: EventKind, lines: list) -> dict:
    """The entries that ``lines`` would make of the newest event of this kind, or of a made-up one."""
    check_rules(place.county, kind, lines)
    found = [event for event in events_of(place.county) if event.kind == kind]
    words = f"{found[-1].day} {found[-1].sentence}" if found else "示例金额（本县还没有这类事项）"
    parts = found[-1].parts if found else sample(kind)
    return {"words": words, "lines": lines_of(kind, parts, [rule_of(line) for line in lines])}


def _save(request, place: Place, kind: EventKind, form, lines) -> None:
    row = set_rules(
        county=place.county,
        kind=kind,
        lines=lines.lines,
        user=request.user,
        **form.cleaned_data,
    )
    messages.success(request, f"“{kind.label}”自 {row.valid_from} 起按新的对应生成凭证。")


@require_http_methods(["GET", "POST"])
def account_new(request):
    """新增明细科目 of the county."""
    place = place_of(request, whole=True)
    if not place.may_keep:
        raise PermissionDenied("会计科目由县财务审核岗维护。")
    form = AccountCodeForm(request.POST or None)
    return form_page(
        request,
        form,
        title="新增明细科目",
        back=f"{reverse('accounting:rules')}?{place.query}",
        save=lambda: f"已新增科目 {form.save(county=place.county, user=request.user)}。",
    )
