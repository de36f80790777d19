"""Asset cards: the register as a list, and the page of one card."""

from __future__ import annotations

import django_filters
import django_tables2 as tables
from django.db.models import Q
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_GET

from assets.enums import Condition, Title
from assets.models import AssetCard, AssetClass, Registration
from documents.models import TrailEvent
from documents.qr import qr_data_url
from documents.trail import thread_of
from procurement.models import Project
from registry import clock
from registry.access import reach
from registry.columns import Code, Money, State
from registry.enums import Role
from registry.models import School, Township
from registry.pages import ListPage
from registry.templatetags.pages import day, money
from registry.widgets import SearchSelect


class Tick(tables.Column):
    """A box that belongs to the form ``labels`` beside the table."""

    def render(self, value, record):
        return format_html(
            '<input type="checkbox" class="form-check-input" name="card" value="{}" form="labels"'
            ' aria-label="选择 {}">',
            value,
            record.number,
        )


class CardTable(tables.Table):
    number = Code(verbose_name="资产编号", linkify=True)
    name = tables.Column(
        "资产名称", accessor="installed__item__name", order_by="installed__item__name"
    )
    code = Code(
        verbose_name="分类代码",
        accessor="asset_class__code",
        order_by="asset_class__code",
        attrs={"cell": {"class": "code day"}},
    )
    model = tables.Column("品牌型号", accessor="installed__model_name", orderable=False)
    serial = Code(verbose_name="序列号", accessor="installed__serial", order_by="installed__serial")
    place = tables.Column(
        "存放地点",
        linkify=lambda record: record.plan_line.get_absolute_url(),
        order_by=("registration", "room_pass__plan_line__classroom"),
    )
    price = Money(verbose_name="价值（元）")
    custodian = tables.Column("保管人")
    title = tables.Column("产权")
    condition = State(verbose_name="使用状况")
    tick = Tick("选", accessor="pk", orderable=False, exclude_from_export=True)

    class Meta:
        model = AssetCard
        fields = (
            "number",
            "name",
            "code",
            "model",
            "serial",
            "place",
            "price",
            "custodian",
            "title",
            "condition",
            "tick",
        )


def _registered(request):
    """Schools that have cards: the only ones worth choosing."""
    there = Registration.objects.values("project_school__school")
    return School.objects.visible_to(request.user).filter(pk__in=there)


class CardFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="编号、名称、序列号、保管人", method="search")
    project = django_filters.ModelChoiceFilter(
        label="项目",
        field_name="registration__project_school__project",
        queryset=lambda request: Project.objects.visible_to(request.user),
    )
    township = django_filters.ModelChoiceFilter(
        label="乡镇",
        field_name="registration__project_school__school__township",
        queryset=lambda request: Township.objects.visible_to(request.user),
    )
    school = django_filters.ModelChoiceFilter(
        label="学校",
        field_name="registration__project_school__school",
        queryset=_registered,
        widget=SearchSelect,
    )
    room = django_filters.CharFilter(label="教室或班级", method="in_room")
    asset_class = django_filters.ModelChoiceFilter(
        label="资产分类", queryset=AssetClass.objects.all()
    )
    title = django_filters.ChoiceFilter(label="产权", choices=Title)
    condition = django_filters.ChoiceFilter(label="使用状况", choices=Condition)

    class Meta:
        model = AssetCard
        fields = ["q", "project", "township", "school", "room", "asset_class", "title", "condition"]

    def search(self, rows, name, value):
        return rows.filter(
            Q(number__icontains=value)
            | Q(installed__item__name__icontains=value)
            | Q(installed__serial__icontains=value)
            | Q(custodian__icontains=value)
        )

    def in_room(self, rows, name, value):
        room = "room_pass__plan_line__classroom"
        return rows.filter(
            Q(**{f"{room}__name__icontains": value}) | Q(**{f"{room}__room__icontains": value})
        )


class Cards(ListPage):
    """固定资产卡片."""

    title = "固定资产"
    unit = "张卡片"
    empty = "设备移交后自动建卡，学校核对后的固定资产会列在这里。"
    export_name = "固定资产卡片"
    table_class = CardTable
    filterset_class = CardFilter
    totals = ("price",)
    template_name = "assets/cards.html"

    def get_queryset(self):
        return AssetCard.objects.visible_to(self.request.user).whole().by_room()

    def get_actions(self):
        actions = [{"label": "资产登记", "url": reverse("assets:registrations")}]
        if reach(self.request.user).holds(Role.PROJECT_OFFICE, Role.ADMINISTRATOR):
            actions.append({"label": "资产分类", "url": reverse("assets:classes")})
        return actions


