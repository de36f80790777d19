"""Reminders before the due day: once, by the working-day calendar, seen by those who must pay."""

import datetime as dt
import io
import threading

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from pypdf import PdfReader

from accounting.actions.notices import awaiting_notice, remind, send_notice
from accounting.models import DueNotice
from documents.enums import PaperKind
from documents.models import Paper
from financing.actions import issue_notice
from financing.enums import RevisionKind
from financing.models import Instalment, Revision
from registry import clock
from registry.enums import Role
from registry.models import LocalHoliday, Parameter
from tests.buyback import make_buybacks, pay_round
from tests.reports import cells, read
from tests.world import make_world

pytestmark = pytest.mark.django_db
NOTICES, SEND = reverse("accounting:notices"), reverse("accounting:notice_send")
PAPERS = reverse("accounting:notice_papers")
FINANCE, DUE = Role.COUNTY_FINANCE, dt.date(2027, 6, 18)


@pytest.fixture
def world():
    return make_world(schools=2, rooms=1)


@pytest.fixture
def agreements(world):
    with clock.at(dt.date(2026, 6, 18)):
        return make_buybacks(world)


def first_of(agreement) -> Instalment:
    return agreement.instalments.get(number=1)


def issued() -> int:
    return Paper.objects.filter(kind=PaperKind.INSTALMENT_NOTICE).count()


# 4, 7–11, 14–18 June 2027; the Dragon Boat holiday is 9 June
@pytest.mark.parametrize(("day", "sent"), [("2027-06-02", 0), ("2027-06-03", 2), ("2027-07-05", 2)])
def test_notices_go_out_ten_working_days_before(world, agreements, day, sent):
    assert {first_of(one).due_on for one in agreements} == {DUE}
    with clock.at(dt.date.fromisoformat(day)):
        assert remind() == sent
        assert remind() == 0
    assert issued() == sent


def test_a_holiday_of_the_county_and_its_own_number_of_days_count(world, agreements):
    eve = dt.date(2027, 6, 2)
    with clock.at(eve):
        LocalHoliday.objects.create(county=world.county, day=dt.date(2027, 6, 16), name="示例节")
        assert awaiting_notice().count() == 2
        Parameter.objects.create(
            code="financing.remind_before",
            name="示例",
            county=world.county,
            value=3,
            valid_from=dt.date(2026, 1, 1),
            basis="示例",
        )
        assert awaiting_notice().count() == 0
    with clock.at(dt.date(2027, 6, 14)):
        assert awaiting_notice().count() == 2


def test_what_is_paid_before_needs_no_notice(world, agreements):
    with clock.at(dt.date(2027, 5, 20)):
        pay_round(world, agreements[0], "支-早")
    with clock.at(dt.date(2027, 6, 10)):
        assert remind() == 1
        with pytest.raises(ValidationError, match="已经付清"):
            send_notice(instalment=first_of(agreements[0]))
    assert DueNotice.objects.get().instalment == first_of(agreements[1])


