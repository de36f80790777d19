"""Drawing the agreement: what is stored is what was computed, and it adds up to the fen."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.actions import open_registration
from documents.enums import PaperKind
from documents.models import Paper
from documents.pdf import render_paper
from financing.actions import draw_agreement
from financing.models import Agreement, Instalment, Rebate
from financing.schedules import Funder, Terms, rebated, schedule
from procurement.models import ContractLine, FundingShare, PlanLine, ProjectSchool
from registry.dates import add_months
from registry.money import cents
from tests.world import make_contract, make_passed, make_project, make_world

pytestmark = pytest.mark.django_db


def passed_school(world, project=None):
    contract = make_contract(world, project)
    make_passed(world, contract)
    return ProjectSchool.objects.get(school=world.school, project=contract.project)


def test_it_stores_exactly_the_schedule():
    row = passed_school(make_world())
    agreement = draw_agreement(project_school=row)
    plan = rebated(
        schedule(
            Terms(
                principal=Decimal("43000.00"),
                annual_rate=Decimal("3.5"),
                years=5,
                payments_per_year=1,
                method="level_payment",
                timing="arrears",
                starts_on=row.handover.completed_on,
            )
        ),
        [Funder("county", 10), Funder("prefecture", 20), Funder("province", 30)],
    )
    stored = [
        (i.number, i.due_on, i.payment, i.principal, i.interest, i.balance, rebates(i))
        for i in agreement.instalments.order_by("number")
    ]
    assert stored == [
        (r.no, r.due_on, r.payment, r.principal, r.interest, r.balance, r.rebates)
        for r in plan.instalments
    ]
    assert agreement.principal == Decimal("43000.00")
    assert agreement.rooms.count() == 2


def rebates(instalment):
    return {rebate.funder: rebate.amount for rebate in instalment.rebates.all()}


def test_called_again_it_gives_the_one_that_is_there():
    row = passed_school(make_world())
    first = draw_agreement(project_school=row)
    assert draw_agreement(project_school=row) == first
    assert (Agreement.objects.count(), Instalment.objects.count()) == (1, 5)
    assert Paper.objects.filter(kind=PaperKind.BUYBACK_SCHEDULE).count() == 1


def test_the_paper_prints_what_was_stored():
    agreement = draw_agreement(project_school=passed_school(make_world()))
    paper = Paper.objects.get(kind=PaperKind.BUYBACK_SCHEDULE)
    assert paper.data["totals"]["principal"] == "43000.00"
    assert paper.data["school_percent"] == "40.00"
    assert [row["balance"] for row in paper.data["instalments"]][-1] == "0.00"
    assert paper.data["agreement"]["number"] == agreement.number
    pdf = render_paper(paper, signatures=[], verify_url="https://example.invalid/v/x/")
    assert pdf.startswith(b"%PDF")


def test_without_a_passed_room_there_is_no_agreement():
    world = make_world()
    make_contract(world)
    row = ProjectSchool.objects.get(school=world.school)
    with pytest.raises(ValidationError, match="没有县级验收合格的班级"):
        draw_agreement(project_school=row)


def test_a_funding_plan_that_is_not_whole_stops_it():
    row = passed_school(make_world())
    FundingShare.objects.filter(funder="school").update(percent=39)
    with pytest.raises(ValidationError, match="100%"):
        draw_agreement(project_school=row)
    assert not Agreement.objects.exists()


def test_rooms_cost_no_queries():
    def count(rooms, code):
        row = passed_school(make_world(rooms=rooms, county_code=code))
        with CaptureQueriesContext(connection) as seen:
            draw_agreement(project_school=row)
        return len(seen)

    assert count(1, "522631") == count(4, "522632")


def test_the_database_refuses_what_does_not_add_up():
    agreement = draw_agreement(project_school=passed_school(make_world()))
    first = agreement.instalments.get(number=1)
    for values in (
        {"payment": first.payment + Decimal("0.01")},
        {"balance": Decimal("-0.01")},
        {"number": 2},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Instalment.objects.filter(pk=first.pk).update(**values)


def test_binary_fractions_do_not_break_the_sum():
    """0.10 + 0.20 is not 0.30 in the arithmetic of SQLite; an instalment of 0.30 is still right."""
    agreement = draw_agreement(project_school=passed_school(make_world()))
    row = Instalment(
        agreement=agreement,
        number=6,
        due_on=agreement.signed_on,
        payment=Decimal("0.30"),
        principal=Decimal("0.10"),
        interest=Decimal("0.20"),
        balance=Decimal("0.00"),
    )
    row.full_clean()
    row.save()
    assert Instalment.objects.with_paid().get(pk=row.pk).remaining == Decimal("0.30")


def test_cards_and_agreement_hold_the_same_money():
    row = passed_school(make_world())
    registration = open_registration(project_school=row)
    agreement = draw_agreement(project_school=row)
    assert sum(card.price for card in registration.cards.all()) == agreement.principal


shares = st.lists(st.integers(0, 6000), min_size=3, max_size=3).filter(lambda s: sum(s) <= 10000)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    hundredths=shares,
    price=st.integers(100, 9_999_999),
    rate=st.integers(0, 150_000),
    years=st.integers(1, 8),
    per_year=st.sampled_from([1, 2, 4, 12]),
    method=st.sampled_from(["level_payment", "equal_principal", "custom_percent"]),
    timing=st.sampled_from(["arrears", "advance"]),
    more=st.fixed_dictionaries(
        {
            "down_percent": st.integers(0, 40),
            "retention_percent": st.integers(0, 10),
            "retention_months": st.integers(1, 30),
        }
    ),
)
def test_nothing_is_lost_whatever_the_terms(
    passed, hundredths, price, rate, years, per_year, method, timing, more
):
    """Σ rooms = principal = Σ instalments' principal, and every funder gives round(percent × Σ)."""
    row, contract = passed
    with transaction.atomic():
        fund(row.project, hundredths)
        ContractLine.objects.filter(contract=contract).update(price=Decimal(price) / 100)
        type(contract).objects.filter(pk=contract.pk).update(
            annual_rate=Decimal(rate) / 10000,
            years=years,
            payments_per_year=per_year,
            repayment=method,
            timing=timing,
            percents=whole_percents(years * per_year) if method == "custom_percent" else [],
            **more,
        )
        agreement = draw_agreement(project_school=row)
        check(agreement)
        transaction.set_rollback(True)


