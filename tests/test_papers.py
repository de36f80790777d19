"""Papers: what is printed, in which fonts, at which size, and that a scan leads to the record."""

import hashlib
import io
import multiprocessing
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import zxingcpp
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from pypdf import PdfReader

from documents.pdf import WrongSignature, render_paper
from documents.press import NoGlyph, Press, check_fonts, press
from documents.seal import seal_png
from tests.paper_samples import KINDS, SCHOOL, drawn, sample, signed

VERIFY = "https://bbt.example.cn/v/k3vJx0Qe7mPzRt1A/"
A4 = (595, 842)
SIDEWAYS = {"claim_batch"}
# What only this kind says: an amount with thousands, the same in capitals, a heading …
TELLS = {
    "plan": ["516,000.00", "人民币伍拾壹万陆仟元整", "示例第12完全小学"],
    "contract": ["258,000.00", "人民币贰拾伍万捌仟元整", "91000000MA0000031W"],
    "school_acceptance": ["SN202620011X7325", "设备验收", "培训质量验收", "应到32人，实到30人"],
    "county_inspection": ["合格11个班", "投影机吊架松动", "2026-10-27", "应用和管理"],
    "handover": ["A02020700", "258,000.00", "人民币贰拾伍万捌仟元整", "机柜钥匙", "教学楼202"],
    "buyback_schedule": ["285,090.00", "人民币贰拾捌万伍仟零玖拾元整", "2031-10-31", "省级"],
    "buyback_agreement": ["258,000.00", "人民币贰拾伍万捌仟元整", "内容校验码0123456789abcdef"],
    "agreement_change": ["退出", "-21,500.00", "2028年3月1日", "一年级并班，退出一个班"],
    "contract_acceptance": ["自行组织", "258,000.00", "人民币贰拾伍万捌仟元整", "示例成员戊"],
    "instalment_notice": ["60,630.00", "人民币陆万零陆佰叁拾元整", "第1期，共5期"],
    "payment_order": ["60,660.32", "人民币陆万零陆佰陆拾元叁角贰分", "逾期利息"],
    "claim_batch": ["17,142.72", "人民币壹万柒仟壹佰肆拾贰元柒角贰分", "黎教申〔2027〕3号"],
    "title_transfer": ["285,090.00", "人民币贰拾捌万伍仟零玖拾元整", "2031年11月1日"],
}


def printed(paper, signatures=()) -> PdfReader:
    content = render_paper(paper, signatures=signatures, verify_url=VERIFY)
    return PdfReader(io.BytesIO(content))


def words(page_or_reader) -> str:
    """Text without white space, which means nothing between Chinese characters."""
    pages = getattr(page_or_reader, "pages", [page_or_reader])
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


def fonts(reader) -> list:
    found = {}
    for page in reader.pages:
        for name, font in page["/Resources"]["/Font"].items():
            found[name] = font.get_object()["/DescendantFonts"][0].get_object()
    return list(found.values())


