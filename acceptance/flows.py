"""The story of one school in a project, from the empty classroom to the handover."""

from viewflow import this
from viewflow.workflow.status import PROCESS

from acceptance import actions
from acceptance.enums import Level
from acceptance.forms import (
    CountyInspectionForm,
    CountyRectifyForm,
    CountyReinspectionForm,
    HandoverForm,
    HeadSignForm,
    InstallForm,
    ReviewForm,
    SchoolInspectionForm,
    SchoolRectifyForm,
    SchoolReinspectionForm,
    SchoolSignForm,
    SiteCheckForm,
    StationSignForm,
    SupplierSignForm,
    TrainingForm,
)
from acceptance.rounds import live_lines, open_defects, settled
from registry import clock
from registry.enums import Role
from workflow.flows import Flow
from workflow.nodes import End, Function, If, Join, Split, Start, Step

BUILDERS = ("install", "train", "rectify_school", "rectify_county")
FOR_SCHOOL = ("inspect_school", "reinspect_school")


def delivery_due(school):
    """The contract's own deadline."""
    contract = school.project.current_contract()
    return contract.delivery_due_on if contract else None


def rectification_due(level):
    """The earliest deadline among the open defects of ``level``."""
    return lambda school: min((one.due_on for one in open_defects(school, level)), default=None)


def give_up(school) -> bool:
    """End the story of a school all of whose rooms left the plan; True if there was one to end.

    Its open duties are cancelled with their tasks.
    """
    process = SchoolFlow.process_of(school)
    if process is None or process.finished or live_lines(school).exists():
        return False
    with SchoolFlow.lock(process.pk):
        for task in process.task_set.filter(finished=None):
            task.flow_task.activation_class(task).cancel()
        process.status, process.finished = PROCESS.CANCELED, clock.now()
        process.save(update_fields=["status", "finished"])
        actions.log.log(
            school, actor=None, verb="终止实施", sentence="全部班级已变更退出，本校实施终止"
        )
    return True


class SchoolFlow(Flow):
    """学校实施流程

    场地准备 ∥ 到货安装 → 培训 → 学校验收 → 校长签章 → 装备站审核 → 县级逐班验收 → (整改 → 复验)* → 移交
    """

    start = Start("启动实施").Next(this.begin)
    begin = Split().Next(this.prepare_site).Next(this.install)

    # school and supplier, side by side
    prepare_site = Step(
        SiteCheckForm, title="场地准备", role=Role.TECHNICIAN, within="acceptance.site"
    ).Next(this.installed)
    install = Step(InstallForm, title="到货安装", role=Role.SUPPLIER, due=delivery_due).Next(
        this.installed
    )
    installed = Join().Next(this.train)
    train = Step(TrainingForm, title="培训", role=Role.SUPPLIER, within="acceptance.train").Next(
        this.inspect_school
    )

    # the school judges; the supplier puts right what failed
    inspect_school = Step(
        SchoolInspectionForm,
        title="学校验收",
        role=Role.TECHNICIAN,
        within="acceptance.inspect_school",
        unlike=BUILDERS,
    ).Next(this.school_passed)
    school_passed = If(this.nothing_open_at_school, title="学校验收合格？")
    school_passed.Then(this.issue_form).Else(this.rectify_school)
    rectify_school = Step(
        SchoolRectifyForm,
        title="校验整改",
        role=Role.SUPPLIER,
        due=rectification_due(Level.SCHOOL),
        detour=True,
    ).Next(this.reinspect_school)
    reinspect_school = Step(
        SchoolReinspectionForm,
        title="学校复验",
        role=Role.TECHNICIAN,
        within="acceptance.reinspect",
        unlike=BUILDERS,
        detour=True,
    ).Next(this.school_passed)
    issue_form = Function(this.issue_school_form, title="形成学校验收表").Next(this.sign_head)
    sign_head = Step(
        HeadSignForm, title="校长签章", role=Role.HEAD, within="acceptance.sign", unlike=FOR_SCHOOL
    ).Next(this.head_agreed)
    head_agreed = If(this.has_head_signed, title="校长已签？")
    head_agreed.Then(this.review_station).Else(this.inspect_school)

    # equipment station
    review_station = Step(
        ReviewForm,
        title="装备站审核",
        role=Role.STATION,
        within="acceptance.review",
        unlike=(*BUILDERS, *FOR_SCHOOL, "sign_head"),
    ).Next(this.station_passed)
    station_passed = If(this.has_station_passed, title="审核通过？")
    station_passed.Then(this.inspect_county).Else(this.inspect_school)

    # county, room by room
    inspect_county = Step(
        CountyInspectionForm,
        title="县级验收",
        role=Role.INSPECTOR,
        within="acceptance.inspect_county",
        unlike=(*BUILDERS, *FOR_SCHOOL, "sign_head"),
    ).Next(this.county_passed)
    county_passed = If(this.nothing_open_at_county, title="县级验收合格？")
    county_passed.Then(this.offer_handover).Else(this.rectify_county)
    rectify_county = Step(
        CountyRectifyForm,
        title="县验整改",
        role=Role.SUPPLIER,
        due=rectification_due(Level.COUNTY),
        detour=True,
    ).Next(this.reinspect_county)
    reinspect_county = Step(
        CountyReinspectionForm,
        title="县级复验",
        role=Role.INSPECTOR,
        within="acceptance.reinspect",
        unlike=(*BUILDERS, *FOR_SCHOOL, "sign_head"),
        detour=True,
    ).Next(this.county_passed)

    # three parties hand over
    offer_handover = Step(
        HandoverForm, title="移交申请", role=Role.SUPPLIER, within="acceptance.handover"
    ).Next(this.signatures)
    signatures = (
        Split()
        .Next(this.hand_over_supplier)
        .Next(this.hand_over_school)
        .Next(this.hand_over_station)
    )
    hand_over_supplier = Step(
        SupplierSignForm,
        title="移交人签字",
        role=Role.SUPPLIER,
        within="acceptance.handover",
        unlike=("hand_over_school", "hand_over_station"),
    ).Next(this.signed)
    hand_over_school = Step(
        SchoolSignForm,
        title="接收人签字",
        role=Role.TECHNICIAN,
        within="acceptance.handover",
        unlike=("hand_over_supplier", "hand_over_station"),
    ).Next(this.signed)
    hand_over_station = Step(
        StationSignForm,
        title="监交人签字",
        role=Role.STATION,
        within="acceptance.handover",
        unlike=("hand_over_supplier", "hand_over_school"),
    ).Next(this.signed)
    signed = Join().Next(this.complete)
    complete = Function(this.complete_handover, title="移交完成").Next(this.end)
    end = End()

    def nothing_open_at_school(self, activation):
        return settled(activation.process.artifact, Level.SCHOOL)

    def issue_school_form(self, activation):
        actions.issue_school_form(project_school=activation.process.artifact)

    def has_head_signed(self, activation):
        return actions.signing.signed_by_head(activation.process.artifact)

    def has_station_passed(self, activation):
        return activation.process.artifact.reviews.latest("reviewed_at", "pk").passed

    def nothing_open_at_county(self, activation):
        return settled(activation.process.artifact, Level.COUNTY)

    def complete_handover(self, activation):
        actions.complete_handover(project_school=activation.process.artifact)
