"""Where things stand on a variant's sheet; rows and columns count from 0."""

FINANCED, RESIDUAL, RISE, WHOLE, PAYMENT, NUDGE = range(3, 9)
"""Rows of what is worked out first."""
DERIVED_RATE = RISE
"""A fixed payment has no rate of its own: the derived one stands there."""
RESULT = 2
"""The column of those values."""
HEAD = 12
TOP = HEAD + 1
