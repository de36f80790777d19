"""Endpoints of assets, mounted by the roof under /api/v1/. Read only: everybody sees what their
posts reach, as on the pages.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Field, FilterLookup, FilterSchema, Query, Router, Schema
from ninja.pagination import paginate

from assets.enums import Condition, Title
from assets.models import AssetCard
from registry import clock
from registry.api import Page, Problem

router = Router(tags=["资产"])

SCHOOL = "registration__project_school__school"


class Card(Schema):
    """固定资产卡片; amounts in yuan with two decimals, dates as in ISO 8601."""

    id: int = Field(description="卡片记录号")
    number: str = Field(description="资产编号")
    name: str = Field(description="资产名称")
    class_code: str = Field(alias="asset_class.code", description="分类代码")
    class_edition: str = Field(alias="asset_class.edition", description="分类标准版本")
    model: str = Field(alias="installed.model_name", description="品牌型号")
    serial: str = Field(alias="installed.serial", description="序列号")
    school_code: str = Field(alias="school.code", description="学校标识码")
    school_name: str = Field(alias="school.name", description="学校名称")
    township_code: str = Field(alias="school.township.code", description="乡级区划代码")
    room: str = Field(description="存放地点（教室和班级）")
    project_id: int = Field(
        alias="registration.project_school.project_id", description="项目记录号"
    )
    price: Decimal = Field(description="价值（元）")
    acquired_on: dt.date = Field(description="取得日期")
    booked_on: dt.date | None = Field(
        alias="registration.booked_on", description="入账日期，未入账为空"
    )
    custodian: str = Field(description="保管人，未落实为空")
    title: Title = Field(description="产权：leased 租赁（回购中），owned 已取得产权")
    condition: Condition = Field(
        description="使用状况：in_use 在用，idle 闲置，repair 维修，scrapped 已报废"
    )
    warranty_until: dt.date = Field(description="质保截止")


class CardDetail(Card):
    """A card with where it comes from and what it is worth this month."""

    supplier: str = Field(alias="installed.item.contract.supplier.name", description="供应商")
    contract: str = Field(alias="installed.item.contract.number", description="合同编号")
    voucher: str = Field(alias="registration.voucher", description="记账凭证号，未入账为空")
    checked_on: dt.date | None = Field(description="序列号核对日期")
    labelled_on: dt.date | None = Field(description="贴标签日期")
    life_years: int = Field(alias="asset_class.life_years", description="折旧年限")
    monthly_depreciation: Decimal = Field(
        alias="depreciation.monthly", description="月折旧额（元）"
    )
    accumulated_depreciation: Decimal | None = Field(
        description="截至本月的累计折旧（元），未入账为空"
    )
    net_value: Decimal | None = Field(description="账面净值（元），未入账为空")

    @staticmethod
    def resolve_accumulated_depreciation(card: AssetCard) -> Decimal | None:
        return card.depreciation.accumulated(clock.today()) if _booked(card) else None

    @staticmethod
    def resolve_net_value(card: AssetCard) -> Decimal | None:
        return card.depreciation.net_value(clock.today()) if _booked(card) else None


def _booked(card: AssetCard) -> bool:
    return card.registration.booked_on is not None


class CardFilter(FilterSchema):
    """Filters by codes that both sides know; all that are given must hold."""

    school_code: Annotated[str | None, FilterLookup(f"{SCHOOL}__code")] = Field(
        None, description="学校标识码（10 位）"
    )
    township_code: Annotated[str | None, FilterLookup(f"{SCHOOL}__township__code")] = Field(
        None, description="乡级区划代码（9 位）"
    )
    project_id: Annotated[int | None, FilterLookup("registration__project_school__project")] = (
        Field(None, description="项目记录号")
    )
    class_code: Annotated[str | None, FilterLookup("asset_class__code__startswith")] = Field(
        None, description="分类代码，可只给前几位"
    )
    serial: Annotated[str | None, FilterLookup("installed__serial")] = Field(
        None, description="序列号，须完全一致"
    )
    title: Title | None = Field(None, description="产权")
    condition: Condition | None = Field(None, description="使用状况")
    booked: bool | None = Field(None, description="是否已入账")

    def filter_booked(self, value: bool | None) -> Q:
        return Q() if value is None else Q(registration__booked_on__isnull=not value)


def visible(request):
    return AssetCard.objects.visible_to(request.auth).whole().order_by("number")


@router.get("assets/cards", response=list[Card], summary="资产卡片列表")
@paginate(Page)
def cards(request, filters: Query[CardFilter]):
    """Cards that the person may see, in the order of their numbers."""
    return filters.filter(visible(request))


@router.get(
    "assets/cards/{int:card_id}", response={200: CardDetail, 404: Problem}, summary="资产卡片"
)
def card(request, card_id: int):
    """One card with its depreciation; 404 when the person may not see it."""
    return get_object_or_404(visible(request), pk=card_id)
