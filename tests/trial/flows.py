"""Small flows with every kind of node: a way back, branches that join, waits, four eyes."""

from django.dispatch import receiver
from viewflow import this
from viewflow.workflow.signals import flow_finished

from registry.enums import Role
from tests.trial.forms import AgreeForm, CheckForm, WriteForm
from workflow.flows import Flow
from workflow.nodes import End, Function, If, Join, Split, Start, Step, Wait, wake_soon


class ErrandFlow(Flow):
    """示例事项流程

    填写 → 审核 → (学校确认 ∥ 供应商确认) → 等待到货 → 归档
    """

    start = Start("登记", Role.PROJECT_OFFICE).Next(this.write)

    write = Step(WriteForm, title="填写", role=Role.TECHNICIAN, within="term.plan").Next(this.check)
    check = Step(
        CheckForm, title="审核", role=Role.STATION, due=this.no_day, unlike=("start", "write")
    ).Next(this.sound)
    sound = If(this.is_sound, title="合格？").Then(this.branch).Else(this.write)

    branch = Split().Next(this.school).Next(this.supplier)
    school = Step(AgreeForm, title="学校确认", role=Role.HEAD).Next(this.meet)
    supplier = Step(AgreeForm, title="供应商确认", role=Role.SUPPLIER).Next(this.meet)
    meet = Join().Next(this.arrival)

    arrival = Wait(this.has_arrived, title="等待到货").Next(this.file)
    file = Function(this.put_on_file, title="归档").Next(this.end)
    end = End()

    def no_day(self, subject):
        return None

    def is_sound(self, activation):
        return activation.process.artifact.sound

    def has_arrived(self, activation):
        return activation.process.artifact.arrived

    def put_on_file(self, activation):
        errand = activation.process.artifact
        errand.notes.append("归档")
        errand.save(update_fields=["notes"])
        if errand.broken:
            secret = "身份证号"  # noqa: F841 must never reach a stored traceback
            raise RuntimeError("归档失败")


class ChildFlow(Flow):
    """示例子流程"""

    start = Start("开始").Next(this.do)
    do = Step(AgreeForm, title="办理", role=Role.HEAD).Next(this.end)
    end = End()


class ParentFlow(Flow):
    """示例主流程"""

    start = Start("开始", Role.PROJECT_OFFICE).Next(this.open)
    open = Function(this.start_children, title="启动各校").Next(this.children)
    children = Wait(this.all_done, title="各校办理").Next(this.count)
    count = Function(this.count_up, title="计数").Next(this.end)
    end = End()

    def start_children(self, activation):
        for child in activation.process.artifact.children.order_by("pk"):
            ChildFlow.start.run(subject=child)

    def all_done(self, activation):
        children = activation.process.artifact.children.all()
        return not ChildFlow.processes(*children).filter(finished=None).exists()

    def count_up(self, activation):
        errand = activation.process.artifact
        errand.notes.append("齐")
        errand.save(update_fields=["notes"])


@receiver(flow_finished, sender=ChildFlow)
def a_child_ended(sender, process, **kwargs):
    wake_soon(ParentFlow.process_of(process.artifact.parent))
