"""Payment schedules of lease and buyback: pure arithmetic, no database, no request.

    plan = schedule(Terms(...))                  principal and interest, instalment by instalment
    plan = merge(plan, lump_sum(...), ...)       down payment, retention, later batches
    plan = rebated(plan, [Funder(...), ...])     what province, prefecture and county give back
    parts = shared(plan, {"school": rooms, ...}) each school's part, a schedule of its own

Read in this order: ``terms`` (what was agreed, checked), ``columns`` (what a schedule is),
``methods`` (how each repayment method fills it), ``compose`` (the other verbs above).
"""

from financing.schedules.columns import Instalment, Schedule, Totals
from financing.schedules.compose import Base, Funder, lump_sum, merge, rebated, shared
from financing.schedules.methods import schedule
from financing.schedules.rates import effective_rate
from financing.schedules.terms import Method, ScheduleError, Terms, Timing

__all__ = [
    "Base",
    "Funder",
    "Instalment",
    "Method",
    "Schedule",
    "ScheduleError",
    "Terms",
    "Timing",
    "Totals",
    "effective_rate",
    "lump_sum",
    "merge",
    "rebated",
    "schedule",
    "shared",
]
