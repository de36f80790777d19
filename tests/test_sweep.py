"""manage.py sweep: the periodic round that carries on what a lost wake-up left behind."""

import pytest
from django.core.management import call_command
from django.db import connection

from banbantong.management.commands import sweep


class Enough(BaseException):
    """Ends the endless loop; not an Exception, so the sweep does not swallow it."""


@pytest.mark.django_db(transaction=True)
def test_a_failing_round_is_logged_and_the_next_one_comes(monkeypatch, caplog):
    rounds, pauses = [], []

    def fail():
        rounds.append(1)
        raise RuntimeError("the database is away")

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            raise Enough

    monkeypatch.setattr(sweep.wakes, "sweep", fail)
    monkeypatch.setattr(sweep.time, "sleep", pause)
    with pytest.raises(Enough):
        call_command("sweep", every=60)
    assert len(rounds) == 2
    assert pauses == [60, 60]
    assert "the database is away" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_between_rounds():
    command = sweep.Command()
    connection.ensure_connection()
    command.round()
    assert connection.connection is None
