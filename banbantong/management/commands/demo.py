"""Make the demonstration county by walking the real steps."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from banbantong.demo.county import accounts, make
from procurement.models import ProjectSchool
from registry.models import County


class Command(BaseCommand):
    help = "载入演示县（黎平县，学校均标“示例”）；只在空库上进行。"

    def add_arguments(self, parser):
        parser.add_argument("--schools", type=int, default=187, help="学校数")
        parser.add_argument("--classrooms", type=int, default=1086, help="班数")

    def handle(self, *, schools, classrooms, **options):
        if County.objects.exists():
            raise CommandError("库中已有数据，演示县只能载入空库。")
        if schools < 26 or classrooms < 2 * schools:
            raise CommandError("演示县至少 26 所学校，平均每校至少 2 个班。")
        stage = make(schools=schools, classrooms=classrooms, say=self.say)
        text = accounts() + "\n" + self.examples() + "\n"
        (settings.DATA / "demo-accounts.txt").write_text(text, "utf-8")
        self.stdout.write(f"共办理 {stage.walker.steps} 步。")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def examples(self) -> str:
        """A school under way, and one in its buyback."""
        rows = ProjectSchool.objects.filter(project__closed_on=None).select_related("school")[:1]
        later = ProjectSchool.objects.filter(
            project__closed_on__isnull=False, project__dossier__closed_on=None
        )
        return "\n".join(
            f"  {row.school.code}-xz {row.school.name}校长" for row in [*rows, *later[:1]]
        )
