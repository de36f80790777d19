"""How fast a workflow step is: ours beside stock viewflow and beside the floors, in one run.

    .venv/bin/python -m benchmarks.workflow_step                       # SQLite
    bin/with-postgres .venv/bin/python -m benchmarks.workflow_step     # PostgreSQL

One process of eight acts (six steps, one sent back once, two side by side). A step of ours finds
its duty, reads the person's posts, checks role and place, validates the form, writes trail, task,
duty and the next duty with its deadline. Stock only moves the task on. The floors write our rows
without any engine. Everything runs in a database of its own that is dropped afterwards.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time

folder = tempfile.TemporaryDirectory(prefix="banbantong-benchmark-")
os.environ["BANBANTONG_DATA"] = folder.name
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banbantong.settings")

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from viewflow.workflow.models import Task  # noqa: E402
from viewflow.workflow.status import STATUS  # noqa: E402

from benchmarks.steps.floors import WALK, ByOrm, BySql  # noqa: E402
from benchmarks.steps.flows import OurFlow, StockFlow  # noqa: E402
from registry.enums import Role  # noqa: E402
from tests.trial.scenes import make_errand  # noqa: E402
from tests.world import make_world  # noqa: E402
from workflow.actions import carry_out  # noqa: E402
from workflow.models import Duty  # noqa: E402


def decisions():
    """The eight acts; the first check sends back."""
    checks = iter([False, True])
    return [(step, next(checks) if step == "check" else None) for step, _, _ in WALK]


class Stock:
    def __init__(self, errand, user):
        self.user = user

    def start(self):
        self.process = StockFlow.start.run()

    def walk(self):
        for step, sound in decisions():
            node = StockFlow.instance.node(step)
            task = Task.objects.get(process=self.process, flow_task=node, status=STATUS.NEW)
            with task.activation() as activation:
                activation.assign(self.user)
                activation.start(None)
                if sound is not None:
                    activation.process.data["sound"] = sound
                    activation.process.save()
                activation.execute()


class Ours:
    def __init__(self, errand, user):
        self.errand, self.user = errand, user

    def start(self):
        self.process = OurFlow.start.run(subject=self.errand, user=self.user)

    def walk(self):
        for step, sound in decisions():
            self.user.__dict__.pop("reach", None)  # every request reads the person's posts anew
            duty = Duty.objects.open().only("process_id").get(process=self.process, step=step)
            data = {"decision": "pass" if sound else "return", "opinion": "重写"}
            form = carry_out(duty=duty, user=self.user, data=data)
            assert not form.errors, form.errors


class Floor:
    def walk(self):
        for act in WALK:
            self.act(*act)


class Orm(Floor, ByOrm):
    pass


class Sql(Floor, BySql):
    pass


SYSTEMS = {"stock viewflow": Stock, "ours": Ours, "plain ORM": Orm, "raw SQL": Sql}


def measure(rounds: int, processes: int) -> dict[str, float]:
    """Median steps per second of each system; the systems take turns within every round."""
    world = make_world(schools=1)
    user = world.person(Role.STATION)
    speeds = {name: [] for name in SYSTEMS}
    for number in range(rounds + 1):
        for name, system in SYSTEMS.items():
            walkers = [system(make_errand(world), user) for _ in range(processes)]
            for walker in walkers:
                walker.start()
            begun = time.perf_counter()
            for walker in walkers:
                walker.walk()
            if number:  # the first round warms up
                took = time.perf_counter() - begun
                speeds[name].append(processes * len(WALK) / took)
    return {name: statistics.median(values) for name, values in speeds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--processes", type=int, default=25, help="a round, of eight acts each")
    options = parser.parse_args()
    old_name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"{folder.name}/benchmark.sqlite3"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        speeds = measure(options.rounds, options.processes)
    finally:
        connection.creation.destroy_test_db(old_name, verbosity=0)
    print(f"{connection.vendor}: median of {options.rounds} rounds, steps per second")
    for name, speed in speeds.items():
        ratio = speed / speeds["stock viewflow"]
        print(f"  {name:16}{speed:10.0f}{ratio:8.2f} × stock")


if __name__ == "__main__":
    main()
