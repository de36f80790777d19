"""Signing in as a person does it: in a real browser, at a desk and on a phone."""

import pytest

from registry.enums import Role
from registry.models import Post, User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "清水江-2026-课桌"


@pytest.mark.parametrize("width", [1280, 390])
def test_a_wrong_password_then_the_right_one_then_out(browse, live_server, width):
    user = User.objects.create_user("alice", name="示例甲", password=PASSWORD)
    Post.objects.create_for(user, Role.ADMINISTRATOR)
    page = browse(width)
    page.goto(f"{live_server.url}/accounts/password/")
    page.get_by_label("用户名").fill("alice")
    page.get_by_label("密码").fill("错的")
    page.get_by_role("button", name="登录").click()
    page.get_by_text("用户名或密码不正确").first.wait_for()
    assert page.get_by_label("用户名").input_value() == "alice", "what was typed stays"
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("heading", name="修改密码").wait_for()
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wider <= 0, "nothing runs off the side of the screen"
