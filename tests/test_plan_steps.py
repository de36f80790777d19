"""编制方案 and 领导小组审批: who may, what is needed, what is written, and what two at once leave."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from banbantong.flows import ProjectFlow
from documents.models import Dossier, Paper
from procurement.actions.plan import decide, submit_plan
from procurement.enums import ImportMode
from procurement.models import Approval, PlanImport, PlanLine
from procurement.resources import import_plan
from registry import clock
from registry.enums import Role
from registry.models import Post
from tests.sheets import line, xlsx
from tests.world import make_project, make_user, make_world
from workflow.actions import AlreadyDone, carry_out
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=2, rooms=2)


@pytest.fixture
def project(world):
    """A year's task of four rooms, at the step 编制方案."""
    project = make_project(world, lines=False)
    ProjectFlow.start.run(subject=project, user=world.person(Role.PROJECT_OFFICE))
    return project


def duty_of(project) -> Duty:
    process = ProjectFlow.process_of(project)
    return Duty.objects.open().get(process=process)


def act(project, user, *, upload: bytes | None = None, finish=True, **data):
    files = {"upload": SimpleUploadedFile("附表1.xlsx", upload)} if upload else None
    return carry_out(
        duty=duty_of(project), user=user, data=data, files=files, address="127.0.0.1", finish=finish
    )


def full_list(world) -> bytes:
    """Four rooms: the year's task."""
    return xlsx([line(school, "七年级", 2) for school in world.schools])


def submitted(world, project):
    office = world.person(Role.PROJECT_OFFICE)
    assert not act(project, office, upload=full_list(world), mode="replace").errors
    assert not act(project, office).errors
    project.refresh_from_db()


def plan_paper() -> Paper:
    return Paper.objects.filter(kind="plan").latest("version")


# --- 编制方案 -------------------------------------------------------------------------------
def test_a_file_is_taken_over_and_the_step_stays_open(world, project):
    form = act(project, world.person(Role.PROJECT_OFFICE), upload=full_list(world), mode="replace")
    assert not form.errors
    assert duty_of(project).step == "plan"
    assert PlanLine.objects.count() == 4
    assert not Paper.objects.exists()


def test_a_bad_file_leaves_its_marked_copy_and_nothing_else(world, project):
    bad = xlsx([line(world.school, "七年级", 2), line(world.school, code="1")])
    form = act(project, world.person(Role.PROJECT_OFFICE), upload=bad, mode="append")
    assert form.errors["upload"] == [
        "“附表1.xlsx”有 1 行有问题，一行也没有导入。请下载标注了问题的文件，照“问题”列改好后重新上传。"
    ]
    assert PlanImport.objects.get().outcome == "1 行有问题，未导入"
    assert PlanImport.objects.get().file
    assert not PlanLine.objects.exists()
    assert duty_of(project).step == "plan"


def test_a_file_that_cannot_be_read_is_told_on_the_form(world, project):
    form = act(project, world.person(Role.PROJECT_OFFICE), upload=b"%PDF-1.7", mode="replace")
    assert "不是 Excel 工作簿" in str(form.errors)
    assert not PlanImport.objects.exists()


def test_keeping_without_a_file_asks_for_it(world, project):
    form = act(project, world.person(Role.PROJECT_OFFICE), finish=False)
    assert form.errors["upload"] == ["请选择要导入的文件。"]


def test_an_empty_list_cannot_be_submitted(world, project):
    form = act(project, world.person(Role.PROJECT_OFFICE), deviate="on", deviation="先报")
    assert "清单里还没有班级" in str(form.errors)
    assert duty_of(project).step == "plan"


def test_another_number_than_the_task_needs_the_tick_and_a_reason(world, project):
    office = world.person(Role.PROJECT_OFFICE)
    act(project, office, upload=xlsx([line(world.school, "七年级", 3)]), mode="replace")
    assert "清单共 3 个班，年度任务是 4 个班，相差 1 个" in str(act(project, office).errors)
    form = act(project, office, deviate="on", deviation=" ")
    assert form.errors["deviation"] == ["勾选“仍提交”时请写明不符的原因。"]
    assert not act(project, office, deviate="on", deviation="一校撤并").errors
    project.refresh_from_db()
    assert project.deviation == "一校撤并"
    assert "班数与年度任务（4个班）不符的原因：一校撤并" in plan_paper().data["basis"]


def test_submitting_freezes_and_signs_the_plan(world, project):
    submitted(world, project)
    paper = plan_paper()
    assert paper.data["total"] == {"schools": 2, "total": 4, "classrooms": 4}
    assert [part["amount"] for part in paper.data["funding"]] == [
        "366160.00",
        "91540.00",
        "183080.00",
        "274620.00",
    ]
    assert [s.role for s in paper.signatures.all()] == ["项目办"]
    assert paper.intact
    assert duty_of(project).step == "approve"
    assert project.planned_by == world.person(Role.PROJECT_OFFICE)


def test_submitting_twice_is_told_and_done_once(world, project):
    office = world.person(Role.PROJECT_OFFICE)
    act(project, office, upload=full_list(world), mode="replace")
    duty = duty_of(project)
    carry_out(duty=duty, user=office, data={})
    with pytest.raises(AlreadyDone, match="这次提交没有重复写入"):
        carry_out(duty=duty, user=office, data={})
    assert Paper.objects.count() == 1


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.PROJECT_OFFICE])
def test_nobody_else_plans(world, project, role):
    with pytest.raises(PermissionDenied):
        act(project, world.person(role), upload=full_list(world), mode="replace")
    assert not PlanLine.objects.exists()


