"""Files that are not what they should be: one sentence each that says what to do."""

import io
import struct
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from openpyxl import Workbook
from openpyxl.styles import PatternFill

from registry.workbook import read_table
from tests.sheets import HEADERS, saved, xlsx

pytestmark = pytest.mark.django_db
GOOD = ["2152310001", "示例1小学", "示例102镇", "七年级", 2]


def read(content: bytes, name: str = "附表1.xlsx"):
    return read_table(name=name, content=content, sheet="附表1", columns=list(HEADERS))


def refused(content: bytes, name: str = "附表1.xlsx") -> str:
    with pytest.raises(ValidationError) as caught:
        read(content, name)
    assert len(caught.value.messages) == 1
    return caught.value.messages[0]


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The same archive with some parts replaced, added (``name=bytes``) or, if None, left out."""
    out = io.BytesIO()
    changed = {
        key.replace("__", "/").replace("_xml", ".xml"): value for key, value in parts.items()
    }
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", 8, compresslevel=1) as new,
    ):
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, value in changed.items():
            if value is not None:
                new.writestr(name, value)
    return out.getvalue()


def test_a_good_table_is_read_with_its_own_row_numbers():
    table = read(xlsx([GOOD, GOOD], above=[["标题"], []]))
    assert (table.first_row, len(table), table.headers) == (4, 2, list(HEADERS))
    assert table.rows[0][:4] == GOOD[:4]


def test_the_sheet_called_as_agreed_else_the_first_visible_one():
    book = Workbook()
    book.active.title = "封面"
    page = book.create_sheet("附表1")
    page.append(HEADERS)
    page.append(GOOD)
    assert read(saved(book)).sheet == "附表1"
    page.title = "名单"
    book["封面"].sheet_state = "hidden"
    book.active = 1
    assert read(saved(book)).sheet == "名单"


def test_formulas_are_found_exactly_where_they_stand():
    table = read(xlsx([GOOD, [*GOOD[:4], "=1+1"], ["=A2", *GOOD[1:]]], above=[["=1+1"]]))
    assert table.formulas == {(4, 5), (5, 1)}


def test_text_that_begins_like_a_formula_is_text():
    book = Workbook()
    page = book.active
    page.append(HEADERS)
    page.append([*GOOD[:3], "x", 1])
    page["D2"].value, page["D2"].data_type = "=七年级", "s"
    assert read(saved(book)).formulas == frozenset()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "是空文件"),
        (
            b"\x89PNG\r\n\x1a\n" + b"0" * 99,
            "不是 Excel 工作簿。请下载模板填写，存为 .xlsx 后再上传",
        ),
        ("学校标识码，学校\n".encode(), "不是 Excel 工作簿"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600,
            "是旧版 Excel 文件（.xls）。请在 Excel 中“另存为”",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "有打开密码。请在 Excel 中取消密码后再上传",
        ),
        (b"PK\x03\x04" + b"0" * 200, "打不开，可能没有下载完整或已损坏"),
    ],
)
def test_files_that_are_no_workbook_whatever_their_name(content, words):
    assert words in refused(content)


def test_half_a_download():
    content = xlsx([GOOD] * 50)
    assert "打不开" in refused(content[: len(content) // 2])


def test_a_flipped_byte_in_the_middle():
    content = bytearray(xlsx([GOOD] * 50))
    at = content.find(b"xl/worksheets/sheet1.xml") + 60
    content[at : at + 8] = b"\xff" * 8
    assert "打不开" in refused(bytes(content))


def test_a_sheet_that_is_no_xml():
    assert "打不开" in refused(
        repacked(xlsx([GOOD]), xl__worksheets__sheet1_xml=b"<worksheet><sheetData><row")
    )


def test_another_kind_of_office_file():
    words = repacked(xlsx([GOOD]), xl__workbook_xml=None, word__document_xml=b"<w/>")
    assert "不是 .xlsx 工作簿" in refused(words, "说明.xlsx")


def test_a_file_above_the_limit():
    told = refused(b"PK\x03\x04" + b"0" * (20 * 2**20), "大文件.xlsx")
    assert told == "“大文件.xlsx”有 20.0 MB，超过 15 MB 上限。请删去图片和无关的工作表后再上传。"


def test_a_zip_bomb_and_one_that_lies_about_its_size():
    bomb = repacked(xlsx([GOOD]), xl__media_xml=b"0" * (151 * 2**20))
    assert len(bomb) < 2 * 2**20
    assert "展开后超过 150 MB" in refused(bomb)
    lying = bytearray(bomb)
    entry = lying.rfind(b"PK\x01\x02", 0, lying.rfind(b"xl/media.xml"))
    struct.pack_into("<L", lying, entry + 24, 1000)
    struct.pack_into("<L", lying, entry + 16, zlib.crc32(b"0" * 1000))
    assert "展开后超过 150 MB" in refused(bytes(lying))


@pytest.mark.parametrize("place", ["A1048576", "XFD3"])
def test_a_cell_far_outside_does_not_fill_the_memory(place):
    book = Workbook()
    page = book.active
    page.append(HEADERS)
    page.append(GOOD)
    page[place] = "x"
    assert "内容超出了 199999 行或 52 列" in refused(saved(book))


def test_a_column_that_is_only_coloured_does_not_count():
    book = Workbook()
    page = book.active
    page.append(HEADERS)
    page.append(GOOD)
    page["XFD2"].fill = PatternFill("solid", start_color="FFFF0000")
    assert len(read(saved(book))) == 1


def test_an_empty_sheet_and_a_header_alone():
    book = Workbook()
    book.active.title = "附表1"
    assert refused(saved(book)) == "“附表1”工作表是空的。请下载模板填写后再上传。"
    assert refused(xlsx([])) == "“附表1”工作表在表头下面没有内容。请填写后再上传。"
    assert refused(xlsx([["", " ", None]])) == "“附表1”工作表在表头下面没有内容。请填写后再上传。"


def test_a_missing_column_is_named():
    told = refused(xlsx([GOOD[:4]], headers=("学校标识码", "学校", "乡镇", "年级")))
    assert told == "“附表1”工作表缺少列：班级、数量。请照模板补上列名后再上传。"


def test_a_column_twice():
    told = refused(xlsx([[*GOOD, 1]], headers=(*HEADERS, "数量")))
    assert told == "列“数量”出现了两次。请删去或改名其中一列。"


def test_no_header_within_five_rows():
    told = refused(xlsx([GOOD], above=[["x"]] * 5))
    assert "前 5 行没有表头。表头须有这些列：学校标识码、学校、乡镇、班级、数量。" in told
