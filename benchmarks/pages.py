"""How long the list pages take in a large county, beside a bare hello page, in one run.

    .venv/bin/python -m benchmarks.pages                                  # 2,000 schools, SQLite
    .venv/bin/python -m benchmarks.pages --times 60 --rounds 20
    bin/with-postgres .venv/bin/python -m benchmarks.pages                # PostgreSQL
    DATABASE_URL=… .venv/bin/python -m benchmarks.pages --there           # a county that is there

Requests go through the whole stack (middleware, session, person, template) of one process, page
after page with the hello page between them, so that a busy machine slows both. Two floors: a
signed-in view that answers one word, and the site's frame around one word. A page whose number of
queries differs from round to round, or that writes, is reported as an error.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

folder = tempfile.TemporaryDirectory(prefix="banbantong-benchmark-")
os.environ.setdefault("BANBANTONG_DATA", folder.name)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banbantong.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import include, path, reverse  # noqa: E402

from acceptance.models import Inspection  # noqa: E402
from benchmarks.county import multiply  # noqa: E402
from financing.models import AgreementRoom  # noqa: E402
from procurement.models import Project, ProjectSchool  # noqa: E402
from registry.models import User  # noqa: E402

PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
WALKED = (100, 1000)
"""Schools and classrooms of the county that is walked before it is copied."""


def hello(request):
    return HttpResponse(f"hello {request.user}")


def frame(request):
    return render(request, "base.html")


urlpatterns = [
    path("hello/", hello),
    path("frame/", frame),
    path("", include("banbantong.urls")),
]


def pages() -> list[tuple[str, str, str]]:
    """(what, who looks, address)."""
    project = Project.objects.filter(closed_on=None, contracts__signed_on__isnull=False).first()
    room = AgreementRoom.objects.select_related("room_pass").order_by("pk").last()
    school = Inspection.objects.order_by("pk").last().project_school_id
    own = ProjectSchool.objects.filter(agreement__isnull=False).order_by("pk").first().school.code
    office, inspector, finance = "xmb1", "yanshou1", "caiwu"
    return [
        ("home, project office", office, "/"),
        ("home, a school's head", f"{own}-xz", "/"),
        ("inbox, project office", office, reverse("inbox")),
        ("inbox, inspector", inspector, reverse("inbox")),
        ("overdue", office, reverse("overdue")),
        ("projects", office, reverse("projects")),
        ("project with board", office, reverse("project", args=[project.pk])),
        ("project's schools", office, reverse("project_schools", args=[project.pk])),
        ("plan of the project", office, reverse("procurement:plan", args=[project.pk])),
        ("acceptance: schools", office, reverse("acceptance:schools")),
        ("acceptance: schools, waiting", office, reverse("acceptance:schools") + "?state=install"),
        ("acceptance: rectifications", inspector, reverse("acceptance:rectifications")),
        ("acceptance: one school", office, reverse("acceptance:school", args=[school])),
        ("asset cards", office, reverse("assets:cards")),
        ("asset cards, last page", office, reverse("assets:cards") + "?page=99999"),
        ("asset registrations", office, reverse("assets:registrations")),
        ("agreements", finance, reverse("financing:agreements")),
        ("payments", finance, reverse("financing:payments")),
        ("rebate claims", finance, reverse("financing:claims")),
        ("search a school", office, reverse("search") + "?q=第2完全小学"),
        ("search a serial", office, reverse("search") + "?q=SL000123"),
        ("room passport", office, reverse("room", args=[room.room_pass.plan_line_id])),
        ("API projects", office, "/api/v1/projects"),
        ("API schools", office, "/api/v1/schools"),
        ("API cards", office, "/api/v1/assets/cards"),
        ("API agreements", office, "/api/v1/financing/agreements"),
    ]


class Took(NamedTuple):
    """Milliseconds on the clock, and of them at work in this process (SQLite works inside it)."""

    clock: float
    work: float


class Reader:
    """Browsers of several people, signed in."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}

    def get(self, who: str, address: str) -> HttpResponse:
        if who not in self.clients:
            self.clients[who] = Client(headers={"host": "localhost"})
            self.clients[who].force_login(User.objects.get(username=who))
        return self.clients[who].get(address)

    def timed(self, who: str, address: str) -> Took:
        clock, work = time.perf_counter(), time.process_time()
        self.get(who, address)
        return Took((time.perf_counter() - clock) * 1000, (time.process_time() - work) * 1000)

    def queries(self, who: str, address: str) -> int:
        """How many; raises when the page is not there or writes."""
        with CaptureQueriesContext(
            connection,
        ) as captured:
            answer = self.get(who, address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        wrote = [q["sql"] for q in captured if not q["sql"].startswith(("SELECT", "WITH"))]
        wrote = [sql for sql in wrote if "django_session" not in sql and "SAVEPOINT" not in sql]
        if any(sql.startswith(("INSERT", "UPDATE", "DELETE")) for sql in wrote):
            raise SystemExit(f"{address} wrote: {wrote}")
        return len(captured)


def p95(times: list[Took]) -> float:
    return statistics.quantiles([took.clock for took in times], n=20, method="inclusive")[-1]


def middle(times: list[Took]) -> Took:
    return Took(*(statistics.median(column) for column in zip(*times, strict=True)))


def measure(rounds: int, only: str) -> None:
    reader = Reader()
    chosen = [page for page in pages() if only in page[0]]
    for _, who, address in chosen:
        reader.get(who, address)
    count = [reader.queries(who, address) for _, who, address in chosen]
    floor: dict[str, list[Took]] = {"/hello/": [], "/frame/": []}
    found: list[list[Took]] = [[] for _ in chosen]
    for _ in range(rounds):
        for times, (_, who, address) in zip(found, chosen, strict=True):
            for at, kept in floor.items():
                kept.append(reader.timed(who, at))
            times.append(reader.timed(who, address))
    show(floor, [page[0] for page in chosen], found, count)


def show(floor: dict, names: list[str], found: list[list[Took]], count: list[int]) -> None:
    base, high_base = middle(floor["/hello/"]), p95(floor["/hello/"])
    print(
        f"{'page':30}{'queries':>8}{'median':>8}{'p95':>8}{'work ms':>9}{'p95 ×':>8}{'work ×':>8}"
    )
    rows = [
        *zip(floor, floor.values(), [0, 0], strict=True),
        *zip(names, found, count, strict=True),
    ]
    for name, times, queries in rows:
        took, high = middle(times), p95(times)
        line = f"{took.clock:8.1f}{high:8.1f}{took.work:9.1f}"
        ratios = f"{high / high_base:8.1f}{took.work / base.work:8.1f}"
        print(f"{name:30}{queries or '':>8}{line}{ratios}")


def fill(times: int) -> None:
    call_command("demo", schools=WALKED[0], classrooms=WALKED[1])
    multiply(times)
    if connection.vendor == "postgresql":  # as autovacuum does; SQLite works without
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def in_own_database(work: Callable[[], None]) -> None:
    """Run ``work`` in a database that is made for it and dropped afterwards."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"{folder.name}/benchmark.sqlite3"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        work()
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20, help="copies of the walked county")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="part of a page's name")
    parser.add_argument("--there", action="store_true", help="measure the county of DATABASE_URL")
    given = parser.parse_args()
    settings.ROOT_URLCONF = __name__ if __name__ != "__main__" else "benchmarks.pages"
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.STORAGES["staticfiles"] = {"BACKEND": PLAIN}

    def work() -> None:
        if not given.there:
            fill(given.times)
        measure(given.rounds, given.only)

    work() if given.there else in_own_database(work)


if __name__ == "__main__":
    main()
