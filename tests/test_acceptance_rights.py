"""Who may do what at a school, said by the action in words and by the database itself."""

import pytest
from acceptance_walk import SchoolWalk, drawn
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from acceptance.actions import Judgement, judge
from acceptance.enums import Level
from acceptance.models import Inspection, InstalledItem, PartResult, RoomPass
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from registry.models import Post
from tests.world import DAY, make_contract, make_user, make_world
from workflow.models import Duty

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = make_world()
    make_contract(world)
    return world


@pytest.fixture
def walk(world):
    return SchoolWalk(world)


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.INSPECTOR, Role.ADMINISTRATOR)])
def test_only_an_inspector_inspects_for_the_county(walk, role):
    walk.to("inspect_county")
    with pytest.raises(PermissionDenied):
        walk.do("inspect_county", user=walk.world.person(role))
    assert not Inspection.objects.filter(level=Level.COUNTY).exists()


def test_another_schools_technician_does_not_prepare_this_site(world, walk):
    other = world.person(Role.TECHNICIAN, world.schools[1])
    with pytest.raises(PermissionDenied):
        walk.do("prepare_site", user=other)


def test_who_installed_a_single_piece_does_not_inspect(world, walk):
    """Not only who finished the step: whoever saved a serial number."""
    both = make_user("示例两岗", Role.SUPPLIER, world.supplier)
    Post.objects.create_for(both, Role.INSPECTOR, world.county, valid_from=DAY)
    key, serial = next(iter(walk.serials().items()))
    assert not walk.do("install", user=both, finish=False, **walk.days(), **{key: serial}).errors
    walk.to("inspect_county")
    form = walk.do("inspect_county", user=both)
    assert "安装与验收岗位分离" in str(form.errors)
    assert not RoomPass.objects.exists()


def test_who_inspected_for_the_school_does_not_inspect_for_the_county(world, walk):
    both = make_user("示例两岗", Role.TECHNICIAN, world.school)
    Post.objects.create_for(both, Role.INSPECTOR, world.county, valid_from=DAY)
    walk.to("inspect_school")
    room = walk.school.lines.first().pk
    saved = walk.do(
        "inspect_school", user=both, finish=False, **{f"verdict-{room}-training": "pass"}
    )
    assert not saved.errors
    walk.to("inspect_county")
    assert "县级验收须由他人" in str(walk.do("inspect_county", user=both).errors)


def test_who_finished_the_installation_is_turned_away_at_the_door(world, walk):
    both = walk.person(Role.SUPPLIER)
    Post.objects.create_for(both, Role.INSPECTOR, world.county, valid_from=DAY)
    walk.to("inspect_county")
    del both.reach
    with pytest.raises(PermissionDenied, match="不相容岗位"):
        walk.do("inspect_county", user=both)


def test_an_inspector_cannot_become_an_installer(walk):
    walk.to("inspect_school")
    room = walk.school.lines.first()
    walk.do("inspect_school", finish=False, **{f"verdict-{room.pk}-training": "pass"})
    from acceptance.actions import install

    with pytest.raises(ValidationError, match="参加过本校的验收"):
        install(
            project_school=walk.school,
            user=walk.person(Role.TECHNICIAN),
            pieces=[],
            delivered_on=clock.today(),
            installed_on=clock.today(),
        )


# --- the same, said by the database ---------------------------------------------------------
def refused(write) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        write()
    return str(error.value)


def test_the_database_keeps_installer_and_inspector_apart(walk):
    walk.to("inspect_school")
    inspection = Inspection.objects.create(
        project_school=walk.school, level=Level.SCHOOL, round=1, opened_at=clock.now()
    )
    result = PartResult(
        inspection=inspection,
        plan_line=walk.school.lines.first(),
        part="training",
        verdict="pass",
        decided_by=walk.person(Role.SUPPLIER),
        decided_at=clock.now(),
    )
    assert "installer_does_not_inspect" in refused(result.save)
    result.decided_by = walk.person(Role.TECHNICIAN)
    result.save()
    piece = InstalledItem.objects.first()
    piece.pk, piece.serial, piece.position = None, "NEW", 9
    piece.installed_by = walk.person(Role.TECHNICIAN)
    assert "inspector_does_not_install" in refused(piece.save)


def test_the_database_freezes_a_finished_round(walk):
    walk.to("sign_head")
    inspection = Inspection.objects.get()
    result = inspection.results.first()
    assert "result_frozen" in refused(lambda: PartResult.objects.update(verdict="fail", remark="x"))
    assert "result_frozen" in refused(lambda: result.delete())
    assert "inspection_frozen" in refused(lambda: Inspection.objects.update(conclusion="改"))
    assert "inspection_frozen" in refused(lambda: Inspection.objects.all()._raw_delete("default"))
    late = PartResult(
        inspection=inspection,
        plan_line=result.plan_line,
        part="use",
        verdict="pass",
        decided_by=result.decided_by,
        decided_at=clock.now(),
    )
    assert "result_frozen" in refused(late.save)


def test_an_open_round_may_be_corrected(walk):
    walk.to("inspect_school")
    key = f"{walk.school.lines.first().pk}-equipment"
    fail = {f"verdict-{key}": "fail", f"remark-{key}": "黑屏"}
    assert not walk.do("inspect_school", finish=False, **fail).errors
    seen = {f"seen-{key}": "fail:黑屏", f"verdict-{key}": "pass"}
    assert not walk.do("inspect_school", finish=False, **seen).errors
    assert PartResult.objects.get().verdict == "pass"


