"""A paper's page, its PDF, the list of papers, and files that people attached."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from pypdf import PdfReader

from documents.actions import attach, issue_paper, sign
from documents.models import Attachment, Paper, Signature
from registry import clock
from registry.enums import Role
from tests.paper_samples import handover
from tests.questions import questions
from tests.sheets import xlsx
from tests.world import make_project, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=2, rooms=1)


@pytest.fixture
def project(world):
    return make_project(world)


def issue(project, school=None, number="YJ-01", rooms=2, **data) -> Paper:
    return issue_paper(
        thing=project,
        dossier=project.dossier,
        kind="handover",
        number=number,
        title="资产移交单",
        data=handover(rooms) | data,
        actor=project.opened_by,
        school=school,
    )


def put_name(world, paper, role=Role.STATION):
    user = world.person(role)
    return sign(paper=paper, signer=user, role="监交人", party="示例县装备站")


def text_of(answer) -> str:
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "")


def test_page_tells_facts_signatures_versions_and_what_happened(client, world, project):
    old = issue(project, world.school)
    new = issue(project, world.school, rooms=3)
    put_name(world, new)
    client.force_login(world.person(Role.HEAD))
    answer = client.get(new.get_absolute_url()).text
    for words in (
        "资产移交单",
        "YJ-01",
        "第 2 版",
        "现行",
        world.school.name,
        "监交人",
        new.data_hash,
    ):
        assert words in answer
    assert "内容与形成时一致" in answer
    assert f"监交人{world.person(Role.STATION).name}在《{new}》上签字" in answer
    assert old.get_absolute_url() in answer
    answer = client.get(old.get_absolute_url()).text
    assert "已被第2版替代" in answer and new.get_absolute_url() in answer


def test_page_of_a_paper_whose_content_was_changed_says_so_in_red(client, world, project):
    good = issue(project)
    paper = Paper.objects.create(
        dossier=project.dossier,
        kind="handover",
        number="YJ-09",
        title="资产移交单",
        thread="procurement.project:1",
        data={"changed": "afterwards"},
        data_hash=good.data_hash,
        created_at=clock.now(),
    )
    client.force_login(world.person(Role.PROJECT_OFFICE))
    assert "不能作为依据" in client.get(paper.get_absolute_url()).text
    assert "不能作为依据" not in client.get(good.get_absolute_url()).text


def test_paper_leads_to_the_thing_it_is_about(client, world, project):
    paper = issue(project)
    client.force_login(world.person(Role.PROJECT_OFFICE))
    assert f'href="{project.get_absolute_url()}"' in client.get(paper.get_absolute_url()).text


def test_pdf_is_printed_from_the_frozen_data_and_kept(client, world, project):
    paper = issue(project, world.school)
    address = reverse("documents:paper_pdf", args=[paper.pk])
    client.force_login(world.person(Role.HEAD))
    first = client.get(address)
    assert first["Content-Type"] == "application/pdf"
    assert first["Content-Disposition"].startswith("inline; filename*=utf-8''%E8%B5%84")
    assert "YJ-01" in text_of(first)
    assert client.get(address).content == first.content
    assert client.get(address + "?save=1")["Content-Disposition"].startswith("attachment")


def test_pdf_of_a_paper_that_was_signed_since_shows_the_signature(client, world, project):
    paper = issue(project, world.school)
    address = reverse("documents:paper_pdf", args=[paper.pk])
    client.force_login(world.person(Role.HEAD))
    name = world.person(Role.STATION).name
    assert name not in text_of(client.get(address))
    put_name(world, paper)
    assert name in text_of(client.get(address))


def test_pdf_with_a_signature_on_other_content_is_not_printed(client, world, project):
    paper = issue(project, world.school)
    Signature.objects.create(
        paper=paper,
        signer=world.person(Role.STATION),
        name="示例",
        role="监交人",
        party="示例县装备站",
        signed_at=clock.now(),
        data_hash="0" * 64,
    )
    client.force_login(world.person(Role.HEAD))
    answer = client.get(reverse("documents:paper_pdf", args=[paper.pk]), follow=True)
    assert answer.redirect_chain == [(paper.get_absolute_url(), 302)]
    assert "签名所签的内容与本文书现有内容不一致" in answer.text


def test_others_find_neither_paper_nor_pdf(client, world, project):
    paper = issue(project, world.school)
    doors = [paper.get_absolute_url(), reverse("documents:paper_pdf", args=[paper.pk])]
    other = make_world(schools=1, rooms=1, county_code="522632")
    strangers = [
        world.person(Role.HEAD, world.schools[1]),
        world.person(Role.SUPPLIER),
        world.person(Role.TOWNSHIP_OFFICE),  # the school lies in the other township
        other.person(Role.PROJECT_OFFICE),
        other.person(Role.AUDITOR),
    ]
    for user in strangers:
        client.force_login(user)
        assert [client.get(door).status_code for door in doors] == [404, 404]
        assert "共 <b>0</b>" in client.get(reverse("documents:papers")).text
    for role in (Role.HEAD, Role.AUDITOR, Role.PREFECTURE, Role.STATION):
        client.force_login(world.person(role))
        assert [client.get(door).status_code for door in doors] == [200, 200]
    client.logout()
    assert client.get(doors[1]).status_code == 302


def test_list_filters_by_kind_project_school_words_and_state(client, world, project):
    issue(project, world.school)
    issue(project, world.school, rooms=3)
    issue(project, world.schools[1], number="YJ-02")
    other = make_project(world, name="示例第二项目", lines=False)
    issue(other, number="YJ-03")
    client.force_login(world.person(Role.PROJECT_OFFICE))

    def count(**query) -> int:
        return client.get(reverse("documents:papers"), query).context["count"]

    assert count() == 4
    assert count(kind="handover") == 4
    assert count(kind="plan") == 0
    assert count(dossier=other.dossier_id) == 1
    assert count(school=world.schools[1].name) == 1
    assert count(q="YJ-03") == 1
    assert count(state="current") == 3
    assert count(state="replaced") == 1


def test_list_asks_the_same_number_of_questions_for_any_number_of_rows(client, world, project):
    client.force_login(world.person(Role.PROJECT_OFFICE))
    put_name(world, issue(project, world.school, number="YJ-0"))
    one = questions(client, reverse("documents:papers"))
    for number in (1, 2):
        put_name(world, issue(project, world.schools[1], number=f"YJ-{number}"))
    assert questions(client, reverse("documents:papers")) == one <= 12


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "JPEG")
    return out.getvalue()


def upload(world, project, name: str, content: bytes, school=None) -> Attachment:
    return attach(
        upload=SimpleUploadedFile(name, content),
        thing=project,
        dossier=project.dossier,
        actor=world.person(Role.PROJECT_OFFICE),
        school=school,
    )


def test_photo_opens_in_the_browser_under_its_chinese_name(client, world, project):
    row = upload(world, project, "三年级2班 现场.jpg", jpeg(), world.school)
    client.force_login(world.person(Role.HEAD))
    answer = client.get(reverse("documents:attachment", args=[row.pk]))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''%E4%B8%89")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.getvalue())).size == (40, 30)


def test_everything_else_is_saved_and_never_opened_by_the_browser(client, world, project):
    row = upload(world, project, "清单.html", xlsx([]), world.school)
    client.force_login(world.person(Role.HEAD))
    answer = client.get(reverse("documents:attachment", args=[row.pk]))
    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
    assert answer["Content-Disposition"].startswith("attachment")


def test_others_find_no_file_and_a_lost_file_is_404(client, world, project):
    row = upload(world, project, "现场.jpg", jpeg(), world.school)
    door = reverse("documents:attachment", args=[row.pk])
    client.force_login(world.person(Role.HEAD, world.schools[1]))
    assert client.get(door).status_code == 404
    client.force_login(world.person(Role.HEAD))
    assert client.get(door).status_code == 200
    row.file.storage.delete(row.file.name)
    assert client.get(door).status_code == 404
