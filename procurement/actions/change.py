"""Verbs of the change order (变更单): take one classroom out of an approved plan."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from documents.trail import record
from procurement.models import ChangeOrder, PlanLine
from registry import clock
from registry.access import reach
from registry.enums import Role


@transaction.atomic
def propose_change(*, plan_line: PlanLine, user, reason: str) -> ChangeOrder:
    """提出变更 for one room of an approved, unfinished project, by the project office."""
    line = _locked(plan_line)
    project = line.project_school.project
    _needs(user, Role.PROJECT_OFFICE, project, "变更由项目办提出。")
    if not project.approved:
        raise ValidationError("方案还没有批准，请直接修改清单，不必办理变更。")
    if hasattr(line, "change_order"):
        raise ValidationError("这个班已经提出过变更。")
    _still_open(line)
    change = ChangeOrder(
        plan_line=line, reason=reason.strip(), proposed_by=user, proposed_on=clock.today()
    )
    change.full_clean()
    change.save()
    _tell(change, user, "提出变更", f"提出变更，拟将{line}移出计划：{change.reason}")
    return change


@transaction.atomic
def approve_change(*, change: ChangeOrder, user) -> ChangeOrder:
    """批准变更 by another person of the leading group; the room leaves plan and contract.

    Refused once a floor above has put a final fact on the room (its county inspection passed). An
    upper floor that knows more, such as an inspection under way, wraps this verb in its own and
    checks first.
    """
    change = ChangeOrder.objects.select_for_update(of=("self",)).get(pk=change.pk)
    line = _locked(change.plan_line)
    _needs(user, Role.LEADING_GROUP, line.project_school.project, "变更由领导小组批准。")
    if change.approved_on:
        raise ValidationError("这张变更单已经批准。")
    _still_open(line)
    change.approved_by, change.approved_on = user, clock.today()
    change.full_clean()
    change.save(update_fields=["approved_by", "approved_on"])
    _tell(change, user, "批准变更", f"批准变更，{line}移出计划：{change.reason}")
    return change


@transaction.atomic
def refuse_change(*, change: ChangeOrder, user, reason: str) -> None:
    """不同意变更: the proposal is withdrawn, the trail keeps it; the room stays."""
    change = ChangeOrder.objects.select_for_update(of=("self",)).get(pk=change.pk)
    _needs(
        user, Role.LEADING_GROUP, change.plan_line.project_school.project, "变更由领导小组批准。"
    )
    if change.approved_on:
        raise ValidationError("这张变更单已经批准，不能再退回。")
    if not reason.strip():
        raise ValidationError("不同意时请写明原因。")
    _tell(change, user, "不同意变更", f"不同意将{change.plan_line}移出计划：{reason.strip()}")
    change.delete()


def _locked(plan_line: PlanLine) -> PlanLine:
    return (
        PlanLine.objects.select_for_update(of=("self",))
        .select_related("project_school__school", "project_school__project__dossier", "classroom")
        .get(pk=plan_line.pk)
    )


def _needs(user, role: Role, project, sentence: str) -> None:
    if not reach(user).holds_at(role, county=project.dossier.county_id):
        raise PermissionDenied(sentence)


def _still_open(line: PlanLine) -> None:
    if line.project_school.project.closed_on:
        raise ValidationError("项目已经结项，不能再变更。")
    if _settled_above(line):
        raise ValidationError(f"{line}已通过县级验收，不能再移出计划。")


def _settled_above(line: PlanLine) -> bool:
    """Whether a floor above holds a one-to-one fact about the room; none is named here."""
    own = PlanLine._meta.app_label
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: line}).exists()
        for relation in PlanLine._meta.related_objects
        if relation.one_to_one and relation.related_model._meta.app_label != own
    )


def _tell(change: ChangeOrder, user, verb: str, sentence: str) -> None:
    line = change.plan_line
    project = line.project_school.project
    record(
        thing=project,
        dossier=project.dossier,
        school=line.project_school.school,
        actor=user,
        verb=verb,
        sentence=sentence,
        data={"plan_line": line.pk, "reason": change.reason},
    )
