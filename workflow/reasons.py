"""Why a step was sent back, carried from the act that returned it to the duty that opens next."""

from contextlib import contextmanager
from contextvars import ContextVar

_reason: ContextVar[str] = ContextVar("reason", default="")


def reason_of_return() -> str:
    return _reason.get()


@contextmanager
def returning(reason: str):
    """Duties that open inside show ``reason`` as 退回原因."""
    token = _reason.set(reason[:300])
    try:
        yield
    finally:
        _reason.reset(token)
