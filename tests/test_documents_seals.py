"""The register of seals: who registers, what is refused, out of use with a reason."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw

from documents.actions import destroy_seal, register_seal
from documents.models import Seal
from documents.seal import seal_png
from registry.enums import Role
from tests.questions import questions
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=2, rooms=1)


def png(size=(300, 300), *, empty=False, form="PNG", ground=(0, 0, 0, 0)) -> SimpleUploadedFile:
    picture = Image.new("RGBA", size, ground)
    if not empty:
        ImageDraw.Draw(picture).ellipse(
            (20, 20, size[0] - 20, size[1] - 20), outline="red", width=9
        )
    out = io.BytesIO()
    (picture.convert("RGB") if form == "JPEG" else picture).save(out, form)
    return SimpleUploadedFile("印模.png", out.getvalue())


def register(client, owner, **data):
    data = {"owner": owner, "name": "示例1小学", "sub": ""} | data
    return client.post(reverse("documents:seal_create"), data, follow=True)


def test_project_office_registers_a_drawn_seal_for_a_school(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    answer = register(client, f"school:{world.school.pk}")
    assert "已登记启用" in answer.text
    row = Seal.objects.get()
    assert row.owner == world.school
    assert row.registered_by == world.person(Role.PROJECT_OFFICE)
    picture = client.get(reverse("documents:seal_image", args=[row.pk]))
    assert Image.open(io.BytesIO(picture.content)).size == (360, 360)


def test_an_uploaded_scan_is_kept_small_and_clean(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    register(client, f"county:{world.county.pk}", name="示例县教育局", image=png((1200, 1200)))
    picture = Image.open(io.BytesIO(bytes(Seal.objects.get().image)))
    assert picture.size == (600, 600) and picture.info == {}


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (png(form="JPEG"), "印模须是 PNG"),
        (png(empty=True), "没有印迹"),
        (png(empty=True, ground=(255, 255, 255, 255)), "没有印迹"),
        (png((60, 60)), "太小"),
        (SimpleUploadedFile("印模.png", b"<svg onload=alert(1)>"), "印模须是 PNG"),
    ],
)
def test_what_is_no_seal_is_refused_with_a_sentence(client, world, upload, words):
    upload.seek(0)
    client.force_login(world.person(Role.PROJECT_OFFICE))
    answer = register(client, f"school:{world.school.pk}", image=upload)
    assert words in answer.text
    assert not Seal.objects.exists()


def test_a_school_has_one_seal_in_use(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    register(client, f"school:{world.school.pk}")
    assert "该校已有启用的印章" in register(client, f"school:{world.school.pk}", name="又一枚").text
    assert Seal.objects.count() == 1


def test_supplier_registers_its_own_and_nobody_elses(client, world):
    client.force_login(world.person(Role.SUPPLIER))
    assert "已登记启用" in register(client, f"supplier:{world.supplier.pk}", name="示例企业").text
    register(client, f"school:{world.school.pk}")
    register(client, f"supplier:{world.suppliers[1].pk}")
    assert Seal.objects.count() == 1


def test_a_seal_leaves_use_with_a_reason_once_and_makes_room_for_the_next(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    register(client, f"school:{world.school.pk}")
    row = Seal.objects.get()
    door = reverse("documents:seal", args=[row.pk])
    assert "这个字段是必填项" in client.post(door, {"reason": ""}).text
    assert "已停用" in client.post(door, {"reason": "更名换章"}, follow=True).text
    row.refresh_from_db()
    assert row.destroyed_on and row.destroyed_reason == "更名换章"
    assert row.destroyed_by == world.person(Role.PROJECT_OFFICE)
    assert client.post(door, {"reason": "再停一次"}).status_code == 403
    assert "已登记启用" in register(client, f"school:{world.school.pk}").text
    listed = client.get(reverse("documents:seals"), {"state": "destroyed"})
    assert listed.context["count"] == 1 and "更名换章" in listed.text


def test_two_people_at_once_take_a_seal_out_of_use_once(world):
    from django.core.exceptions import ValidationError

    row = register_seal(name="示例章", image=seal_png("示例章"), school=world.school)
    user = world.person(Role.PROJECT_OFFICE)
    destroy_seal(seal=row, reason="第一次", actor=user)
    with pytest.raises(ValidationError, match="停用"):
        destroy_seal(seal=row, reason="第二次", actor=user)
    assert Seal.objects.get().destroyed_reason == "第一次"


def test_pictures_are_shown_only_to_those_who_need_them(client, world):
    row = register_seal(name="示例章", image=seal_png("示例章"), school=world.school)
    other = make_world(schools=1, rooms=1, county_code="522632")
    door = reverse("documents:seal_image", args=[row.pk])
    expected = {
        world.person(Role.PROJECT_OFFICE): 200,
        world.person(Role.AUDITOR): 200,
        world.person(Role.HEAD): 200,
        world.person(Role.HEAD, world.schools[1]): 404,
        world.person(Role.SUPPLIER): 404,
        world.person(Role.STATION): 403,
        world.person(Role.TECHNICIAN): 403,
        other.person(Role.PROJECT_OFFICE): 404,
    }
    found = {}
    for user in expected:
        client.force_login(user)
        found[user] = client.get(door).status_code
    assert found == expected


def test_list_asks_the_same_number_of_questions_for_any_number_of_rows(client, world):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    register_seal(name="示例章", image=seal_png("示例章"), school=world.school)
    one = questions(client, reverse("documents:seals"))
    register_seal(name="示例二章", image=seal_png("示例二章"), school=world.schools[1])
    register_seal(name="示例三章", image=seal_png("示例三章"), county=world.county)
    assert questions(client, reverse("documents:seals")) == one <= 12