@pytest.mark.parametrize("kind", KINDS)
def test_signed_paper_of_every_kind(kind):
    paper = sample(kind, 12)
    content = render_paper(paper, signatures=signed(paper), verify_url=VERIFY)
    reader = PdfReader(io.BytesIO(content))
    text = words(reader)

    assert len(content) <= 120_000
    for wanted in [paper.title, paper.data["project"]["name"], paper.number, *TELLS[kind]]:
        assert wanted in text
    code = paper.data_hash[:16]
    for number, page in enumerate(reader.pages, start=1):
        size = (round(page.mediabox.width), round(page.mediabox.height))
        assert size == (A4[::-1] if kind in SIDEWAYS else A4)
        assert f"第{number}页共{len(reader.pages)}页" in words(page)
        assert f"内容校验码：{code}" in words(page)
    for role, _ in KINDS[kind][2]:
        assert role in text
    assert "示例甲" in text
    assert "不冒称第三方认证证书签名" in text
    for font in fonts(reader):
        assert "/FontFile2" in font["/FontDescriptor"]
        assert "Paper-Song" in font["/BaseFont"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_scan_of_any_page_leads_to_the_record(kind):
    for page in printed(sample(kind, 12)).pages:
        codes = [zxingcpp.read_barcodes(picture.image) for picture in page.images]
        assert [code.text for found in codes for code in found] == [VERIFY]


@pytest.mark.parametrize("kind", KINDS)
def test_unsigned_paper_leaves_room_for_hands(kind):
    reader = printed(sample(kind, 1))
    text = words(reader)
    assert "（签字）" in text
    assert "章）" in text
    assert "年月日" in text
    assert "本件尚未在系统内签署" in text
    assert "签署记录" not in text
    assert len(reader.pages) <= 2


@pytest.mark.parametrize("kind", ["instalment_notice", "payment_order", "title_transfer"])
def test_letters_fill_one_page_even_when_signed(kind):
    paper = sample(kind, 12)
    assert len(printed(paper, signed(paper)).pages) == 1


@pytest.mark.parametrize("kind", ["school_acceptance", "county_inspection"])
def test_sixty_rooms_repeat_the_head_and_keep_each_room_once(kind):
    reader = printed(sample(kind, 60))
    text = words(reader)
    head = {"school_acceptance": "班级、教室设备名称品牌型号", "county_inspection": "序号班级教室"}
    listing = [words(page) for page in reader.pages if re.search(r"教学楼\d{3}", words(page))]
    assert len(listing) > 1
    assert all(head[kind] in page for page in listing)
    for room in sample(kind, 60).data["rooms"]:
        assert text.count(room["room"]) == 1


def test_a_room_of_three_devices_is_never_torn_between_pages():
    for page in printed(sample("school_acceptance", 20)).pages:
        serials = re.findall(r"SN2026(\d)(\d{4})X", words(page))
        for room in {room for _, room in serials}:
            assert sorted(device for device, other in serials if other == room) == ["0", "1", "2"]


@pytest.mark.parametrize("funders", [1, 2, 3, 4, 5])
def test_schedule_has_a_column_for_each_funder(funders):
    reader = printed(sample("buyback_schedule", 60, funders=funders))
    text = words(reader)
    for funder in sample("buyback_schedule", 60, funders=funders).data["funders"]:
        assert text.count(funder["name"]) >= 2  # share and column
    box = reader.pages[0].mediabox
    assert (box.width > box.height) == (funders > 3)
    assert "1,290,000.00" in text


def test_failed_room_stands_out_and_re_inspection_is_named():
    paper = sample("county_inspection", 12)
    paper.data["round"] = 2
    text = words(printed(paper))
    assert "第2次验收（复验）" in text
    assert "二、整改事项" in text
    assert "二、整改事项" not in words(printed(sample("county_inspection", 1)))


def test_same_paper_same_bytes_in_another_process_too():
    program = (
        "import django, hashlib; django.setup()\n"
        "from documents.pdf import render_paper\n"
        "from tests.paper_samples import sample, signed\n"
        "paper = sample('handover', 12)\n"
        f"pdf = render_paper(paper, signatures=signed(paper), verify_url={VERIFY!r})\n"
        "print(hashlib.sha256(pdf).hexdigest())"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "banbantong.settings", "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()
    paper = sample("handover", 12)
    once = render_paper(paper, signatures=signed(paper), verify_url=VERIFY)
    assert once == render_paper(paper, signatures=signed(paper), verify_url=VERIFY)
    assert hashlib.sha256(once).hexdigest() == elsewhere


def test_signature_on_other_content_is_refused():
    paper = sample("handover", 1)
    signatures = signed(paper)
    signatures[1].data_hash = "0" * 64
    with pytest.raises(WrongSignature, match="不一致"):
        render_paper(paper, signatures=signatures, verify_url=VERIFY)


def test_what_users_typed_is_printed_and_not_obeyed():
    paper = sample("county_inspection", 1)
    paper.data["conclusion"] = "<b>全部</b>合格 <img src='file:///etc/hostname'>"
    assert "<b>全部</b>合格<imgsrc='file:///etc/hostname'>" in words(printed(paper))


def test_a_paper_loads_nothing_from_network_or_disk(tmp_path):
    asked = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    secret = tmp_path / "secret.png"
    secret.write_bytes(drawn())
    html = (
        "<html lang='zh-CN'><link rel='stylesheet' href='{url}/a.css'><style>"
        "@import url({url}/b.css); p {{ background: url({url}/c.png) }}</style>"
        "<p>验收</p><img src='{url}/d.png'><img src='{file}'><img src='../../etc/hostname'>"
        '<img src="data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27'
        ' width=%279%27 height=%279%27%3E%3Cimage href=%27{file}%27/%3E%3C/svg%3E">'
    ).format(url=f"http://127.0.0.1:{server.server_port}", file=secret.as_uri())
    try:
        page = PdfReader(io.BytesIO(press().pdf(html))).pages[0]
    finally:
        server.shutdown()
        server.server_close()
    assert words(page).startswith("验收")
    assert asked == []
    assert len(page.images) == 0


@pytest.fixture
def latin_only(tmp_path, monkeypatch):
    """A machine whose one font has no Chinese character; yields the folder of its fonts."""
    (tmp_path / "fonts.conf").write_text(
        f"<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'><fontconfig>"
        f"<dir>{tmp_path}</dir><cachedir>{tmp_path}/cache</cachedir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((400, 0))
    pen.lineTo((200, 700))
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({ord("A"): "A"})
    builder.setupGlyf({".notdef": pen.glyph(), "A": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "A": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Only Latin", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800)
    builder.setupPost()
    builder.save(tmp_path / "latin.ttf")
    return tmp_path


def test_without_a_chinese_font_it_says_so_instead_of_printing_boxes(latin_only):
    with pytest.raises(NoGlyph, match=r"“.*验”.*bin/run"):
        Press(fonts=latin_only).pdf("<html lang='zh-CN'><p>A验收</p>")


def test_without_any_font_it_says_so_instead_of_crashing(latin_only):
    (latin_only / "latin.ttf").unlink()
    with pytest.raises(NoGlyph, match="bin/run"):
        Press(fonts=latin_only)


def test_fonts_of_this_machine_are_good_for_papers():
    assert check_fonts() == {"chinese_font": True, "harfbuzz_subset": True}


def test_a_worker_that_ends_leaves_the_fonts_to_the_others():
    before = press().pdf("<html lang='zh-CN'><p>验收</p>")
    worker = multiprocessing.get_context("fork").Process(target=check_fonts)
    worker.start()
    worker.join()
    assert worker.exitcode == 0
    assert press().pdf("<html lang='zh-CN'><p>验收</p>") == before
    assert "移交" in words(printed(sample("handover", 1)))


def test_drawn_signature_and_seal_are_on_the_paper():
    paper = sample("handover", 1)
    bare = len(printed(paper).pages[0].images)
    signatures = signed(paper)
    drawn_or_sealed = sum(bool(s.image) + bool(s.seal) for s in signatures)
    assert drawn_or_sealed == 5
    assert len(printed(paper, signatures).pages[0].images) == bare + drawn_or_sealed


def test_seal_is_red_round_clear_outside_and_the_same_every_time():
    content = seal_png(SCHOOL["name"], "示例")
    image = Image.open(io.BytesIO(content))
    assert image.mode == "RGBA"
    assert image.size == (360, 360)
    assert image.getpixel((2, 2))[3] == 0
    red, green, blue, alpha = image.getpixel((180, 180))  # the star
    assert red > 150 > 100 > green
    assert blue < 100
    assert 150 < alpha < 255
    seal_png.cache_clear()
    assert seal_png(SCHOOL["name"], "示例") == content
    assert seal_png(SCHOOL["name"]) != content


def test_seal_refuses_a_name_that_does_not_fit():
    with pytest.raises(ValueError, match="2至30个字"):
        seal_png("校")
