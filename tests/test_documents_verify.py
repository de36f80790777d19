"""The public page behind the QR code of a printed paper."""

import pytest
from django.urls import reverse

from documents.actions import sign
from documents.models import Paper, Signature
from documents.views.verification import masked
from registry import clock
from registry.enums import Role
from tests.test_documents_papers import issue
from tests.world import make_project, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world(schools=1, rooms=1)


@pytest.fixture
def paper(world):
    return issue(make_project(world), world.school, total="43000.00")


def page(client, paper):
    return client.get(reverse("verify", args=[paper.token]))


def test_anybody_learns_that_the_paper_is_genuine_but_not_what_it_says(client, world, paper):
    user = world.person(Role.HEAD)
    sign(paper=paper, signer=user, role="接收人", party=world.school.name)
    answer = page(client, paper)
    assert answer.status_code == 200
    for words in ("查验通过", "资产移交单", "YJ-01", paper.data_hash, "第 1 版", "接收人"):
        assert words in answer.text
    assert user.name not in answer.text
    assert f"{user.name[0]}{'*' * (len(user.name) - 1)}" in answer.text
    for secret in ("43000", "43,000", *paper.data):
        assert secret not in answer.text


def test_search_engines_are_told_to_leave(client, paper):
    answer = page(client, paper)
    assert "noindex" in answer["X-Robots-Tag"]
    assert "no-store" in answer["Cache-Control"]


def test_an_old_version_is_genuine_but_replaced(client, world, paper):
    newer = issue(make_project(world), world.school, rooms=5)
    answer = page(client, paper).text
    assert "不是现行版" in answer and "被第 2 版替代" in answer
    assert "查验通过" in page(client, newer).text


def test_changed_content_fails(client, paper):
    forged = Paper.objects.create(
        dossier=paper.dossier,
        kind=paper.kind,
        number="YJ-77",
        title=paper.title,
        thread=paper.thread,
        data=paper.data | {"total": "99.00"},
        data_hash=paper.data_hash,
        created_at=clock.now(),
    )
    answer = page(client, forged).text
    assert "查验不通过" in answer and "内容与形成时不一致" in answer


def test_a_signature_on_other_content_fails(client, world, paper):
    Signature.objects.create(
        paper=paper,
        signer=world.person(Role.HEAD),
        name="示例",
        role="接收人",
        party=world.school.name,
        signed_at=clock.now(),
        data_hash="0" * 64,
    )
    answer = page(client, paper).text
    assert "查验不通过" in answer and "所签内容与本文书不一致" in answer


def test_unknown_code_is_404(client, paper):
    assert client.get(reverse("verify", args=["unknown"])).status_code == 404
    assert client.get(reverse("verify", args=[paper.token[:-1]])).status_code == 404


def test_nothing_can_be_sent_to_it(client, paper):
    assert client.post(reverse("verify", args=[paper.token])).status_code == 405


@pytest.mark.parametrize(
    ("name", "shown"), [("张三丰", "张**"), ("李四", "李*"), ("王", "王"), ("", "")]
)
def test_masked_name(name, shown):
    assert masked(name) == shown
