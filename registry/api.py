"""What the endpoints of all floors share: the shape of a page of rows, and of a refusal."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Field, Schema
from ninja.pagination import PaginationBase

MOST = 200
USUAL = 50


class Problem(Schema):
    """Why a request was refused, in a sentence for people."""

    message: str


class Page(PaginationBase):
    """``limit`` and ``offset``; the answer repeats both beside ``count``, the number of all rows."""

    class Input(Schema):
        limit: int = Field(USUAL, ge=1, le=MOST, description=f"每页行数，最多 {MOST}")
        offset: int = Field(0, ge=0, description="跳过的行数")

    class Output(Schema):
        items: list[Any]
        count: int
        limit: int
        offset: int

    def paginate_queryset(
        self, queryset: QuerySet, pagination: Input, request: HttpRequest, **params: Any
    ) -> dict:
        start, end = pagination.offset, pagination.offset + pagination.limit
        return {
            "items": queryset[start:end],
            "count": queryset.count(),
            "limit": pagination.limit,
            "offset": pagination.offset,
        }
