"""Everything between an installed checkout and a site that can be served."""

import secrets
import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from banbantong.statics import collect
from registry.enums import Role
from registry.models import Post, User


def identity() -> str:
    """Which database the settings name."""
    here = connection.settings_dict
    return " ".join(str(here[key]) for key in ("ENGINE", "HOST", "PORT", "NAME"))


def own_file() -> Path | None:
    """The SQLite file, when it lies in our data folder."""
    path = Path(str(connection.settings_dict["NAME"]))
    ours = connection.vendor == "sqlite" and path.parent == settings.DATA
    return path if ours else None


class Command(BaseCommand):
    help = (
        "建库、收集静态文件；库里还没有人时装入示例县（--empty：只建一名系统管理员）。"
        "重复运行不改变任何数据。"
    )

    def add_arguments(self, parser):
        parser.add_argument("--empty", action="store_true", help="不装示例数据")

    def handle(self, *, empty, **options):
        # The demonstration county is made act by act, each in its own transaction; this mark
        # tells a half-made one, after Ctrl-C or a power cut, from a finished one.
        self.unfinished = settings.DATA / "demo-unfinished"
        if self.unfinished.exists():
            self.clear_half_made()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        collect()
        if User.objects.exists():
            return
        if empty:
            self.make_administrator()
        else:
            self.make_demonstration()

    def clear_half_made(self):
        """Start over, where the database is our own file; another's database is left alone."""
        if self.unfinished.read_text() != identity() or not own_file():
            raise CommandError(
                "上一次装入示例数据时被中断，数据不完整。请清空数据库，"
                f"再删除 {self.unfinished}，然后重新启动。"
            )
        self.stdout.write("上一次装入示例数据时被中断，重新开始。")
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{own_file()}{suffix}").unlink(missing_ok=True)
        shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
        self.unfinished.unlink()

    def make_demonstration(self):
        self.stdout.write("第一次启动：装入示例县，需要一会儿 …")
        self.unfinished.write_text(identity())
        call_command("demo", stdout=self.stdout)
        self.unfinished.unlink()

    @transaction.atomic
    def make_administrator(self):
        """The first person of an empty site; the password is shown once and kept nowhere."""
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(username="admin", name="系统管理员", password=password)
        Post.objects.create_for(user, Role.ADMINISTRATOR)
        self.stdout.write(
            f"已建立系统管理员：用户名 admin，密码 {password}\n请立即登录并修改密码；它不会再次显示。"
        )
