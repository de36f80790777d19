"""采购合同要素表: what is frozen, who signed and sealed it, and that it prints."""

import datetime as dt
import io

import pytest
from pypdf import PdfReader

from documents.actions import register_seal
from documents.enums import PaperKind
from documents.models import Paper
from documents.pdf import render_paper
from documents.seal import seal_png
from registry import clock
from registry.enums import Role
from tests import tender_story as story
from tests.world import make_world

pytestmark = pytest.mark.django_db


def printed(paper: Paper) -> str:
    pdf = render_paper(
        paper, signatures=paper.signatures.all(), verify_url=f"https://example.org/v/{paper.token}/"
    )
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return "".join(text.split())


def test_before_the_supplier_signs_the_paper_has_no_day_of_signing():
    contract = story.to_confirm(make_world())
    paper = Paper.objects.get(kind=PaperKind.CONTRACT)
    assert [s.role for s in paper.signatures.all()] == ["采购人"]
    assert "签订日期：年月日" in printed(paper).replace(":", "：")
    assert contract.signed_on is None


def test_the_signed_paper_prints_prices_parties_and_the_day_of_the_second_signature():
    world = make_world()
    contract = story.to_confirm(world)
    register_seal(
        name=world.supplier.name, image=seal_png(world.supplier.name), supplier=world.supplier
    )
    with clock.at(dt.date(2026, 4, 10)):
        data = {"decision": "pass", "sealed": "on"}
        assert not story.step(contract.tender, world.person(Role.SUPPLIER), data).errors
    paper = Paper.objects.get(kind=PaperKind.CONTRACT)
    assert paper.signatures.get(role="供应商").seal.name == world.supplier.name
    words = printed(paper).replace(":", "：")
    for expected in (
        "签订日期：2026年4月10日",
        contract.number,
        world.supplier.uscc,
        "86,000.00",
        "捌万陆仟元整",
        "2所学校",
        "期满归学校所有",
        "协商解决",
    ):
        assert expected in words
