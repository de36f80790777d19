"""资产登记 walked by the people who do it: check room by room, label, book, four eyes."""

import pytest
from django.core.exceptions import PermissionDenied

from assets.actions import open_registration
from assets.flows import RegistrationFlow
from assets.models import AssetCard
from documents.models import TrailEvent
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from registry.models import Post
from tests.world import make_contract, make_passed, make_user, make_world
from workflow.actions import AlreadyDone, carry_out
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def registration(world):
    contract = make_contract(world)
    make_passed(world, contract)
    school = ProjectSchool.objects.get(project=contract.project, school=world.school)
    registration = open_registration(project_school=school)
    RegistrationFlow.start.run(subject=registration)
    return registration


def duty(step):
    return Duty.objects.open().get(step=step)


def lines(registration):
    return list(registration.project_school.lines.order_by("classroom"))


def filled(registration, **change):
    data = {}
    for line in lines(registration):
        data |= {
            f"custodian-{line.pk}": "示例班主任",
            f"serials-{line.pk}": "on",
            f"labels-{line.pk}": "on",
        }
    return data | change


def confirm(world, registration):
    form = carry_out(
        duty=duty("confirm_cards"),
        user=world.person(Role.TECHNICIAN),
        data=filled(registration),
    )
    assert not form.errors
    registration.refresh_from_db()


def test_the_way_from_cards_to_the_books(world, registration):
    confirm(world, registration)
    assert registration.confirmed_by == world.person(Role.TECHNICIAN)
    cards = registration.cards.all()
    assert {card.custodian for card in cards} == {"示例班主任"}
    assert {card.labelled_on for card in cards} == {clock.today()}
    form = carry_out(
        duty=duty("book"),
        user=world.person(Role.SCHOOL_FINANCE),
        data={"voucher": " 记-2026-11-0032 ", "booked_on": clock.today()},
    )
    assert not form.errors
    registration.refresh_from_db()
    assert registration.voucher == "记-2026-11-0032" and registration.state == "已入账"
    assert not Duty.objects.open().filter(process=RegistrationFlow.process_of(registration))
    booked = TrailEvent.objects.get(verb="入账")
    assert "43,000.00" in booked.sentence and "肆万叁仟元整" in booked.sentence


def test_both_steps_have_a_deadline_from_the_dated_parameters(world, registration):
    assert duty("confirm_cards").due_on > clock.today()
    confirm(world, registration)
    assert duty("book").due_on > clock.today()


def test_part_of_it_may_be_kept_for_tomorrow(world, registration):
    first, second = lines(registration)
    form = carry_out(
        duty=duty("confirm_cards"),
        user=world.person(Role.TECHNICIAN),
        data={f"custodian-{first.pk}": "示例班主任", f"serials-{first.pk}": "on"},
        finish=False,
    )
    assert not form.errors
    kept = AssetCard.objects.filter(room_pass__plan_line=first)
    assert {(c.custodian, c.checked_on, c.labelled_on) for c in kept} == {
        ("示例班主任", clock.today(), None)
    }
    assert not AssetCard.objects.filter(room_pass__plan_line=second, checked_on__isnull=False)
    again = duty("confirm_cards").task.flow_task.form_class(
        None, subject=registration, user=world.person(Role.TECHNICIAN)
    )
    assert [room.custodian.value() for room in again.rooms] == ["示例班主任", ""]
    assert [room.serials.value() for room in again.rooms] == [True, False]


@pytest.mark.parametrize("missing", ["custodian", "serials", "labels"])
def test_it_is_not_finished_while_one_room_lacks_something(world, registration, missing):
    room = lines(registration)[1]
    form = carry_out(
        duty=duty("confirm_cards"),
        user=world.person(Role.TECHNICIAN),
        data=filled(registration, **{f"{missing}-{room.pk}": ""}),
    )
    assert list(form.errors) == [f"{missing}-{room.pk}"]
    registration.refresh_from_db()
    assert registration.confirmed_on is None
    assert not AssetCard.objects.exclude(custodian="").exists()


