"""Every door of the settings, tried as every role, as somebody of another county, as a stranger."""

import datetime as dt

import pytest
from django.urls import reverse

from registry.enums import Role, Scope
from registry.models import ApiToken, LocalHoliday
from registry.urls import urlpatterns
from tests.world import make_world

pytestmark = pytest.mark.django_db

ALL = set(Role)
KEEPERS = {Role.ADMINISTRATOR, Role.PROJECT_OFFICE}
AT_SCHOOL = {role for role in Role if role.scope in (Scope.SCHOOL, Scope.TOWNSHIP)}
PUBLIC = ALL - {Role.SUPPLIER}
COUNTY_WIDE = ALL - AT_SCHOOL - {Role.SUPPLIER}
# The second school lies in the township of the township office, so its people see it.
SEES_SCHOOL = COUNTY_WIDE | {Role.TOWNSHIP_OFFICE}
SUPPLIER_KEEPERS = {*KEEPERS, Role.PROCUREMENT}

# door -> (who may open it, who is told that it is not theirs); to all others it does not exist.
DOORS = {
    "settings": (ALL, set()),
    "schools": (ALL, set()),
    "school_create": (KEEPERS, ALL),
    "school_import": (KEEPERS, ALL),
    "school_template": (KEEPERS, ALL),
    "school_marked": (set(), set()),
    "school": (SEES_SCHOOL, set()),
    "school_edit": (KEEPERS, SEES_SCHOOL),
    "classroom_create": (KEEPERS, SEES_SCHOOL),
    "classroom_edit": (KEEPERS, SEES_SCHOOL),
    "townships": (ALL, set()),
    "township_create": (KEEPERS, ALL),
    "township_rename": (KEEPERS, SEES_SCHOOL),
    "suppliers": (ALL, set()),
    "supplier_create": (SUPPLIER_KEEPERS, ALL),
    "supplier_edit": (SUPPLIER_KEEPERS, ALL),
    "people": (KEEPERS, ALL),
    "person_create": (KEEPERS, ALL),
    "person": (KEEPERS, ALL),
    "post_create": (KEEPERS, ALL),
    "post_end": (KEEPERS, ALL),
    "parameters": (ALL, set()),
    "parameter": (ALL, set()),
    "holidays": (ALL, set()),
    "tokens": (ALL, set()),
}
ONLY_POST = {"person_password", "person_active", "holiday_drop", "token_revoke"}


@pytest.fixture
def world():
    return make_world(schools=2, rooms=1)


def addresses(world) -> dict[str, str]:
    school = world.schools[1]
    head = world.person(Role.HEAD, school)
    holiday = LocalHoliday.objects.create(
        day=dt.date(2030, 8, 8), name="示例节", county=world.county
    )
    token = ApiToken.issue(user=head, label="示例", expires_on=dt.date(2099, 1, 1))[0]
    things = {
        "school": school.pk,
        "school_edit": school.pk,
        "classroom_create": school.pk,
        "classroom_edit": school.classrooms.get().pk,
        "township_rename": school.township_id,
        "supplier_edit": world.supplier.pk,
        "person": head.pk,
        "post_create": head.pk,
        "post_end": head.posts.get().pk,
        "person_password": head.pk,
        "person_active": head.pk,
        "parameter": "funds.primary",
        "holiday_drop": holiday.pk,
        "token_revoke": token.pk,
    }
    names = {pattern.name for pattern in urlpatterns}
    return {
        name: reverse(f"registry:{name}", args=[things[name]] if name in things else [])
        for name in names
    }


def test_every_door_is_in_this_table():
    assert {pattern.name for pattern in urlpatterns} == set(DOORS) | ONLY_POST


@pytest.mark.parametrize("role", list(Role))
def test_get_as_every_role(client, world, role):
    client.force_login(world.person(role))
    where = addresses(world)
    expected, found = {}, {}
    for name, (welcome, told) in DOORS.items():
        expected[name] = 200 if role in welcome else 403 if role in told else 404
        found[name] = client.get(where[name]).status_code
    if role is Role.SUPPLIER:  # a supplier finds its own entry and may not change it
        assert found.pop("supplier_edit") == expected.pop("supplier_edit") == 403
    assert found == expected


@pytest.mark.parametrize("role", [Role.PROJECT_OFFICE, Role.HEAD, Role.AUDITOR, Role.SUPPLIER])
def test_people_of_another_county_find_no_thing_of_this_one(client, world, role):
    where = addresses(world)
    other = make_world(schools=1, rooms=1, county_code="522632")
    client.force_login(other.person(role))
    for name in ("school", "school_edit", "classroom_create", "classroom_edit", "township_rename"):
        assert client.get(where[name]).status_code == 404, name
    for name in ("person", "post_create", "post_end"):
        assert client.get(where[name]).status_code in (403, 404), name
    for name in ONLY_POST:
        assert client.post(where[name]).status_code in (403, 404), name
    client.force_login(other.person(Role.PROJECT_OFFICE))
    assert client.get(where["person"]).status_code == 404
    for name, own in (("schools", 1), ("townships", 2)):
        assert client.get(where[name]).context["count"] == own, name


@pytest.mark.parametrize("role", [role for role in Role if role not in KEEPERS])
def test_nobody_else_changes_anything(client, world, role):
    client.force_login(world.person(role))
    for name, address in addresses(world).items():
        welcome = DOORS[name][0] if name in DOORS else set()
        if name == "token_revoke" or (role in welcome and name in {"settings", "tokens"}):
            continue
        if role in welcome and name in {"supplier_create", "supplier_edit"}:
            continue
        assert client.post(address, {}).status_code in (403, 404, 405), name


def test_strangers_are_led_to_the_sign_in_page(client, world):
    for name, address in addresses(world).items():
        answer = client.get(address)
        assert answer.status_code == 302 and answer.url.startswith("/accounts/login/"), name


@pytest.mark.parametrize("role", list(Role))
def test_the_hub_draws_only_doors_that_open(client, world, role):
    client.force_login(world.person(role))
    groups = client.get(reverse("registry:settings")).context["groups"]
    lines = [line for _, lines in groups for line in lines]
    assert lines
    for line in lines:
        assert client.get(line["url"]).status_code == 200, line["label"]


def test_lists_link_only_to_what_the_reader_may_change(client, world):
    rename = reverse("registry:township_rename", args=[world.school.township_id])
    edit = reverse("registry:supplier_edit", args=[world.supplier.pk])
    for role, may in ((Role.PROJECT_OFFICE, True), (Role.AUDITOR, False)):
        client.force_login(world.person(role))
        assert (rename in client.get(reverse("registry:townships")).text) is may
        assert (edit in client.get(reverse("registry:suppliers")).text) is may
