"""A county whose money is in every state: paid, paid in part, late, claimed, still to come."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal

from openpyxl import load_workbook

from accounting.actions.disclose import publish
from financing.actions.claims import claim_batch
from financing.models import Agreement
from registry import clock
from registry.enums import Role
from tests.buyback import make_buybacks, pay_round
from tests.reading import Page
from tests.world import World, make_world

NOW = dt.date(2028, 10, 16)
"""Two instalments have fallen due, in June 2027 and June 2028."""


@dataclass
class Town:
    world: World
    agreements: list[Agreement]


def make_town(*, schools: int = 3, code: str = "522631") -> Town:
    """The first school pays all and claims, the second pays late and a part, the third nothing."""
    world = make_world(schools=schools, rooms=2, county_code=code)
    with clock.at(dt.date(2026, 6, 18)):
        agreements = make_buybacks(world)
    first = agreements[0]
    with clock.at(dt.date(2027, 6, 16)):
        pay_round(world, first, f"支-{code}-1")
        claim(world, first)
    with clock.at(dt.date(2028, 6, 16)):
        pay_round(world, first, f"支-{code}-2")
    if schools > 1:
        with clock.at(dt.date(2027, 9, 15)):
            pay_round(world, agreements[1], f"支-{code}-3", amount=Decimal("5000.00"))
    return Town(world, agreements)


def claim(world: World, agreement: Agreement) -> None:
    """What the prefecture and the province give back, one document a level; the county's waits."""
    project, officer = agreement.project_school.project, world.person(Role.COUNTY_FINANCE)
    for funder in ("province", "prefecture"):
        mine = agreement.claimable().filter(funder=funder).values_list("pk", flat=True)
        claim_batch(
            project=project,
            funder=funder,
            rebates=list(mine),
            document=f"示例请〔{funder}〕{agreement.pk}号",
            user=officer,
        )


def published(world: World):
    """Last year's overdue payments, made public."""
    today = clock.today()
    return publish(
        county=world.county,
        year=today.year - 1,
        place="甲县政府网站",
        published_on=today,
        user=world.person(Role.COUNTY_FINANCE),
    )


def read(client_of, user, url: str) -> Page:
    answer = client_of(user).get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return Page(answer.content.decode(), url)


def cells(client_of, user, url: str) -> list[tuple]:
    """The rows of the exported sheet, the header first."""
    answer = client_of(user).get(url)
    return list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)


def yuan(words: str) -> Decimal:
    return Decimal(words.replace(",", "").removesuffix("元").strip() or "0")
