"""People, posts, passwords, tokens: who may give what to whom."""

import datetime as dt
import re

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from registry import clock
from registry.access import reach
from registry.actions import end_post, set_active
from registry.enums import Role
from registry.models import ApiToken, Post, School, User
from tests.questions import questions
from tests.world import make_user, make_world

pytestmark = pytest.mark.django_db
TODAY = clock.today


@pytest.fixture
def world():
    return make_world(schools=2, rooms=1)


@pytest.fixture
def office(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    return client


@pytest.fixture
def administrator(client, world):
    client.force_login(world.person(Role.ADMINISTRATOR))
    return client


def person_data(role, place="", **other) -> dict:
    return {
        "name": "示例新人",
        "username": "xinren",
        "phone": "13900000000",
        "role": role,
        "place": place,
        "region": "",
        "valid_from": TODAY().isoformat(),
    } | other


def create(client, *args, **other):
    return client.post(reverse("registry:person_create"), person_data(*args, **other))


def test_new_head_gets_a_password_once_and_can_sign_in_with_it(office, world):
    answer = create(office, Role.HEAD, f"school:{world.school.pk}")
    password = re.search(r'class="secret">([^<]+)<', answer.text)[1]
    user = authenticate(username="xinren", password=password)
    assert user is not None and str(user.posts.get()) == f"{world.school}校长"
    assert "no-store" in answer["Cache-Control"]
    page = office.get(reverse("registry:person", args=[user.pk])).text
    assert password not in page and "139****0000" in page and "13900000000" not in page


@pytest.mark.parametrize(
    "role", [r for r in Role if r not in (Role.HEAD, Role.TECHNICIAN, Role.SCHOOL_FINANCE)]
)
def test_office_gives_no_post_outside_its_schools(office, world, role):
    place = {"county": world.county, "supplier": world.supplier, "township": world.school.township}
    there = place.get(role.scope.value)
    answer = create(office, role, f"{role.scope}:{there.pk}" if there else "")
    assert "请确认" in answer.text or "有效的选项" in answer.text
    assert not User.objects.filter(username="xinren").exists()


def test_office_gives_no_post_at_a_school_of_another_county(office, world):
    other = make_world(schools=1, rooms=1, county_code="522632")
    answer = create(office, Role.HEAD, f"school:{other.school.pk}")
    assert "有效的选项" in answer.text
    assert not User.objects.filter(username="xinren").exists()


def test_administrator_gives_every_post_at_the_place_it_asks_for(administrator, world):
    places = {
        "county": f"county:{world.county.pk}",
        "township": f"township:{world.school.township_id}",
        "school": f"school:{world.school.pk}",
        "supplier": f"supplier:{world.supplier.pk}",
    }
    for number, role in enumerate(Role):
        region = {Role.PROVINCE: "52", Role.PREFECTURE: "5226"}.get(role, "")
        answer = create(
            administrator,
            role,
            places.get(role.scope.value, ""),
            region=region,
            username=f"xinren{number}",
        )
        assert 'class="secret"' in answer.text, role
        assert User.objects.get(username=f"xinren{number}").posts.get().role == role


@pytest.mark.parametrize(
    ("role", "place", "other", "words"),
    [
        (Role.HEAD, "county", {}, "须选择一个学校"),
        (Role.STATION, "school", {}, "须选择一个县"),
        (Role.STATION, "", {}, "须选择一个县"),
        (Role.PROVINCE, "", {"region": "5226"}, "须填 2 位"),
        (Role.PREFECTURE, "", {"region": "ab"}, "4 位数字"),
        (Role.HEAD, "school", {"phone": "123"}, "手机号码应为 11 位"),
        (Role.HEAD, "school", {"username": "张三"}, "用户名只能用字母"),
        (Role.HEAD, "school", {"username": "U1"}, "至少"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    administrator, world, role, place, other, words
):
    things = {"county": world.county, "school": world.school}
    where = f"{place}:{things[place].pk}" if place else ""
    answer = create(administrator, role, where, **other)
    assert words in answer.text
    assert not User.objects.filter(name="示例新人").exists()


def test_a_user_name_is_given_once_whatever_the_case(office, world):
    create(office, Role.HEAD, f"school:{world.school.pk}")
    answer = create(office, Role.HEAD, f"school:{world.school.pk}", username="XinRen")
    assert "已有人使用" in answer.text


def test_the_same_post_is_not_given_twice(office, world):
    head = world.person(Role.HEAD)
    data = {"role": Role.HEAD, "place": f"school:{world.school.pk}", "valid_from": TODAY()}
    door = reverse("registry:post_create", args=[head.pk])
    assert "已任" in office.post(door, data).text
    assert head.posts.count() == 1
    office.post(door, data | {"role": Role.TECHNICIAN})
    assert head.posts.count() == 2


def test_an_ended_post_stays_on_record_and_opens_nothing_from_the_next_day(office, world):
    head = world.person(Role.HEAD)
    post = head.posts.get()
    door = reverse("registry:post_end", args=[post.pk])
    office.post(door, {"last_day": TODAY().isoformat()})
    assert School.objects.visible_to(User.objects.get(pk=head.pk)).exists()
    with clock.at(TODAY() + dt.timedelta(days=1)):
        assert not School.objects.visible_to(User.objects.get(pk=head.pk)).exists()
        assert "已离任" in office.get(reverse("registry:person", args=[head.pk])).text
        assert "已于" in office.post(door, {"last_day": TODAY().isoformat()}).text
    assert Post.objects.filter(pk=post.pk).exists()


def test_a_post_does_not_end_before_it_began(office, world):
    door = reverse("registry:post_end", args=[world.person(Role.HEAD).posts.get().pk])
    assert "不能早于任职起日" in office.post(door, {"last_day": "2001-01-01"}).text


def test_office_neither_ends_posts_nor_resets_passwords_of_its_own_approvers(office, world):
    leader = world.person(Role.LEADING_GROUP)
    post = leader.posts.get()
    assert office.post(reverse("registry:post_end", args=[post.pk]), {}).status_code == 403
    for name in ("person_password", "person_active"):
        assert office.post(reverse(f"registry:{name}", args=[leader.pk])).status_code == 403
    # a head who also sits in the leading group is out of reach too
    both = world.person(Role.HEAD)
    Post.objects.create_for(both, Role.LEADING_GROUP, world.county)
    assert office.post(reverse("registry:person_password", args=[both.pk])).status_code == 403


def test_new_password_ends_the_open_session(office, world):
    head = world.person(Role.HEAD)
    elsewhere = Client()
    elsewhere.force_login(head)
    assert elsewhere.get(reverse("registry:settings")).status_code == 200
    answer = office.post(reverse("registry:person_password", args=[head.pk]))
    password = re.search(r'class="secret">([^<]+)<', answer.text)[1]
    assert authenticate(username=head.username, password=password) == head
    assert elsewhere.get(reverse("registry:settings")).status_code == 302


def test_a_closed_account_cannot_sign_in_and_can_be_opened_again(office, world):
    head = world.person(Role.HEAD)
    door = reverse("registry:person_active", args=[head.pk])
    assert "已停用" in office.post(door, follow=True).text
    head.refresh_from_db()
    assert not head.is_active and not reach(head).posts
    office.post(door, {"active": "1"})
    head.refresh_from_db()
    assert head.is_active


def test_the_last_administrator_stays(world):
    user = world.person(Role.ADMINISTRATOR)
    post = user.posts.get()
    with pytest.raises(ValidationError, match="至少要有一名系统管理员"):
        end_post(post=post, last_day=TODAY())
    with pytest.raises(ValidationError, match="至少要有一名系统管理员"):
        set_active(user=user, active=False)
    make_user("示例接任", Role.ADMINISTRATOR, None)
    assert end_post(post=post, last_day=TODAY()).valid_to == TODAY()
    set_active(user=user, active=False)


def test_list_finds_by_words_role_and_school(office, world):
    def count(**query) -> int:
        return office.get(reverse("registry:people"), query).context["count"]

    assert count(role=Role.HEAD) == 2
    assert count(role=Role.HEAD, school=world.school.name) == 1
    assert count(q=world.person(Role.AUDITOR).username) == 1
    other = make_world(schools=1, rooms=1, county_code="522632")
    assert count(q=other.person(Role.HEAD).username) == 0


def test_list_asks_the_same_number_of_questions_for_any_number_of_people(office, world):
    one = questions(office, reverse("registry:people"), q="u1")
    assert questions(office, reverse("registry:people")) == one <= 12


# --- tokens ---------------------------------------------------------------------------------
def test_a_token_is_shown_once_and_stored_as_a_digest(client, world):
    client.force_login(world.person(Role.AUDITOR))
    door = reverse("registry:tokens")
    answer = client.post(door, {"label": "对账程序", "expires_on": "2099-12-31"})
    secret = re.search(r'class="secret">([^<]+)<', answer.text)[1]
    assert ApiToken.owner_of(secret) == world.person(Role.AUDITOR)
    assert secret not in client.get(door).text
    assert not ApiToken.objects.filter(digest=secret).exists()
    client.post(reverse("registry:token_revoke", args=[ApiToken.objects.get().pk]))
    assert ApiToken.owner_of(secret) is None
    assert "停用" in client.get(door).text


def test_a_token_ends_after_today(client, world):
    client.force_login(world.person(Role.AUDITOR))
    data = {"label": "对账程序", "expires_on": TODAY().isoformat()}
    assert "有效期应晚于今天" in client.post(reverse("registry:tokens"), data).text
    assert not ApiToken.objects.exists()


def test_nobody_revokes_anothers_token(client, world):
    row, secret = ApiToken.issue(
        user=world.person(Role.AUDITOR), label="示例", expires_on=dt.date(2099, 1, 1)
    )
    client.force_login(world.person(Role.ADMINISTRATOR))
    assert client.post(reverse("registry:token_revoke", args=[row.pk])).status_code == 404
    assert ApiToken.owner_of(secret) is not None