def test_one_button_and_one_name_do_for_the_whole_school(world, registration):
    line = lines(registration)[0]
    form = carry_out(
        duty=duty("confirm_cards"),
        user=world.person(Role.TECHNICIAN),
        data={"all_agree": "1", "custodian": "示例资产员", f"custodian-{line.pk}": "示例班主任"},
    )
    assert not form.errors
    registration.refresh_from_db()
    assert registration.confirmed_on
    names = registration.cards.order_by("room_pass__plan_line__classroom", "pk")
    assert (
        list(names.values_list("custodian", flat=True)) == ["示例班主任"] * 3 + ["示例资产员"] * 3
    )


def test_who_confirmed_does_not_book(world, registration):
    both = make_user("示例身兼两职", Role.TECHNICIAN, world.school)
    Post.objects.create_for(both, Role.SCHOOL_FINANCE, world.school)
    form = carry_out(duty=duty("confirm_cards"), user=both, data=filled(registration))
    assert not form.errors
    with pytest.raises(PermissionDenied, match="不相容岗位"):
        carry_out(
            duty=duty("book"), user=both, data={"voucher": "记-1", "booked_on": clock.today()}
        )


@pytest.mark.parametrize("role", [Role.HEAD, Role.SCHOOL_FINANCE, Role.STATION, Role.SUPPLIER])
def test_only_the_asset_keeper_of_this_school_confirms(world, registration, role):
    with pytest.raises(PermissionDenied):
        carry_out(duty=duty("confirm_cards"), user=world.person(role), data=filled(registration))


def test_the_neighbour_does_not_confirm(world, registration):
    neighbour = world.person(Role.TECHNICIAN, world.schools[1])
    with pytest.raises(PermissionDenied):
        carry_out(duty=duty("confirm_cards"), user=neighbour, data=filled(registration))


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "不能晚于今天"), (-1, "不能早于学校核对日期")],
)
def test_the_day_of_booking_lies_between_confirmation_and_today(world, registration, days, words):
    confirm(world, registration)
    day = clock.today() + clock.dt.timedelta(days=days)
    form = carry_out(
        duty=duty("book"),
        user=world.person(Role.SCHOOL_FINANCE),
        data={"voucher": "记-1", "booked_on": day},
    )
    assert words in str(form.errors)
    registration.refresh_from_db()
    assert registration.booked_on is None


def test_a_second_click_books_nothing_twice(world, registration):
    confirm(world, registration)
    open_duty, finance = duty("book"), world.person(Role.SCHOOL_FINANCE)
    data = {"voucher": "记-1", "booked_on": clock.today()}
    carry_out(duty=open_duty, user=finance, data=data)
    with pytest.raises(AlreadyDone):
        carry_out(duty=open_duty, user=finance, data=data | {"voucher": "记-2"})
    registration.refresh_from_db()
    assert registration.voucher == "记-1"
    assert TrailEvent.objects.filter(verb="入账").count() == 1


def test_the_step_s_page_shows_plates_and_buttons(world, registration, client_of):
    page = client_of(world.person(Role.TECHNICIAN)).get(duty("confirm_cards").get_absolute_url())
    html = page.content.decode()
    for card in registration.cards.whole():
        assert card.installed.serial in html and card.number in html
    assert "全部核对无误" in html and "暂存" in html


def test_the_booking_page_shows_the_entry_in_figures_and_capitals(world, registration, client_of):
    confirm(world, registration)
    browser = client_of(world.person(Role.SCHOOL_FINANCE))
    html = browser.get(duty("book").get_absolute_url()).content.decode()
    assert "固定资产—投影仪（A02020200）" in html and "16,000.00" in html
    assert f"长期应付款—{world.supplier.name}" in html
    assert "人民币肆万叁仟元整" in html
    browser.post(duty("book").get_absolute_url(), {"voucher": "记-7", "booked_on": clock.today()})
    registration.refresh_from_db()
    assert registration.voucher == "记-7"
