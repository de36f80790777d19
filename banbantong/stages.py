"""Where a school stands in a project: one stage per school, from the step that is open now."""

from __future__ import annotations

from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, Value, When

from workflow.models import Duty

# (code, title, steps of the flows during which a school stands here)
STAGES = [
    ("waiting", "未开工", ()),
    ("prepare", "准备安装", ("prepare_site", "install")),
    ("train", "培训", ("train",)),
    ("school", "学校验收", ("inspect_school", "sign_head")),
    ("station", "装备站审核", ("review_station",)),
    ("county", "县级验收", ("inspect_county",)),
    (
        "rectify",
        "整改复验",
        ("rectify_school", "reinspect_school", "rectify_county", "reinspect_county"),
    ),
    (
        "handover",
        "移交",
        ("offer_handover", "hand_over_supplier", "hand_over_school", "hand_over_station"),
    ),
    ("register", "登记入账", ("confirm_cards", "book")),
    ("buyback", "回购", ()),
    ("paid", "已付清", ()),
    ("terminated", "已解除", ()),
]
TITLES = {code: title for code, title, _ in STAGES}


def staged(schools: QuerySet) -> QuerySet:
    """``schools`` (ProjectSchool) annotated with ``stage``, a code of ``STAGES``."""
    now = Duty.objects.open().filter(
        dossier=OuterRef("project__dossier"), school=OuterRef("school")
    )
    whens = [When(open_step__in=steps, then=Value(code)) for code, _, steps in STAGES if steps]
    return schools.annotate(open_step=Subquery(now.order_by("pk").values("step")[:1])).annotate(
        stage=Case(
            When(agreement__isnull=False, agreement__closed_on__isnull=False, then=Value("paid")),
            When(agreement__terminated_on__isnull=False, then=Value("terminated")),
            When(agreement__isnull=False, then=Value("buyback")),
            *whens,
            When(handover__completed_on__isnull=False, then=Value("register")),
            default=Value("waiting"),
            output_field=CharField(),
        )
    )