@require_GET
def card(request, pk: int):
    """One card in its four parts, with where it stands and the way to its classroom's story."""
    row = get_object_or_404(AssetCard.objects.visible_to(request.user).whole(), pk=pk)
    address = request.build_absolute_uri(row.get_absolute_url())
    context = {
        "card": row,
        "parts": [
            ("基本信息", basic(row)),
            ("财务信息", financial(row)),
            ("使用信息", use(row)),
            ("处置信息", disposal(row)),
        ],
        "qr": qr_data_url(address),
        "events": events(request.user, row.registration),
    }
    return render(request, "assets/card.html", context)


def basic(row: AssetCard) -> list[tuple]:
    item = row.installed.item
    return [
        ("资产编号", row.number),
        ("资产名称", row.name),
        ("分类代码", f"{row.asset_class.code}（{row.asset_class.edition}）"),
        ("分类名称", row.asset_class.name),
        ("品牌型号", row.installed.model_name),
        ("规格", item.specification),
        ("序列号", row.installed.serial),
        ("数量", f"1 {item.unit}"),
        ("供应商", item.contract.supplier.name),
        ("合同编号", item.contract.number),
    ]


def financial(row: AssetCard) -> list[tuple]:
    """Value and depreciation as of this month; the books charge nothing before the card is booked,
    and then from the month of acquisition on.
    """
    worth, today = row.depreciation, clock.today()
    booked = row.registration.booked_on
    facts = [
        ("价值（元）", money(row.price)),
        ("取得日期", day(row.acquired_on)),
        ("取得方式", "融资建设、分期回购"),
        ("产权", row.get_title_display()),
        ("入账", f"{booked} 凭 {row.registration.voucher}" if booked else "待入账"),
        ("折旧方法", f"年限平均法，{row.asset_class.life_years} 年，不留残值"),
        ("月折旧额（元）", money(worth.monthly)),
        ("折旧至", f"{worth.last_month:%Y-%m}"),
    ]
    if not booked:
        return [*facts, ("累计折旧（元）", "入账后自取得当月起计提")]
    return [
        *facts,
        ("累计折旧（元）", f"{money(worth.accumulated(today))}（截至 {today:%Y-%m}）"),
        ("账面净值（元）", money(worth.net_value(today))),
    ]


def use(row: AssetCard) -> list[tuple]:
    return [
        ("使用单位", row.school.name),
        ("存放地点", row.room, row.plan_line.get_absolute_url()),
        ("保管人", row.custodian or "待学校落实"),
        ("使用状况", row.get_condition_display()),
        ("使用方向", "教学"),
        ("序列号核对", day(row.checked_on)),
        ("贴标签", day(row.labelled_on)),
        (
            "质保截止",
            f"{row.warranty_until}（{'质保内' if row.warranty_until >= clock.today() else '已过保'}）",
        ),
    ]


def disposal(row: AssetCard) -> list[tuple]:
    """What may be done with it: before title has passed the school may not dispose of it at all."""
    if row.condition == Condition.SCRAPPED:
        state, basis = "已报废", "行政事业性国有资产管理条例第二十一条"
    elif row.condition == Condition.RETURNED:
        state, basis = "已退还供应商，学校不再使用", "回购协议变更书"
    elif row.title == Title.LEASED:
        state = "未处置；回购付清前产权未转移，不得转让、抵押"
        basis = "民法典第七百五十三条"
    else:
        state = "未处置；处置须集体决策并报批，处置收入上缴"
        basis = "行政事业性国有资产管理条例第二十一条、第二十五条"
    return [("处置情况", state), ("依据", basis)]


def events(user, registration: Registration) -> list[dict]:
    """What was done about the registration, newest first."""
    rows = TrailEvent.objects.visible_to(user).filter(thread=thread_of(registration))
    return [
        {"at": row.at, "actor": row.actor_label, "sentence": row.sentence}
        for row in rows.order_by("-at", "-pk")
    ]
