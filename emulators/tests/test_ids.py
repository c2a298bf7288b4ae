"""A vendor's ids: no row of their own, found on the primary key."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulators.ids import bounds, find, find_number, vendor_id, vendor_number
from emulators.models import Vendor, VendorObject
from merchants.models import Merchant
from mypay.kit import clock
from mypay.kit.ids import uuid7


@st.composite
def _uuid7s(draw: st.DrawFn) -> UUID:
    number = draw(st.integers(min_value=0, max_value=2**128 - 1))
    return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0b10 << 62)


@given(_uuid7s())
def test_bounds_of_an_id_hold_what_it_was_made_of(key: UUID) -> None:
    text = vendor_id("pay_", key)
    found = bounds("pay_", text)
    assert len(text) == 18
    assert found is not None
    assert found[0] <= key <= found[1]
    assert {vendor_id("pay_", end) for end in found} == {text}


@given(st.lists(_uuid7s(), min_size=2, max_size=5))
def test_ids_sort_as_the_keys_do(keys: list[UUID]) -> None:
    assert [vendor_id("", key) for key in sorted(keys)] == sorted(vendor_id("", key) for key in keys)


@pytest.mark.parametrize("text", ["", "pay_", "pay_short", "order_00000000000000", "pay_0000000000000!", "pay_zzzzzzzzzzzzzz"])
def test_bounds_of_what_is_no_id_are_none(text: str) -> None:
    assert bounds("pay_", text) is None


def test_find_among_others_made_in_the_same_moment(merchant: Merchant) -> None:
    rows = [
        VendorObject(id=uuid7(), merchant=merchant, vendor=Vendor.RAZORPAY, kind="contact", created_at=clock.real_now()) for _ in range(200)
    ]
    VendorObject.objects.bulk_create(rows)
    for row in rows[::20]:
        assert find(VendorObject.objects.filter(kind="contact"), "cont_", vendor_id("cont_", row.pk)) == row
    assert find(VendorObject.objects.all(), "cont_", vendor_id("cont_", uuid7())) is None


def test_find_by_number_among_others_made_in_the_same_moment(merchant: Merchant) -> None:
    rows = [
        VendorObject(id=uuid7(), merchant=merchant, vendor=Vendor.RAZORPAY, kind="contact", created_at=clock.real_now()) for _ in range(200)
    ]
    VendorObject.objects.bulk_create(rows)
    numbers = [vendor_number(row.pk) for row in rows]
    assert numbers == sorted(set(numbers)) and numbers[-1] < 2**53
    assert [find_number(VendorObject.objects.all(), numbers[place]) for place in (0, 99, 199)] == [rows[0], rows[99], rows[199]]
    for number in (numbers[0] - 1, numbers[-1] + 1, -1, 2**53, 10**30):
        assert find_number(VendorObject.objects.all(), number) is None
