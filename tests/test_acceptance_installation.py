"""到货安装: partial deliveries, serial numbers, pieces taken back, and the Excel way."""

import base64
import io

import pytest
from acceptance_walk import SchoolWalk
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from acceptance.models import Delivery, InstalledItem
from acceptance.resources import PROBLEM, SERIAL, template
from acceptance.rooms import tally
from procurement.models import ContractItem, ProjectSchool
from tests.world import make_contract, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = make_world()
    make_contract(world)
    return world


@pytest.fixture
def walk(world):
    return SchoolWalk(world)


def rooms(walk) -> list[int]:
    return list(walk.school.lines.order_by("pk").values_list("pk", flat=True))


def install(walk, data, *, finish=False, files=None):
    return walk.do("install", finish=finish, files=files, **(walk.days() | data))


def test_a_part_may_come_first_and_the_step_stays_open(walk):
    one, _ = rooms(walk)
    assert not install(walk, walk.serials([one])).errors
    count = tally(walk.school)
    assert (count.arrived, count.not_arrived) == (1, 1)
    assert "没有装齐：2年级1班（0/3件）" in str(install(walk, {"note": ""}, finish=True).errors)
    assert "install" in walk.open_steps()
    assert not install(walk, walk.serials(), finish=True).errors
    assert walk.open_steps() == ["prepare_site"]


def test_a_room_with_two_of_three_pieces_has_not_arrived(walk):
    data = dict(list(walk.serials(rooms(walk)[:1]).items())[:2])
    install(walk, data)
    assert tally(walk.school).arrived == 0


def test_one_day_is_one_batch(walk):
    one, two = rooms(walk)
    install(walk, walk.serials([one]))
    install(walk, walk.serials([two]))
    assert [(d.number, d.items.count()) for d in Delivery.objects.all()] == [(1, 6)]


def test_more_than_one_of_an_item(walk):
    item = ContractItem.objects.order_by("number").first()
    item.per_set = 2
    item.save()
    data = walk.serials()
    assert len(data) == 8
    assert not install(walk, data, finish=True).errors
    assert tally(walk.school).arrived == 2


@pytest.mark.parametrize("written", ["sn 0001", "Sn0001", " SN0001 ", "ＳＮ0001"])
def test_a_serial_stands_once_however_it_is_written(walk, written):
    one, two = walk.serials(), None
    keys = list(one)
    install(walk, {keys[0]: "SN0001"})
    form = install(walk, {keys[1]: written})
    assert "序列号 SN0001 已登记在示例1小学1年级1班" in str(form.errors)
    assert InstalledItem.objects.count() == 1
    assert two is None


def test_a_serial_twice_in_one_form(walk):
    keys = list(walk.serials())
    form = install(walk, {keys[0]: "AB-1", keys[1]: "ab-1"})
    assert "在本次填写中重复" in str(form.errors)
    assert not InstalledItem.objects.exists()


def test_a_serial_of_another_school(world, walk):
    other = SchoolWalk(world, ProjectSchool.objects.order_by("pk").last())
    install(other, {next(iter(other.serials())): "SN-9"})
    form = install(walk, {next(iter(walk.serials())): "SN-9"})
    assert "已登记在示例2小学" in str(form.errors)


def test_what_belongs_to_another_school_is_refused(world, walk):
    other = SchoolWalk(world, ProjectSchool.objects.order_by("pk").last())
    install(walk, other.serials())
    assert not InstalledItem.objects.exists()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({"delivered_on": "2026-04-01", "installed_on": "2026-05-01"}, "合同签订日期"),
        ({"delivered_on": "2026-05-02", "installed_on": "2026-05-01"}, "不能早于到货日期"),
        ({"delivered_on": "2026-05-02", "installed_on": "2199-05-01"}, "不能晚于今天"),
    ],
)
def test_days_in_order(walk, days, words):
    assert words in str(walk.do("install", finish=False, **(walk.serials() | days)).errors)
    assert not InstalledItem.objects.exists()


