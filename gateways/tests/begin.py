"""What every connector owes the engine when it begins an order: a class of tests that each connector's tests take in.

Their module has the fixtures `there`, the gateway's stand-in, and `connector`.
"""

from typing import ClassVar

import pytest

from gateways.contract import Connector, ErrorCode, FateUnknown, GatewayRefused, Order
from gateways.tests.standin import Standin


class Begins:
    """`order` is one that the gateway takes."""

    order: ClassVar[Order]

    @pytest.mark.parametrize(("trouble", "code"), [("refuse", ErrorCode.BAD_REQUEST), ("busy", ErrorCode.TOO_MANY)])
    def test_begin_refused_is_a_definite_no(self, there: Standin, connector: Connector, trouble: str, code: ErrorCode) -> None:
        there.troubles = [trouble]
        with pytest.raises(GatewayRefused) as no:
            connector.begin(self.order)
        assert no.value.code == code and there.begun == {}

    @pytest.mark.parametrize("trouble", ["down", "cut", "garble"])
    def test_begin_without_a_readable_answer_is_of_unknown_fate(self, there: Standin, connector: Connector, trouble: str) -> None:
        there.troubles = [trouble]
        with pytest.raises(FateUnknown):
            connector.begin(self.order)

    def test_begin_where_nobody_listens_surely_did_nothing(self, there: Standin, connector: Connector) -> None:
        there.stop()
        with pytest.raises(GatewayRefused) as no:
            connector.begin(self.order)
        assert no.value.code == ErrorCode.UNAVAILABLE