def whole_percents(count):
    """So many shares that make 100, the last one the largest."""
    return ["1"] * (count - 1) + [str(101 - count)]


@pytest.fixture
def passed():
    world = make_world(schools=1, rooms=2)
    contract = make_contract(world, make_project(world))
    make_passed(world, contract)
    return ProjectSchool.objects.get(), contract


def fund(project, hundredths):
    project.funding.all().delete()
    codes = ("county", "prefecture", "province")
    rest = 10000 - sum(hundredths)
    for code, share in (*zip(codes, hundredths, strict=True), ("school", rest)):
        FundingShare.objects.create(project=project, funder=code, percent=Decimal(share) / 100)


def check(agreement):
    rows = list(agreement.instalments.prefetch_related("rebates").order_by("number"))
    lumps = bool(agreement.down_payment) + bool(agreement.retention)
    assert 0 <= len(rows) - agreement.years * agreement.payments_per_year <= lumps
    lines = PlanLine.objects.filter(passed__agreement_room__agreement=agreement)
    prices = sum(line.contract_line.price for line in lines)
    assert prices == agreement.principal == sum(row.principal for row in rows)
    assert rows[-1].balance == 0
    total = sum(row.payment for row in rows)
    for funder in {r.funder for r in rows[0].rebates.all()}:
        given_back = Rebate.objects.filter(instalment__agreement=agreement, funder=funder)
        percent = given_back[0].percent
        assert sum(r.amount for r in given_back) == cents(total * percent / 100)
    assert agreement.due_instalment().remaining == rows[0].payment


def test_the_schools_fixed_payments_add_up_to_the_contract_s():
    world = make_world(schools=3, rooms=2)
    contract = make_contract(world)
    make_passed(world, contract)
    contract.repayment, contract.fixed_payment = "fixed_payment", Decimal("28888.88")
    contract.save()
    rows = ProjectSchool.objects.filter(project=contract.project)
    agreements = [draw_agreement(project_school=row) for row in rows]
    assert sum(one.fixed_payment for one in agreements) == Decimal("28888.88")
    for one in agreements:
        assert {row.payment for row in one.instalments.all()} == {one.fixed_payment}
        assert sum(row.principal for row in one.instalments.all()) == Decimal("43000.00")
    assert {one.annual_rate for one in agreements} == {Decimal("3.8918")}


def test_a_fixed_payment_without_interest_still_repays_every_school():
    """129000.00 in five payments of 25800.00: nobody's part may be a fen short of its principal."""
    world = make_world(schools=3, rooms=2)
    contract = make_contract(world)
    make_passed(world, contract)
    ContractLine.objects.filter(contract=contract).update(price=Decimal("21500.01"))
    contract.repayment, contract.fixed_payment = "fixed_payment", Decimal("25800.02")
    contract.save()
    for row in ProjectSchool.objects.filter(project=contract.project):
        agreement = draw_agreement(project_school=row)
        assert sum(one.principal for one in agreement.instalments.all()) == Decimal("43000.02")
        assert agreement.totals()["interest"] < Decimal("0.05")


def test_down_payment_and_retention_are_instalments_of_their_own():
    row = passed_school(make_world())
    contract = row.project.current_contract()
    contract.down_percent, contract.retention_percent = Decimal(10), Decimal(5)
    contract.residual_percent, contract.retention_months = Decimal(1), 18
    contract.late_rate, contract.allocation = Decimal("0.03"), "debt_first"
    contract.save()
    agreement = draw_agreement(project_school=row)
    first, *_, last = rows = list(agreement.instalments.order_by("number"))
    start = row.handover.completed_on
    assert (first.due_on, first.payment, first.interest) == (start, Decimal("4300.00"), 0)
    held = [one for one in rows if one.payment == Decimal("2150.00")]
    assert [one.due_on for one in held] == [add_months(start, 18)]
    assert len(rows) == 7
    # 36550.00 at 3.5 % over five years, 430.00 of it with the last instalment
    assert {one.payment for one in rows if one not in (first, last, *held)} == {Decimal("8014.96")}
    assert last.payment - Decimal("430.00") == pytest.approx(
        Decimal("8014.96"), abs=Decimal("0.03")
    )
    assert (agreement.late_rate, agreement.allocation) == (Decimal("0.03"), "debt_first")


def test_without_a_rate_in_the_contract_the_law_s_late_rate_holds():
    agreement = draw_agreement(project_school=passed_school(make_world()))
    assert agreement.late_rate == Decimal("0.05")
