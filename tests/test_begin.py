"""manage.py begin: what bin/run does between setting up and serving."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import banbantong
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


def test_another_databases_half_made_demonstration_is_left_alone(data):
    (data / "demo-unfinished").write_text("someone else's")
    with pytest.raises(CommandError, match="示例数据时被中断"):
        call_command("begin")


def test_a_half_made_demonstration_in_our_own_file_is_made_anew(tmp_path):
    """As a fresh process would find it after Ctrl-C during the first start."""

    def manage(*arguments, check=True):
        keep = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=Path(banbantong.__file__).parent.parent,
            env=keep | {"BANBANTONG_DATA": str(tmp_path)},
            capture_output=True,
            text=True,
            check=check,
        ).stdout

    manage("begin", "--empty")
    identity = f"django.db.backends.sqlite3   {tmp_path}/banbantong.sqlite3"
    (tmp_path / "demo-unfinished").write_text(identity)
    (tmp_path / "files").mkdir()
    told = manage("begin", "--empty")
    assert "重新开始" in told
    assert "已建立系统管理员" in told, "the half-made people are gone"
    assert not (tmp_path / "files").exists()
    assert not (tmp_path / "demo-unfinished").exists()
