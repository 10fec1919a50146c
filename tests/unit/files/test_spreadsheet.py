"""Tables of names as people save them."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.domain.manifest import read_table
from daemon.errors import InputError
from daemon.files.spreadsheet import read_spreadsheet

TABLE = "工号,姓名,备注\r\n0042,王芳,蓝底\r\n1001,李雷,\r\n"
ROWS = [["工号", "姓名", "备注"], ["0042", "王芳", "蓝底"], ["1001", "李雷", ""]]


def workbook(rows: list[list[object]], sheets: int = 1) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for empty in range(sheets - 1):
        book.add_worksheet(f"empty{empty}")
    sheet = book.add_worksheet("people")
    for line, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(line, column, cell)
    book.close()
    return buffer.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv_is_read_in_every_encoding_a_spreadsheet_writes(encoding) -> None:
    assert read_spreadsheet(TABLE.encode(encoding)) == ROWS


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_told_by_the_headings(delimiter) -> None:
    assert read_spreadsheet(TABLE.replace(",", delimiter).encode()) == ROWS


def test_quotes_and_line_breaks_inside_a_cell_are_kept() -> None:
    content = b'id,name,note\n1,"Lee, Ann","two\nlines"\n'
    assert read_spreadsheet(content)[1] == ["1", "Lee, Ann", "two\nlines"]


def test_a_workbook_is_read_from_its_first_sheet_with_anything_in_it() -> None:
    rows: list[list[object]] = [["工号", "姓名"], [1001, "王芳"], ["0042", "李雷"]]
    people = read_table(read_spreadsheet(workbook(rows, sheets=3))).entries
    assert [(entry.employee_id, entry.name) for entry in people] == [
        ("1001", "王芳"),
        ("0042", "李雷"),
    ]


def test_a_formula_is_a_value_and_is_never_run() -> None:
    rows = read_spreadsheet(workbook([["id", "name"], ["1", "=1+1"]]))
    assert "=" not in str(rows[1][1])


def test_an_empty_file_has_no_rows() -> None:
    assert read_spreadsheet(b"") == []
    assert read_spreadsheet(workbook([])) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 no workbook", "MANIFEST_UNREADABLE"),
        (b"\x00\x01\x02\x03", "MANIFEST_UNREADABLE"),
        (b"\xff\xfe\x00\xd8", "MANIFEST_UNREADABLE"),
        (b"id\n" + b"1\n" * 9_000_000, "MANIFEST_TOO_LONG"),
    ],
)
def test_what_is_no_table_has_a_code(content, code) -> None:
    with pytest.raises(InputError) as caught:
        read_spreadsheet(content)
    assert caught.value.code == code


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_rubbish_is_rows_or_a_refusal(content) -> None:
    try:
        rows = read_spreadsheet(content)
    except InputError as error:
        rows = [[error.code]]
    assert all(isinstance(row, list) for row in rows)


def test_a_sheet_that_claims_billions_of_cells_ends_no_process_but_its_own() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "工号")
        sheet.write(1_048_575, 16_383, "x")
    assert len(buffer.getvalue()) < 10_000
    with pytest.raises(InputError) as caught:
        read_spreadsheet(buffer.getvalue())
    assert caught.value.code == "MANIFEST_UNREADABLE"


def test_a_long_empty_area_is_too_long() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "工号")
        sheet.write(250_000, 9, "x")
    with pytest.raises(InputError) as caught:
        read_spreadsheet(buffer.getvalue())
    assert caught.value.code == "MANIFEST_TOO_LONG"


def test_shared_words_that_unpack_to_gigabytes_end_no_process_but_their_own() -> None:
    buffer, bomb = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.add_worksheet().write(0, 0, "工号")
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(bomb, "w", 8) as target:
        for name in source.namelist():
            with target.open(name, "w") as part:
                if not name.endswith("sharedStrings.xml"):
                    part.write(source.read(name))
                    continue
                part.write(
                    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                )
                piece = b"<si><t>" + b"x" * 1_000_000 + b"</t></si>"
                for _ in range(1200):
                    part.write(piece)
                part.write(b"</sst>")
    assert len(bomb.getvalue()) < 2_000_000
    with pytest.raises(InputError) as caught:
        read_spreadsheet(bomb.getvalue())
    assert caught.value.code == "MANIFEST_UNREADABLE"
