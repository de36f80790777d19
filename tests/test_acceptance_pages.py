"""The pages of this floor: every step in a browser's own way, the school's page, the two lists."""

import io

import pytest
from acceptance_walk import SchoolWalk, drawn
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from PIL import Image

from acceptance.models import Defect, InstalledItem, PartResult
from documents.models import Attachment, Paper
from documents.trail import thread_of
from procurement.models import ProjectSchool
from registry import clock
from registry.enums import Role
from tests.world import make_contract, make_world

pytestmark = pytest.mark.django_db
LIST, DEFECTS = reverse("acceptance:schools"), reverse("acceptance:rectifications")


def scene(schools=2, rooms=2):
    world = make_world(schools=schools, rooms=rooms)
    make_contract(world)
    return world


def walks(world) -> list[SchoolWalk]:
    return [SchoolWalk(world, school) for school in ProjectSchool.objects.order_by("pk")]


def photo(name="现场.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def fail_two(walk):
    walk.to("inspect_county")
    rooms = walk.school.lines.order_by("pk")
    fail = {(rooms[0].pk, "use"), (rooms[1].pk, "workmanship")}
    form = walk.do("inspect_county", **walk.verdicts("county", fail=fail), signature=drawn())
    assert not form.errors


def test_the_whole_story_on_the_task_pages(client_of):
    world = scene(schools=1)
    (walk,) = walks(world)
    fail_next = True
    done = []
    while walk.open_steps():
        step = walk.open_steps()[0]
        duty = walk.duty(step)
        browser = client_of(walk.person(Role(duty.role)))
        page = browser.get(duty.get_absolute_url())
        assert page.status_code == 200
        assert f"<h1>{duty.title}" in page.content.decode()
        data = walk.data_of(step)
        if step == "inspect_county" and fail_next:
            data = walk.verdicts("county", fail={(walk.school.lines.first().pk, "use")})
            data["signature"], fail_next = drawn(), False
        answer = browser.post(duty.get_absolute_url(), data, follow=True)
        assert answer.redirect_chain, (step, answer.context and answer.context["form"].errors)
        assert f"“{duty.title}”已办结" in answer.content.decode()
        done.append(step)
    assert done[:3] == ["prepare_site", "install", "train"]
    assert "rectify_county" in done and "reinspect_county" in done
    assert walk.process.status == "DONE"
    page = client_of(world.person(Role.HEAD)).get(walk.school.get_absolute_url())
    assert "移交</span>" in page.content.decode()


def test_a_room_is_saved_on_its_own_and_the_next_one_is_first(client_of):
    (walk,) = walks(scene(schools=1, rooms=3))
    walk.to("inspect_county")
    url = walk.duty("inspect_county").get_absolute_url()
    browser = client_of(walk.person(Role.INSPECTOR))
    room = walk.school.lines.order_by("pk").first()
    page = browser.post(url, {"save_only": f"pass-{room.pk}"}, follow=True).content.decode()
    assert "已验 <b>1/3</b> 个班" in page
    assert PartResult.objects.filter(plan_line=room, inspection__level="county").count() == 3
    assert page.index("2年级1班") < page.index("1年级1班"), "what is left comes first"


def test_a_refused_form_keeps_what_was_typed(client_of):
    (walk,) = walks(scene(schools=1))
    url = walk.duty("install").get_absolute_url()
    keys = list(walk.serials())
    data = walk.days() | {keys[0]: "SN-A", keys[1]: "SN-A", "save_only": "1"}
    page = client_of(walk.person(Role.SUPPLIER)).post(url, data).content.decode()
    assert page.count('value="SN-A"') == 2
    assert "在本次填写中重复" in page
    assert not InstalledItem.objects.exists()


def test_a_refused_return_keeps_what_was_typed(client_of):
    (walk,) = walks(scene(schools=1))
    walk.do("install", finish=False, **walk.days(), **walk.serials())
    piece = InstalledItem.objects.first()
    data = walk.days() | {f"new-{piece.pk}": "SN-NEW", "save_only": "1"}
    url = walk.duty("install").get_absolute_url()
    page = client_of(walk.person(Role.SUPPLIER)).post(url, data).content.decode()
    assert "退换须写明原因" in page and 'value="SN-NEW"' in page


def test_a_refused_swap_keeps_the_piece_and_the_serial(client_of):
    (walk,) = walks(scene(schools=1))
    fail_two(walk)
    defect = Defect.objects.first()
    piece = InstalledItem.objects.filter(plan_line=defect.found.plan_line).first()
    taken = InstalledItem.objects.exclude(plan_line=defect.found.plan_line).first().serial
    data = {f"words-{defect.pk}": "换新", f"piece-{defect.pk}": piece.pk}
    data |= {f"serial-{defect.pk}": taken, "save_only": "1"}
    url = walk.duty("rectify_county").get_absolute_url()
    page = client_of(walk.person(Role.SUPPLIER)).post(url, data).content.decode()
    assert f"序列号 {taken} 已登记在" in page
    assert f'<option value="{piece.pk}" selected>' in page and f'value="{taken}"' in page


def test_the_installer_reads_whom_to_call_at_the_school(client_of):
    (walk,) = walks(scene(schools=1))
    browser = client_of(walk.person(Role.SUPPLIER))
    url = walk.duty("install").get_absolute_url()
    assert "还没有填报场地就绪" in browser.get(url).content.decode()
    site = walk.data_of("prepare_site") | {"network": "", "note": "下月接入网络"}
    assert not walk.do("prepare_site", **site).errors
    for page in (browser.get(url), browser.get(walk.school.get_absolute_url())):
        words = page.content.decode()
        assert (
            "tel:13800000000" in words and "网络还没有进教室" in words and "下月接入网络" in words
        )


def test_the_inspector_sees_the_training_and_the_photos(client_of):
    (walk,) = walks(scene(schools=1))
    fail_two(walk)
    defects = Defect.objects.all()
    files = {f"photo-{one.pk}": photo(f"整改{one.pk}.jpg") for one in defects}
    words = {f"words-{one.pk}": "已重做" for one in defects}
    assert not walk.do("rectify_county", files=files, **words).errors
    url = walk.duty("reinspect_county").get_absolute_url()
    page = client_of(walk.person(Role.INSPECTOR)).get(url).content.decode()
    assert all(f"整改{one.pk}.jpg" in page for one in defects)
    assert "应到 12 人，签到 12 人，考核合格 11 人" in page


def test_a_model_that_is_not_the_contracts_is_said_wherever_one_signs(client_of):
    (walk,) = walks(scene(schools=1))
    data = walk.data_of("install")
    key = next(key for key in data if key.startswith("serial-"))
    data[key.replace("serial", "model")] = "另一品牌 X1"
    assert not walk.do("install", **data).errors
    walk.to("inspect_school")
    for step, role in (("inspect_school", Role.TECHNICIAN), ("sign_head", Role.HEAD)):
        walk.to(step)
        page = client_of(walk.person(role)).get(walk.duty(step).get_absolute_url())
        assert "与合同型号不同" in page.content.decode()
    paper = Paper.objects.get(kind="school_acceptance")
    assert "型号、规格、数量与合同一致" not in paper.data["parts"]["equipment"]["note"]
    assert [bool(room["remark"]) for room in paper.data["rooms"]] == [True, False]


def test_who_may_not_do_a_step_is_sent_to_the_school(client_of):
    (walk,) = walks(scene(schools=1))
    url = walk.duty("install").get_absolute_url()
    answer = client_of(walk.person(Role.HEAD)).get(url, follow=True)
    assert answer.redirect_chain[-1][0] == walk.school.get_absolute_url()
    assert "等待示例企业" in answer.content.decode()


def test_the_school_page_says_what_is_asked_now(client_of):
    (walk,) = walks(scene(schools=1))
    walk.to("sign_head")
    url = walk.school.get_absolute_url()
    head = client_of(walk.person(Role.HEAD)).get(url).content.decode()
    assert walk.duty("sign_head").get_absolute_url() in head
    assert "去办理" in head
    office = client_of(walk.person(Role.PROJECT_OFFICE)).get(url).content.decode()
    assert "等待示例1小学校长办理：校长签章" in office
    assert "去办理" not in office
    for words in ("学校验收表", InstalledItem.objects.first().serial, "已到未验", "学校验收第1轮"):
        assert words in office


def queries(browser, url) -> int:
    browser.get(url)  # what is looked up once per process
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert browser.get(url).status_code == 200
    return len(found)


@pytest.mark.parametrize(("url", "role"), [(LIST, Role.PROJECT_OFFICE), (DEFECTS, Role.INSPECTOR)])
def test_a_list_costs_the_same_for_one_school_and_for_three(client_of, url, role):
    costs = []
    for schools, code in ((1, "522631"), (3, "522632")):
        world = make_world(schools=schools, county_code=code)
        contract = make_contract(world)
        for school in contract.project.schools.all():
            fail_two(SchoolWalk(world, school))
        browser = client_of(world.person(role))
        costs.append(queries(browser, url))
        assert browser.get(url).context["count"] >= schools
    assert costs[0] == costs[1] <= 12


def test_the_school_page_costs_the_same_for_two_rooms_and_for_five(client_of):
    costs = []
    for rooms, code in ((2, "522631"), (5, "522632")):
        world = make_world(schools=1, rooms=rooms, county_code=code)
        contract = make_contract(world)
        walk = SchoolWalk(world, contract.project.schools.get())
        fail_two(walk)
        browser = client_of(world.person(Role.PROJECT_OFFICE))
        costs.append(queries(browser, walk.school.get_absolute_url()))
    assert costs[0] == costs[1]


def test_the_list_filters_counts_and_exports(client_of):
    world = scene(schools=3)
    first, second, third = walks(world)
    first.to_the_end()
    fail_two(second)
    browser = client_of(world.person(Role.PROJECT_OFFICE))

    def shown(**query):
        page = browser.get(LIST, query)
        return {record.pk for record in page.context["table"].data}, page.context["count"]

    assert shown() == ({w.school.pk for w in (first, second, third)}, 3)
    assert shown(state="done") == ({first.school.pk}, 1)
    assert shown(state="rectify_county") == ({second.school.pk}, 1)
    assert shown(state="install") == ({third.school.pk}, 1)
    assert shown(state="waiting") == (set(), 0)
    assert shown(q="示例3") == ({third.school.pk}, 1)

    sheet = load_workbook(
        io.BytesIO(b"".join(browser.get(LIST, {"export": "xlsx"}).streaming_content))
    )
    rows = list(sheet.active.values)
    assert rows[0][:7] == ("学校", "乡镇", "项目", "班数", "已到货", "合格", "待整改")
    assert rows[-1][3:7] == (6, 4, 2, 2)
    assert {row[7] for row in rows[1:-1]} == {"已移交", "县验整改", "场地准备、到货安装"}


def test_a_school_sees_itself_and_a_supplier_its_own(client_of):
    world = scene(schools=3)
    walks(world)
    mine = client_of(world.person(Role.HEAD, world.schools[1])).get(LIST)
    assert [r.school for r in mine.context["table"].data] == [world.schools[1]]
    assert client_of(world.person(Role.SUPPLIER)).get(LIST).context["count"] == 3
    other = client_of(world.person(Role.SUPPLIER, world.suppliers[1])).get(LIST)
    assert other.context["count"] == 0


def test_rectifications_turn_red_when_late(client_of):
    world = scene()
    walk = walks(world)[0]
    fail_two(walk)
    browser = client_of(world.person(Role.SUPPLIER))
    assert browser.get(DEFECTS).content.decode().count("state-late") == 0
    Defect.objects.filter(found__part="use").update(due_on=clock.today().replace(year=2025))
    page = browser.get(DEFECTS, {"state": "overdue"})
    assert page.context["count"] == 1
    assert "state-late" in page.content.decode()
    assert "应用和管理" in page.content.decode()
    stranger = client_of(world.person(Role.SUPPLIER, world.suppliers[1]))
    assert stranger.get(DEFECTS).context["count"] == 0


def test_photos_hang_on_rooms_and_defects(client_of):
    world = scene()
    walk = walks(world)[0]
    fail_two(walk)
    room, defect = walk.school.lines.first(), Defect.objects.first()
    url = reverse("acceptance:photo", args=[walk.school.pk])
    browser = client_of(world.person(Role.TECHNICIAN))
    answer = browser.post(url, {"line": room.pk, "file": photo()}, follow=True).content.decode()
    assert f"已保存到{room}" in answer
    saved = walk.do(
        "rectify_county", finish=False, files={f"photo-{defect.pk}": photo("整改.jpg")}, note="1"
    )
    assert not saved.errors
    threads = set(Attachment.objects.values_list("thread", flat=True))
    assert threads == {thread_of(room), thread_of(defect)}
    page = browser.get(walk.school.get_absolute_url()).content.decode()
    assert "现场.jpg" in page and "整改.jpg" in page


def test_a_wrong_file_gets_a_sentence(client_of):
    world = scene()
    walk = walks(world)[0]
    url = reverse("acceptance:photo", args=[walk.school.pk])
    browser = client_of(world.person(Role.TECHNICIAN))
    upload = SimpleUploadedFile("清单.exe", b"MZ" + bytes(100))
    assert "不是可接收的类型" in browser.post(url, {"file": upload}, follow=True).content.decode()
    assert "请先选择照片或文件" in browser.post(url, {}, follow=True).content.decode()
    assert not Attachment.objects.exists()


def test_an_auditor_reads_and_does_not_upload(client_of):
    world = scene()
    walk = walks(world)[0]
    browser = client_of(world.person(Role.AUDITOR))
    assert browser.get(walk.school.get_absolute_url()).status_code == 200
    url = reverse("acceptance:photo", args=[walk.school.pk])
    assert browser.post(url, {"file": photo()}).status_code == 404


def test_the_serial_template_is_the_suppliers(client_of):
    world = scene()
    walk = walks(world)[0]
    url = reverse("acceptance:serials", args=[walk.school.pk])
    answer = client_of(world.person(Role.SUPPLIER)).get(url)
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet.max_row == 1 + 2 * 3
    assert sheet["B2"].value == "1年级1班"
    assert client_of(world.person(Role.HEAD)).get(url).status_code == 404
