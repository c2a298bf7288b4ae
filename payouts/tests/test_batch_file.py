"""The CSV of a batch: how its header and its cells are read."""

import pytest

from mypay.kit.errors import ValidationError
from payouts.batch_file import MAX_BYTES, MAX_LINES, read_bytes, read_csv, read_list

HEADER = "merchantReference,amount,bankCode,accountNumber\n"
ROW = "A-1,10.00,HBL,12345670001\n"


@pytest.mark.parametrize(
    "header",
    [
        "merchantReference,amount,bankCode,accountNumber",
        "merchant_reference,amount,bank_code,account_number",
        "Reference;Amount;Bank;Account",
        "MERCHANT REFERENCE\tAMOUNT\tBANK CODE\tACCOUNT NUMBER",
        '"merchantReference","amount","bankCode","accountNumber"',
    ],
)
def test_read_header_of_any_manner_gives_the_fields(header: str) -> None:
    mark = max(",;\t", key=header.count)
    (line,) = read_csv(f"{header}\r\n{ROW.replace(',', mark)}").lines
    assert line.body == {"merchantReference": "A-1", "amount": "10.00", "bankCode": "HBL", "accountNumber": "12345670001"}
    assert line.number == 2


def test_read_skips_empty_lines_and_keeps_the_numbers_of_the_file() -> None:
    text = HEADER + ROW + "\n,,,\n" + '"A-2\nB",1,HBL,1\n' + "A-3,2,,\n"
    assert [(line.number, line.body.get("merchantReference")) for line in read_csv(text).lines] == [(2, "A-1"), (5, "A-2\nB"), (7, "A-3")]


def test_read_names_ignored_columns_and_lines_with_too_many_cells() -> None:
    file = read_csv("reference,amount,Colour,\nA,1,red,\nB,2,blue,,surplus\n")
    assert file.ignored == ["Colour"]
    assert [line.problem for line in file.lines] == ["", "The line has more cells than the header"]


def test_read_metadata_is_json_or_stays_text() -> None:
    lines = read_csv('reference,amount,metadata\nA,1,"{""a"": 1}"\nB,1,nonsense\n').lines
    assert [line.body["metadata"] for line in lines] == [{"a": 1}, "nonsense"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing: merchantReference, amount"),
        ("amount\n1\n", "missing: merchantReference"),
        (HEADER, "no line below"),
        ("reference,ref,amount\nA,B,1\n", "Two columns"),
        (HEADER + ROW * (MAX_LINES + 1), "at most 5,000 lines"),
        (HEADER + "A" * 200_000, "not readable as CSV"),
    ],
)
def test_read_unfit_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        read_csv(text)
    assert refused.value.field == "csv"


@pytest.mark.parametrize(("raw", "said"), [(b"\xff\xfe\x00", "UTF-8"), (b"x" * (MAX_BYTES + 1), "2 MB")])
def test_read_bytes_that_are_no_text_or_too_many_are_refused(raw: bytes, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        read_bytes(raw)


def test_read_bytes_with_a_byte_order_mark_reads_the_first_column() -> None:
    assert read_bytes(b"\xef\xbb\xbf" + (HEADER + ROW).encode()).lines[0].body["merchantReference"] == "A-1"


@pytest.mark.parametrize("value", [None, {}, [], "x", [{}] * (MAX_LINES + 1)])
def test_read_list_that_is_none_or_too_long_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        read_list(value)