def test_the_sweep_sends_them_once(world, agreements):
    with clock.at(dt.date(2027, 6, 10)):
        call_command("sweep")
        assert {row.instalment for row in DueNotice.objects.all()} == set(map(first_of, agreements))
    with clock.at(dt.date(2027, 6, 11)):
        call_command("sweep")
    assert (DueNotice.objects.count(), issued()) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_notice_once():
    with clock.at(dt.date(2026, 6, 18)):
        make_buybacks(make_world(schools=3, rooms=1))
    gate, sent = threading.Barrier(2), []

    def round_of_the_sweep() -> None:
        try:
            with clock.at(dt.date(2027, 6, 10)):
                gate.wait(timeout=60)
                sent.append(remind())
        finally:
            connection.close()

    threads = [threading.Thread(target=round_of_the_sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    assert sum(sent) == 3
    assert (DueNotice.objects.count(), issued()) == (3, 3)


def test_a_notice_sent_by_hand_is_not_sent_again(world, agreements):
    with clock.at(dt.date(2027, 6, 1)):
        paper = issue_notice(instalment=first_of(agreements[0]), user=world.person(FINANCE))
    with clock.at(dt.date(2027, 6, 10)):
        assert remind() == 2
    assert first_of(agreements[0]).due_notice.paper == paper
    assert issued() == 2


def test_a_later_plan_gets_a_notice_of_its_own(world, agreements):
    """The instalment that a revision replaced keeps its notice; the new one is announced anew."""
    old, second = first_of(agreements[0]), agreements[0].instalments.get(number=2)
    with clock.at(dt.date(2027, 6, 10)):
        remind()
        new = replace(old, world)
        assert remind() == 1
        assert new.due_notice.paper.version == 2
        assert old.due_notice.paper.version == 1
        replace(second, world, number=2)
        with pytest.raises(ValidationError, match="已被新的计划取代"):
            send_notice(instalment=second)


def replace(old: Instalment, world, number: int = 1) -> Instalment:
    """A revision puts another instalment in the place of ``old``."""
    revision = Revision.objects.create(
        agreement=old.agreement,
        number=number,
        kind=RevisionKind.RESCHEDULE,
        effective_on=dt.date(2027, 6, 11),
        reason="示例",
        proposed_by=world.person(FINANCE),
        proposed_on=dt.date(2027, 6, 10),
        passed=True,
        decided_by=world.person(Role.LEADING_GROUP),
        decided_on=dt.date(2027, 6, 10),
    )
    Instalment.history.filter(pk=old.pk).update(replaced_by=revision)
    return Instalment.objects.create(
        agreement=old.agreement,
        number=old.number,
        due_on=old.due_on,
        payment=old.payment - 1000,
        principal=old.principal - 1000,
        interest=old.interest,
        balance=old.balance,
        revision=revision,
    )


def test_the_school_sees_it_on_its_desk_until_it_is_paid(world, agreements, client_of):
    clerk, mine = world.person(Role.SCHOOL_FINANCE), agreements[0]
    with clock.at(dt.date(2027, 6, 7)):
        assert "付款通知书已发出" not in read(client_of, clerk, "/").text
        remind()
        for address in ("/", "/inbox/", reverse("accounting:hub")):
            shown = read(client_of, clerk, address).text
            assert "第 1 期回购款" in shown
            assert "6月18日到期，还有 8 个工作日" in shown
        for role in (Role.TECHNICIAN, Role.STATION, FINANCE):
            assert "第 1 期回购款" not in read(client_of, world.person(role), "/").text
        other = world.person(Role.SCHOOL_FINANCE, world.schools[1])
        assert mine.school.name not in read(client_of, other, "/").text
    with clock.at(dt.date(2027, 6, 18)):
        assert "就是今天" in read(client_of, clerk, "/inbox/").text
    with clock.at(dt.date(2027, 6, 21)):
        assert "已逾期 3 天" in read(client_of, other, "/inbox/").text
    with clock.at(DUE):
        pay_round(world, mine, "支-1")
        assert "第 1 期回购款" not in read(client_of, clerk, "/inbox/").text


def test_a_month_is_sent_at_once_and_printed_in_one_file(world, agreements, client_of):
    finance = world.person(FINANCE)
    with clock.at(dt.date(2027, 4, 1)):
        page = read(client_of, finance, f"{NOTICES}?month=2027-06")
        assert page.count == 2
        answer = page.form("全部发出").post(client_of(finance))
        assert "已发出 2 份付款通知书" in answer.content.decode()
        again = client_of(finance).post(f"{SEND}?month=2027-06", follow=True)
        assert "都已发出" in again.content.decode()
        pdf = client_of(finance).get(f"{PAPERS}?month=2027-06").content
        rows = cells(client_of, finance, f"{NOTICES}?month=2027-06&export=xlsx")
    assert issued() == 2
    texts = ["".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(texts) == 2
    for agreement, text in zip(agreements, texts, strict=True):
        assert agreement.school.name in text
        assert f"{first_of(agreement).payment:,.2f}" in text
    assert [row[-1] for row in rows[1:3]] == ["2027-04-01 发出"] * 2


def test_sending_is_for_county_finance(world, agreements, client_of):
    for role in (Role.PROJECT_OFFICE, Role.SUPPLIER, Role.SCHOOL_FINANCE, Role.AUDITOR):
        answer = client_of(world.person(role)).post(f"{SEND}?month=2027-06")
        assert answer.status_code == 403, role
    away = make_world(schools=1, county_code="530423")
    client_of(away.person(FINANCE)).post(f"{SEND}?month=2027-06")
    assert issued() == 0


def test_a_supplier_reads_its_own_notices_only(world, agreements, client_of):
    with clock.at(dt.date(2027, 6, 10)):
        remind()
        rival = world.person(Role.SUPPLIER, world.suppliers[1])
        assert read(client_of, world.person(Role.SUPPLIER), NOTICES).count == 2
        assert read(client_of, rival, NOTICES).count == 0
        assert client_of(rival).get(PAPERS).status_code == 404


def test_the_disclosure_is_asked_for_in_march_until_it_is_made(world, agreements, client_of):
    finance, words = world.person(FINANCE), "公开 2027 年度逾期未付款项"
    for day, asked in (("2028-02-29", False), ("2028-03-01", True), ("2028-04-03", True)):
        with clock.at(dt.date.fromisoformat(day)):
            assert (words in read(client_of, finance, "/").text) is asked, day
            assert words not in read(client_of, world.person(Role.HEAD), "/").text
    with clock.at(dt.date(2028, 3, 20)):
        page = read(client_of, finance, reverse("accounting:disclosure"))
        data = {"published_on": "2028-03-20", "place": "示例县政府网站"}
        page.form("登记已公开").fill(**data).post(client_of(finance))
        assert words not in read(client_of, finance, "/").text
