"""One process twice: write → check (sent back once) → left ∥ right → sum up → sign."""

from viewflow import this
from viewflow.workflow import flow, lock

from registry.enums import Role
from tests.trial.forms import AgreeForm, CheckForm
from workflow.flows import Flow
from workflow.nodes import End, If, Join, Split, Start, Step


class StockFlow(flow.Flow):
    """Stock viewflow with its row lock, nothing of ours."""

    lock_impl = lock.select_for_update_lock

    start = flow.StartHandle().Next(this.write)
    write = flow.View(None).Next(this.check)
    check = flow.View(None).Next(this.sound)
    sound = flow.If(lambda act: act.process.data.get("sound")).Then(this.fork).Else(this.write)
    fork = flow.Split().Next(this.left).Next(this.right)
    left = flow.View(None).Next(this.meet)
    right = flow.View(None).Next(this.meet)
    meet = flow.Join().Next(this.total)
    total = flow.View(None).Next(this.sign)
    sign = flow.View(None).Next(this.end)
    end = flow.End()


def _step(title: str, form=AgreeForm) -> Step:
    return Step(form, title=title, role=Role.STATION, within="term.plan")


class OurFlow(Flow):
    """The same with forms, roles, duties, deadlines and the trail."""

    start = Start("开始", Role.STATION).Next(this.write)
    write = _step("填写").Next(this.check)
    check = _step("审核", CheckForm).Next(this.sound)
    sound = If(lambda act: act.process.artifact.sound, title="合格？").Then(this.fork)
    sound.Else(this.write)
    fork = Split().Next(this.left).Next(this.right)
    left = _step("左").Next(this.meet)
    right = _step("右").Next(this.meet)
    meet = Join().Next(this.total)
    total = _step("汇总").Next(this.sign)
    sign = _step("签发").Next(this.end)
    end = End()