# --- 领导小组审批 ---------------------------------------------------------------------------
def test_approval_signs_the_same_paper_and_lets_the_schools_see_the_project(world, project):
    submitted(world, project)
    head = world.person(Role.HEAD)
    assert project not in type(project).objects.visible_to(head)
    assert not act(project, world.person(Role.LEADING_GROUP), decision="pass").errors
    paper = plan_paper()
    assert paper.version == 1
    assert [s.role for s in paper.signatures.all()] == ["项目办", "领导小组组长"]
    project = type(project).objects.get(pk=project.pk)
    assert project.approved
    assert project in type(project).objects.visible_to(head)
    assert project.dossier in Dossier.objects.visible_to(head)
    assert project.counts() == {"schools": 2, "classrooms": 4}


def test_return_opens_the_plan_again_with_the_reason(world, project):
    submitted(world, project)
    group, office = world.person(Role.LEADING_GROUP), world.person(Role.PROJECT_OFFICE)
    assert act(project, group, decision="return").errors["opinion"] == ["退回修改时请写明原因。"]
    act(project, group, decision="return", opinion="示例2小学应列三个班")
    duty = duty_of(project)
    assert (duty.step, duty.reason) == ("plan", "示例2小学应列三个班")
    assert Approval.objects.get().opinion == "示例2小学应列三个班"
    changed = xlsx([line(world.school, "七年级", 1), line(world.schools[1], "七年级", 3)])
    act(project, office, upload=changed, mode="replace")
    act(project, office)
    assert plan_paper().version == 2
    assert not act(project, group, decision="pass").errors
    assert [a.approved for a in Approval.objects.order_by("pk")] == [False, True]
    assert plan_paper().signatures.count() == 2


def test_a_plan_sent_again_unchanged_is_the_same_paper(world, project):
    submitted(world, project)
    act(project, world.person(Role.LEADING_GROUP), decision="return", opinion="请补说明")
    assert not act(project, world.person(Role.PROJECT_OFFICE)).errors
    assert not act(project, world.person(Role.LEADING_GROUP), decision="pass").errors
    assert Paper.objects.get().signatures.count() == 2


def both(world):
    """A person who holds both posts."""
    person = make_user("示例兼任", Role.PROJECT_OFFICE, world.county)
    Post.objects.create_for(
        person, Role.LEADING_GROUP, world.county, valid_from=dt.date(2020, 1, 1)
    )
    return person


def test_whoever_submitted_does_not_approve(world, project):
    person = both(world)
    act(project, person, upload=full_list(world), mode="replace")
    act(project, person)
    with pytest.raises(PermissionDenied, match="不相容岗位分离"):
        act(project, person, decision="pass")
    with pytest.raises(ValidationError, match="您参与编制了这份方案的清单"):
        decide(project=project, user=person, approved=True)
    assert not Approval.objects.exists()


def test_whoever_entered_part_of_the_list_does_not_approve(world, project):
    person = both(world)
    act(project, person, upload=full_list(world), mode="replace")
    act(project, world.person(Role.PROJECT_OFFICE))
    form = act(project, person, decision="pass")
    assert "您参与编制了这份方案的清单，审批须由他人办理。" in str(form.errors)
    assert duty_of(project).step == "approve"


def test_the_database_refuses_a_planner_who_approves(world, project):
    person = world.person(Role.PROJECT_OFFICE)
    with pytest.raises(IntegrityError, match="planner_does_not_approve"), transaction.atomic():
        Approval.objects.create(
            project=project,
            planned_by=person,
            decided_by=person,
            decided_at=clock.now(),
            approved=True,
        )


def test_nothing_to_decide_before_submission_and_nothing_after(world, project):
    group, office = world.person(Role.LEADING_GROUP), world.person(Role.PROJECT_OFFICE)
    with pytest.raises(ValidationError, match="方案还没有提交"):
        decide(project=project, user=group, approved=True)
    submitted(world, project)
    decide(project=project, user=group, approved=True)
    with pytest.raises(ValidationError, match="该方案已经批准"):
        decide(project=project, user=group, approved=True)
    with pytest.raises(ValidationError, match="要减少班级请办理变更单"):
        submit_plan(project=project, user=office)


# --- two at once ----------------------------------------------------------------------------
def at_once(*acts) -> list:
    """Run ``acts`` in threads that start together; what each returned or raised."""
    gate, results = threading.Barrier(len(acts)), []

    def run(one):
        gate.wait()
        try:
            results.append(one())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", ImportMode.values)
def test_one_file_sent_twice_at_once_goes_in_once(mode):
    world = make_world(schools=2, rooms=1)
    project, content = make_project(world, lines=False), full_list(world)

    def send():
        return import_plan(
            project=project,
            user=world.person(Role.PROJECT_OFFICE),
            name="附表1.xlsx",
            content=content,
            mode=mode,
        )

    first, second = at_once(send, send)
    assert first == second
    assert PlanImport.objects.get().added == PlanLine.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_projects_cannot_take_the_same_room_at_once():
    world = make_world(schools=2, rooms=1)
    projects = [make_project(world, lines=False, name=f"示例项目{n}") for n in (1, 2)]
    contents = [full_list(world), xlsx([line(world.school, "七年级", 2)])]

    def send(n):
        return lambda: import_plan(
            project=projects[n],
            user=world.person(Role.PROJECT_OFFICE),
            name="附表1.xlsx",
            content=contents[n],
            mode="replace",
        )

    done = at_once(send(0), send(1))
    assert sorted(bool(one.errors) for one in done) == [False, True]
    rooms = PlanLine.objects.values_list("classroom", flat=True)
    assert len(rooms) == len(set(rooms))
