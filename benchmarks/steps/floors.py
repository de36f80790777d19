"""The same rows without an engine: by plain Django ORM, and by raw SQL."""

from __future__ import annotations

import datetime as dt
import json

from django.db import connection, transaction
from viewflow.workflow.models import Process, Task

from benchmarks.steps.flows import OurFlow
from documents.models import TrailEvent
from registry import clock
from workflow.models import Duty

Link = Task.previous.through
DAY = dt.date(2026, 12, 31)
# What each act closes, runs through, and opens; "meet" is the join's one row.
WALK = [
    ("write", [], ["check"]),
    ("check", ["sound"], ["write"]),
    ("write", [], ["check"]),
    ("check", ["sound", "fork"], ["left", "right"]),
    ("left", ["meet"], []),
    ("right", ["meet"], ["total"]),
    ("total", [], ["sign"]),
    ("sign", ["end"], []),
]


class ByOrm:
    """One ``save`` or ``update`` a row, in one transaction an act."""

    def __init__(self, errand, user):
        self.errand, self.user = errand, user

    def start(self) -> None:
        with transaction.atomic():
            self.process = Process.objects.create(flow_class=OurFlow, artifact=self.errand)
            self.last = self._task("start", "DONE")
            self.live = {"write": self._open("write", self.last)}

    def act(self, step: str, through: list, following: list) -> None:
        with transaction.atomic():
            Process.objects.select_for_update().filter(pk=self.process.pk).exists()
            task, now = Task.objects.get(pk=self.live.pop(step)), clock.now()
            task.status, task.owner, task.started, task.finished = "DONE", self.user, now, now
            task.save(update_fields=["status", "owner", "started", "finished"])
            Duty.objects.filter(task=task).update(done_at=now, done_by=self.user)
            self._trail(step)
            for name in through:
                if name == "meet" and name in self.live:
                    meet = self.live.pop(name)
                    Link.objects.create(from_task_id=meet, to_task=task)
                    Task.objects.filter(pk=meet).update(status="DONE", finished=now)
                    task = Task(pk=meet)
                else:
                    task = self._task(name, "STARTED" if name == "meet" else "DONE", task)
                    if name == "meet":
                        self.live[name] = task.pk
            for name in following:
                self.live[name] = self._open(name, task)
            if step == "sign":
                Process.objects.filter(pk=self.process.pk).update(status="DONE", finished=now)

    def _task(self, name: str, status: str, previous=None) -> Task:
        node = OurFlow.instance.node(name)
        task = Task.objects.create(
            process=self.process, flow_task=node, flow_task_type=node.task_type, status=status
        )
        if previous is not None:
            Link.objects.create(from_task=task, to_task=previous)
        return task

    def _open(self, name: str, previous) -> int:
        task = self._task(name, "NEW", previous)
        Duty.objects.create(
            task=task,
            process=self.process,
            dossier_id=self.errand.dossier_id,
            step=name,
            title=name,
            subject_title=str(self.errand),
            subject_url="/",
            role="station",
            opened_at=clock.now(),
            due_on=DAY,
        )
        return task.pk

    def _trail(self, verb: str) -> None:
        thread = f"trial.errand:{self.errand.pk}"
        last = TrailEvent.objects.filter(thread=thread).order_by("-number").first()
        event = TrailEvent(
            dossier_id=self.errand.dossier_id,
            thread=thread,
            number=last.number + 1 if last else 1,
            at=clock.now(),
            actor=self.user,
            actor_label=str(self.user),
            verb=verb,
            sentence=verb,
        )
        event.digest = event.digest_after(last.digest if last else "")
        event.save(force_insert=True)


class BySql(ByOrm):
    """The same rows as plain statements on one cursor."""

    def start(self) -> None:
        super().start()

    def act(self, step: str, through: list, following: list) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            self.run = cursor.execute
            lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
            self.run(f"SELECT id FROM viewflow_process WHERE id = %s{lock}", [self.process.pk])
            task, now = self.live.pop(step), clock.now()
            self.run(
                "UPDATE viewflow_task SET status='DONE', owner_id=%s, started=%s, finished=%s WHERE id=%s",
                [self.user.pk, now, now, task],
            )
            self.run(
                "UPDATE workflow_duty SET done_at=%s, done_by_id=%s WHERE task_id=%s",
                [now, self.user.pk, task],
            )
            self._event(cursor, step, now)
            for name in through:
                if name == "meet" and name in self.live:
                    meet = self.live.pop(name)
                    self._link(meet, task)
                    self.run(
                        "UPDATE viewflow_task SET status='DONE', finished=%s WHERE id=%s",
                        [now, meet],
                    )
                    task = meet
                else:
                    task = self._insert(cursor, name, "STARTED" if name == "meet" else "DONE", task)
                    if name == "meet":
                        self.live[name] = task
            for name in following:
                self.live[name] = self._duty(cursor, name, task, now)
            if step == "sign":
                self.run(
                    "UPDATE viewflow_process SET status='DONE', finished=%s WHERE id=%s",
                    [now, self.process.pk],
                )

    def _link(self, task: int, previous: int) -> None:
        self.run(
            "INSERT INTO viewflow_task_previous (from_task_id, to_task_id) VALUES (%s, %s)",
            [task, previous],
        )

    def _insert(self, cursor, name: str, status: str, previous: int) -> int:
        self.run(
            "INSERT INTO viewflow_task (flow_task, flow_task_type, status, created, token, data,"
            " process_id) VALUES (%s, %s, %s, %s, 'start', '{}', %s) RETURNING id",
            [
                f"steps/flows.OurFlow.{name}",
                OurFlow.instance.node(name).task_type,
                status,
                clock.now(),
                self.process.pk,
            ],
        )
        task = cursor.fetchone()[0]
        self._link(task, previous)
        return task

    def _duty(self, cursor, name: str, previous: int, now) -> int:
        task = self._insert(cursor, name, "NEW", previous)
        self.run(
            "INSERT INTO workflow_duty (task_id, process_id, dossier_id, step, title, subject_title,"
            " subject_url, role, opened_at, due_on, reason, starts)"
            " VALUES (%s, %s, %s, %s, %s, %s, '/', 'station', %s, %s, '', %s)",
            [
                task,
                self.process.pk,
                self.errand.dossier_id,
                name,
                name,
                str(self.errand),
                now,
                DAY,
                False,
            ],
        )
        return task

    def _event(self, cursor, verb: str, now) -> None:
        thread = f"trial.errand:{self.errand.pk}"
        self.run(
            "SELECT number, digest FROM documents_trailevent WHERE thread=%s"
            " ORDER BY number DESC LIMIT 1",
            [thread],
        )
        number, digest = cursor.fetchone() or (0, "")
        event = TrailEvent(
            dossier_id=self.errand.dossier_id,
            thread=thread,
            number=number + 1,
            at=now,
            actor_id=self.user.pk,
            actor_label=str(self.user),
            verb=verb,
            sentence=verb,
        )
        self.run(
            "INSERT INTO documents_trailevent (dossier_id, thread, number, at, actor_id,"
            " actor_label, verb, sentence, data, digest)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                event.dossier_id,
                thread,
                event.number,
                now,
                event.actor_id,
                event.actor_label,
                verb,
                verb,
                json.dumps({}),
                event.digest_after(digest),
            ],
        )
