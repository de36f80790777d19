"""Everything between an installed checkout and a site that can be served."""

import secrets

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from banbantong.statics import collect
from registry.enums import Role
from registry.models import Post, User


class Command(BaseCommand):
    help = (
        "建库、收集静态文件；库里还没有人时装入示例县（--empty：只建一名系统管理员）。"
        "重复运行不改变任何数据。"
    )

    def add_arguments(self, parser):
        parser.add_argument("--empty", action="store_true", help="不装示例数据")

    def handle(self, *, empty, **options):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        collect()
        # The demonstration county is made act by act, each in its own transaction; this mark
        # tells a half-made one, after a power cut, from a finished one.
        unfinished = settings.DATA / "demo-unfinished"
        if unfinished.exists():
            raise CommandError(
                f"上一次装入示例数据时被中断，数据不完整。请清空数据库（默认即删除 {settings.DATA}）"
                "后重新启动；里面只有示例数据。"
            )
        if User.objects.exists():
            return
        if empty:
            self.make_administrator()
            return
        self.stdout.write("第一次启动：装入示例县，需要一会儿 …")
        unfinished.touch()
        call_command("demo", stdout=self.stdout)
        unfinished.unlink()

    @transaction.atomic
    def make_administrator(self):
        """The first person of an empty site; the password is shown once and kept nowhere."""
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(username="admin", name="系统管理员", password=password)
        Post.objects.create_for(user, Role.ADMINISTRATOR)
        self.stdout.write(
            f"已建立系统管理员：用户名 admin，密码 {password}\n请立即登录并修改密码；它不会再次显示。"
        )
