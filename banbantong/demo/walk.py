"""Walk a process step by step as its people would: find the open duty, post its form, go on."""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from django.contrib.auth.hashers import get_hasher
from django.core.management.base import CommandError
from PIL import Image, ImageDraw

from banbantong.demo.people import Cast
from registry import clock
from registry.enums import Role
from workflow.actions import carry_out
from workflow.models import Duty

MORNING = dt.time(9, 30)

Data = Callable[[Duty], dict]


class Walker:
    """Does duties of one dossier; ``answers`` maps a step to what its form is given."""

    def __init__(self, cast: Cast, answers: dict[str, Data]):
        self.cast = cast
        self.answers = answers
        self.steps = 0

    def do(self, duty: Duty, data: dict, *, files=None, finish: bool = True) -> None:
        """Carry one duty out as the person whose it is; stops the demonstration if refused."""
        user = self.cast.of(Role(duty.role), school=duty.school, supplier=duty.supplier)
        form = carry_out(
            duty=duty, user=user, data=data, files=files, address="127.0.0.1", finish=finish
        )
        if form.errors:
            raise CommandError(f"演示在“{duty}”停下：{form.errors.as_text()}")
        self.steps += 1

    def walk(self, duties, *, stop: tuple[str, ...] = (), pace: int = 2, on: dt.date) -> dt.date:
        """Do the open ``duties`` (a queryset) until only steps of ``stop`` are open.

        Each step happens ``pace`` days after the one before, from ``on``, but never after today.
        Returns the day of the last step.
        """
        day, today = on, clock.today()
        while True:
            open_now = duties.open().exclude(step__in=stop).order_by("pk")
            duty = open_now.select_related("task", "process", "school", "supplier").first()
            if duty is None:
                return day
            with clock.at(min(day, today), MORNING):
                self.do(duty, self.answers[duty.step](duty))
            day += dt.timedelta(days=pace)


@contextmanager
def one_password() -> Iterator[None]:
    """Everybody of the demonstration has one password under one salt: ask argon2 about it once.

    Each signature still checks the password it was given; only the same question about the same
    hash is not computed anew, which would take longer than all the rest of the step.
    """
    hasher = get_hasher()
    hasher.verify = cache(hasher.verify)
    try:
        yield
    finally:
        del hasher.verify


@cache
def scribble(seed: int = 0) -> str:
    """A drawn signature as the signature pad posts it; the same seed draws the same line."""
    image = Image.new("RGBA", (360, 140), (0, 0, 0, 0))
    points = [(20 + 32 * n, 70 + ((n * (37 + seed)) % 61 - 30)) for n in range(11)]
    ImageDraw.Draw(image).line(points, fill="black", width=5, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