def test_a_piece_is_swapped_and_the_old_row_stays(walk):
    install(walk, walk.serials())
    piece = InstalledItem.objects.first()
    assert "须写明原因" in str(install(walk, {f"new-{piece.pk}": "NEW-1"}).errors)
    form = install(walk, {f"return-{piece.pk}": "屏幕有亮点", f"new-{piece.pk}": "new-1"})
    assert not form.errors
    piece.refresh_from_db()
    assert piece.return_reason == "屏幕有亮点"
    assert InstalledItem.objects.present().get(serial="NEW-1").position == piece.position
    assert tally(walk.school).arrived == 2


def test_a_piece_that_went_back_leaves_its_room_incomplete(walk):
    install(walk, walk.serials())
    piece = InstalledItem.objects.first()
    install(walk, {f"return-{piece.pk}": "错发"})
    assert (tally(walk.school).arrived, tally(walk.school).not_arrived) == (1, 1)
    assert "没有装齐" in str(install(walk, {"note": ""}, finish=True).errors)
    back = dict.fromkeys(walk.serials(), piece.serial)
    assert not install(walk, back, finish=True).errors, "the same serial may come back"


def test_a_passed_room_keeps_its_pieces(walk):
    from django.core.exceptions import ValidationError

    from acceptance.actions import take_back

    walk.to("offer_handover")
    piece = InstalledItem.objects.first()
    with pytest.raises(ValidationError, match="请走报修"):
        take_back(piece=piece, user=piece.installed_by, reason="想换")


# --- by Excel -------------------------------------------------------------------------------
def filled(walk, change=None) -> SimpleUploadedFile:
    """The template with a serial in every row; ``change(sheet)`` spoils it."""
    book = load_workbook(io.BytesIO(template(walk.school)))
    sheet = book.active
    for number in range(2, sheet.max_row + 1):
        sheet.cell(number, SERIAL + 1, f"XL-{number}")
    if change:
        change(sheet)
    out = io.BytesIO()
    book.save(out)
    return SimpleUploadedFile("序列号.xlsx", out.getvalue())


def test_the_template_comes_back_filled(walk):
    form = install(walk, {"note": ""}, finish=True, files={"sheet": filled(walk)})
    assert not form.errors
    assert InstalledItem.objects.count() == 6
    again = load_workbook(io.BytesIO(template(walk.school))).active
    assert again.cell(2, SERIAL + 1).value == "XL-2"


def test_an_unchanged_template_may_be_sent_again(walk):
    install(walk, {"note": ""}, files={"sheet": filled(walk)})
    assert not install(walk, {"note": ""}, files={"sheet": filled(walk)}).errors
    assert InstalledItem.objects.count() == 6


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (SERIAL, "=A1", "公式"),
        (SERIAL, "XL-3", "重复"),
        (SERIAL, 1234567890123456789, "当作数字"),
        (SERIAL, "X" * 61, "超过 60"),
        (1, "没有这个班", "没有这个班的这件设备"),
        (6, "第一件", "应为模板中的数字"),
        (0, "别的学校", "不是示例1小学的"),
    ],
)
def test_a_faulty_row_is_marked_and_nothing_is_taken(walk, column, value, words):
    def spoil(sheet):
        sheet.cell(2, column + 1, value)

    form = install(walk, {"note": ""}, files={"sheet": filled(walk, spoil)})
    assert "没有导入任何内容" in str(form.errors["sheet"])
    assert not InstalledItem.objects.exists()
    back = load_workbook(io.BytesIO(base64.b64decode(form.marked))).active
    assert words in back.cell(2, PROBLEM + 1).value
    assert back.cell(2, SERIAL + 1).fill.fgColor.rgb == "00FBE3E1"
    if value != "XL-3":
        assert back.cell(3, PROBLEM + 1).value is None


def test_a_file_that_is_no_workbook(walk):
    upload = SimpleUploadedFile("序列号.xlsx", b"not a workbook")
    form = install(walk, {"note": ""}, files={"sheet": upload})
    assert "不是可读的 Excel" in str(form.errors["sheet"])


def test_a_missing_column(walk):
    def spoil(sheet):
        sheet.delete_cols(SERIAL + 1)

    form = install(walk, {"note": ""}, files={"sheet": filled(walk, spoil)})
    assert "缺少“序列号”列" in str(form.errors["sheet"])
