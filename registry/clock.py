"""The one clock. The demonstration county and the tests move it; nothing else does."""

import datetime as dt
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import timezone

_shift: ContextVar[dt.timedelta] = ContextVar("shift", default=dt.timedelta())


def now() -> dt.datetime:
    """The aware moment at which things are said to happen."""
    return timezone.now() + _shift.get()


def today() -> dt.date:
    """The local day of ``now()``."""
    return timezone.localdate(now())


@contextmanager
def at(day: dt.date, time: dt.time | None = None):
    """Let what is done inside happen on ``day``, at ``time`` or else at the present time of day."""
    moment = local(now())
    there = dt.datetime.combine(day, time or moment.time(), moment.tzinfo)
    token = _shift.set(_shift.get() + (there - moment))
    try:
        yield
    finally:
        _shift.reset(token)


def local(moment: dt.datetime) -> dt.datetime:
    """``moment`` in the county's time zone."""
    return timezone.localtime(moment)