def test_the_database_passes_no_room_without_the_county(walk):
    walk.to("sign_head")
    row = RoomPass(
        plan_line=walk.school.lines.first(),
        inspection=Inspection.objects.get(),
        passed_on=clock.today(),
    )
    assert "pass_needs_county" in refused(row.save)


def test_a_pass_a_review_and_a_handover_signature_stay(walk):
    walk.to_the_end()
    from acceptance.models import HandoverSignature, StationReview

    for model in (RoomPass, StationReview, HandoverSignature):
        assert "append only" in refused(
            lambda model=model: model.objects.all()._raw_delete("default")
        )


# --- the order of things, also without the flow ----------------------------------------------
def test_the_county_waits_for_the_school(walk):
    walk.to("inspect_school")
    room = walk.school.lines.first()
    with pytest.raises(ValidationError, match="学校验收还没有合格"):
        judge(
            project_school=walk.school,
            level=Level.COUNTY,
            user=walk.world.person(Role.INSPECTOR),
            judgements=[Judgement(room.pk, "use", "pass")],
        )


def test_a_room_that_is_not_complete_is_not_judged(walk):
    room = walk.school.lines.first()
    with pytest.raises(ValidationError, match="还没有装齐"):
        judge(
            project_school=walk.school,
            level=Level.SCHOOL,
            user=walk.person(Role.TECHNICIAN),
            judgements=[Judgement(room.pk, "equipment", "pass")],
        )


def test_failing_needs_words(walk):
    walk.to("inspect_county")
    key = f"{walk.school.lines.first().pk}-use"
    form = walk.do("inspect_county", finish=False, **{f"verdict-{key}": "fail"})
    assert "须写明问题" in str(form.errors)
    assert not PartResult.objects.filter(part="use").exists()


def test_a_round_is_finished_only_when_every_room_has_its_verdicts(walk):
    walk.to("inspect_county")
    key = f"{walk.school.lines.first().pk}-use"
    form = walk.do("inspect_county", **{f"verdict-{key}": "pass", "signature": drawn()})
    assert "没有验完：1年级1班、2年级1班" in str(form.errors)
    assert not PartResult.objects.filter(part="use").exists(), "nothing is half written"


def test_the_county_signs_its_round(walk):
    walk.to("inspect_county")
    form = walk.do("inspect_county", **walk.verdicts(Level.COUNTY))
    assert "signature" in form.errors
    assert not RoomPass.objects.exists()


def test_a_room_of_another_school_is_not_judged_here(world, walk):
    walk.to("inspect_county")
    strange = ProjectSchool.objects.order_by("pk").last().lines.first()
    with pytest.raises(ValidationError, match="不在本轮"):
        judge(
            project_school=walk.school,
            level=Level.COUNTY,
            user=world.person(Role.INSPECTOR),
            judgements=[Judgement(strange.pk, "use", "pass")],
        )


# --- two inspectors at once --------------------------------------------------------------------
def test_two_inspectors_in_two_rooms(world, walk):
    walk.to("inspect_county")
    one, two = walk.school.lines.order_by("pk").values_list("pk", flat=True)
    second = make_user("示例验收员乙", Role.INSPECTOR, world.county)
    blank = {
        f"seen-{room}-{part}": ""
        for room in (one, two)
        for part in ("workmanship", "training", "use")
    }
    assert not walk.do("inspect_county", finish=False, **blank, save_only=f"pass-{one}").errors
    form = walk.do("inspect_county", user=second, finish=False, **blank, save_only=f"pass-{two}")
    assert not form.errors
    deciders = PartResult.objects.filter(inspection__level="county").values_list(
        "plan_line", "decided_by"
    )
    assert set(deciders) == {(one, world.person(Role.INSPECTOR).pk), (two, second.pk)}


def test_two_inspectors_in_one_room_are_told(world, walk):
    walk.to("inspect_county")
    room = walk.school.lines.first().pk
    second = make_user("示例验收员乙", Role.INSPECTOR, world.county)
    use = f"{room}-use"
    walk.do("inspect_county", finish=False, **{f"seen-{use}": "", f"verdict-{use}": "pass"})
    late = {f"seen-{use}": "", f"verdict-{use}": "fail", f"remark-{use}": "无登记"}
    form = walk.do("inspect_county", user=second, finish=False, **late)
    assert "刚由县级验收组示例县31登记为“合格”" in str(form.errors)
    assert PartResult.objects.get(part="use").verdict == "pass"


def test_a_stranger_finds_nothing(world, client_of):
    """Another county's, another supplier's and another school's people get 404."""
    far = make_world(schools=1, county_code="522632")
    walk = SchoolWalk(world)
    doors = [walk.school.get_absolute_url(), walk.duty("install").get_absolute_url()]
    strangers = [
        far.person(Role.PROJECT_OFFICE),
        far.person(Role.INSPECTOR),
        world.person(Role.TECHNICIAN, world.schools[1]),
        world.person(Role.HEAD, world.schools[1]),
        world.person(Role.SUPPLIER, world.suppliers[1]),
    ]
    for stranger in strangers:
        browser = client_of(stranger)
        for door in doors:
            assert browser.get(door).status_code == 404, (stranger, door)
            assert browser.post(door, {"x": "1"}).status_code in (404, 405), (stranger, door)
    assert Duty.objects.open().filter(process=walk.process).count() == 2
