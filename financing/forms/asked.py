"""What a quote's address asks: the forms, the variants they make, and the project's schools."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

from django.db.models import Sum
from django.http import Http404, HttpRequest, QueryDict

from financing.burden import places_of
from financing.forms.quote import LEVELS, VARIANTS, QuoteForm, VariantForm, projects_of
from financing.variant import Variant
from procurement.models import Project, ProjectSchool
from registry.access import reach
from registry.money import cents

FIRST = {"years": 5, "annual_rate": Decimal("3.5")}


class Asked:
    """The address as forms. ``project`` alone asks for that project's own terms."""

    def __init__(self, request: HttpRequest, *, newest: bool = False):
        """``newest``: where no project is asked for, the newest that has rooms is meant."""
        self.user = request.user
        self.projects = list(projects_of(self.user))
        self.project = self._project(request.GET.get("project", ""))
        if newest and self.project is None:
            self.project = next((one for one in self.projects if one.has_rooms), None)
        data = request.GET if "principal" in request.GET else None
        if data is None and self.project:
            data = terms_of(self.project)
        self.data = data
        self.form = QuoteForm(data, user=self.user, project=self.project)
        self.variants = [
            VariantForm(data, prefix=f"v{n}", initial=FIRST if n == 1 else None)
            for n in range(1, VARIANTS + 1)
        ]
        self.found = self._found() if data is not None else []

    def _project(self, wanted: str) -> Project | None:
        if not wanted:
            return None
        found = [one for one in self.projects if str(one.pk) == wanted]
        if not found:
            raise Http404
        return found[0]

    @cached_property
    def places(self) -> list[ProjectSchool]:
        """The project's schools with their rooms: all of them, since all of them share."""
        return places_of(self.project) if self.project else []

    @property
    def reads_schools(self) -> bool:
        """Whether the person may look at every school's part, not only at one school's."""
        return bool(self.project) and reach(self.user).reads_county(self.project.county)

    @property
    def rooms(self) -> int:
        return sum(place.rooms for place in self.places)

    def _found(self) -> list[Variant]:
        """The variants that were filled in and make a schedule."""
        if not all([self.form.is_valid(), *(one.is_valid() for one in self.variants)]):
            return []
        used = [one for one in self.variants if one.is_used]
        if not used:
            self.form.add_error(None, "请至少在一个方案里填写年限。")
        made = [one.variant(self.form, self.rooms) for one in used]
        return [variant for variant in made if variant is not None]


def terms_of(project: Project) -> QueryDict:
    """The project's contract as the form would send it; before there is one, its budget at 3.5 %.

    The lease is taken to start on the project's deadline: both inspections must be passed by then.
    """
    contract = project.current_contract()
    asked: dict[str, object] = {"project": project.pk, "starts_on": project.deadline}
    for share in project.funding.all():
        if share.funder in LEVELS:
            asked[share.funder] = share.percent.normalize()
    if contract is None:
        first = FIRST | {"principal": project.budget}
    else:
        lines = contract.lines.filter(plan_line__change_order__approved_on=None)
        price = lines.aggregate(price=Sum("price"))["price"] or project.budget
        first = _terms(contract, cents(price)) | {"principal": cents(price)}
    asked["principal"] = first.pop("principal")
    data = QueryDict(mutable=True)
    data.update({name: _text(value) for name, value in asked.items()})
    data.update({f"v1-{name}": _text(value) for name, value in first.items() if value})
    return data


def _terms(contract, price: Decimal) -> dict[str, object]:
    def share(percent: Decimal) -> Decimal | None:
        return cents(price * percent / 100) if percent else None

    return {
        "years": contract.years,
        "method": contract.repayment,
        "annual_rate": contract.annual_rate,
        "fixed_payment": contract.fixed_payment,
        "percents": "，".join(contract.percents),
        "payments_per_year": contract.payments_per_year,
        "timing": contract.timing,
        "residual": share(contract.residual_percent),
        "grace": contract.grace,
        "down": share(contract.down_percent),
        "retention": share(contract.retention_percent),
        "retention_months": contract.retention_months if contract.retention_percent else None,
    }


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)
