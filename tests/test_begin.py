"""manage.py begin: what bin/run does between setting up and serving."""

import re

import pytest
from django.core.management import CommandError, call_command

from registry.enums import Role
from registry.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def _no_statics(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = []


def test_an_empty_site_gets_one_administrator_who_can_sign_in(client, capsys):
    call_command("begin", empty=True)
    user = User.objects.get()
    assert [post.role for post in user.posts.all()] == [Role.ADMINISTRATOR]
    password = re.search(r"密码 (\S+)", capsys.readouterr().out)[1]
    assert client.login(username="admin", password=password)


def test_a_second_start_changes_nothing(capsys):
    call_command("begin", empty=True)
    before = list(User.objects.values())
    capsys.readouterr()
    call_command("begin", empty=True)
    call_command("begin")
    assert list(User.objects.values()) == before
    assert capsys.readouterr().out == ""


def test_a_half_made_demonstration_is_not_served(data):
    (data / "demo-unfinished").touch()
    with pytest.raises(CommandError, match="示例数据时被中断"):
        call_command("begin")
