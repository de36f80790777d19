"""Signing in, out, the lock after wrong passwords, and the idle clock."""

import time

import pytest
from django.urls import NoReverseMatch, reverse

from banbantong.accounts import SEEN
from registry.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "清水江-2026-课桌"


@pytest.fixture
def alice():
    return User.objects.create_user("alice", name="示例甲", password=PASSWORD)


def sign_in(client, password=PASSWORD, username="alice"):
    return client.post(reverse("login"), {"login": username, "password": password})


def signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_the_right_password_opens_the_page_asked_for(client, alice):
    answer = client.get("/accounts/password/")
    assert answer.status_code == 302
    assert answer.url == "/accounts/login/?next=/accounts/password/"
    answer = client.post(answer.url, {"login": "alice", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.url == "/accounts/password/"
    assert signed_in(client)


def test_a_wrong_password_is_told_in_words(client, alice):
    answer = sign_in(client, "错的")
    assert "用户名或密码不正确" in answer.text
    assert not signed_in(client)


def test_an_unknown_name_reads_like_a_wrong_password(client, alice):
    wrong = sign_in(client, "错的").context["form"].errors
    unknown = sign_in(client, "错的", username="nobody").context["form"].errors
    assert wrong == unknown


def test_five_wrong_passwords_lock_the_name_even_for_the_right_one(client, alice):
    for _ in range(5):
        sign_in(client, "错的")
    answer = sign_in(client)
    assert "已暂时锁定" in answer.text
    assert not signed_in(client)


def test_the_lock_is_on_the_name_not_on_the_office(client, alice):
    User.objects.create_user("bob", name="示例乙", password=PASSWORD)
    for _ in range(5):
        sign_in(client, "错的")
    sign_in(client, username="bob")
    assert signed_in(client)


def test_good_sign_ins_do_not_count(client, alice):
    for _ in range(7):
        sign_in(client)
        assert signed_in(client)
        client.post(reverse("logout"))
        assert not signed_in(client)


def test_a_closed_account_is_sent_back_with_a_sentence(client, alice):
    User.objects.update(is_active=False)
    answer = client.post(reverse("login"), {"login": "alice", "password": PASSWORD}, follow=True)
    assert "该账号已停用" in answer.text
    assert not signed_in(client)


def test_a_link_cannot_sign_anyone_out(client, alice):
    client.force_login(alice)
    assert client.get(reverse("logout")).status_code == 405
    assert signed_in(client)


def test_a_foreign_address_is_not_followed_after_sign_in(client, alice):
    answer = client.post(
        "/accounts/login/?next=https://example.com/", {"login": "alice", "password": PASSWORD}
    )
    assert answer.url == "/"


def test_changing_the_password(client, alice):
    client.force_login(alice)
    page = reverse("password_change")
    new = {
        "oldpassword": "错的",
        "password1": "一个新的足够长的好密码",
        "password2": "一个新的足够长的好密码",
    }
    assert "原密码不正确" in client.post(page, new).text
    short = {"oldpassword": PASSWORD, "password1": "短", "password2": "短"}
    assert "密码太短，至少要 10 个字符" in client.post(page, short).text
    client.post(page, new | {"oldpassword": PASSWORD})
    alice.refresh_from_db()
    assert alice.check_password("一个新的足够长的好密码")
    assert signed_in(client), "the browser that changed it stays signed in"


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_email", "account_reset_password", "account_reauthenticate"],
)
def test_allauths_other_pages_have_no_door(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", ["signup/", "email/", "password/reset/", "confirm-email/"])
def test_nor_an_address(client, alice, path):
    client.force_login(alice)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_the_clock_starts_at_sign_in_and_is_written_once_a_minute(client, alice):
    client.force_login(alice)
    started = client.session[SEEN]
    client.get(reverse("password_change"))
    assert client.session[SEEN] == started
    session = client.session
    session[SEEN] = started - 300
    session.save()
    client.get(reverse("password_change"))
    assert client.session[SEEN] >= started


def test_half_an_hour_without_a_page_signs_out(client, alice, settings):
    client.force_login(alice)
    assert settings.SESSION_COOKIE_AGE == 1800
    settings.SESSION_COOKIE_AGE = -1
    session = client.session
    session[SEEN] = int(time.time())
    session.save()
    assert client.get(reverse("password_change")).status_code == 302


def test_what_a_browser_is_told(client):
    answer = client.get(reverse("login"))
    policy = answer["Content-Security-Policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert script == "script-src 'self'"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
