"""Endpoints of financing; the roof mounts them under /api/v1/."""

import json

from ninja import Router, Schema, Status

from financing.quote import QuoteError, quote

router = Router(tags=["financing"])


class Refusal(Schema):
    """Which field was refused, and why, in a sentence for people."""

    field: str
    message: str


@router.post("financing/quote", response={200: dict, 400: Refusal}, summary="融资试算")
def post_quote(request):
    """Compute a schedule; nothing is stored. The shapes are those of ``financing.quote``."""
    try:
        return Status(200, quote(read_json(request.body)))
    except QuoteError as error:
        return Status(400, {"field": error.field, "message": error.sentence})


def read_json(body: bytes):
    """Any failure to read the body is the sender's: broken, too deep, digits without end."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise QuoteError("body", "请求不是有效的 JSON。") from error
