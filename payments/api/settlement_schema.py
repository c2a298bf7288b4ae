"""OpenAPI descriptions of settlement and of the sandbox's word on it."""

from typing import Any

from drf_spectacular.types import OpenApiTypes

from mypay.kit.documented import PAGES, errors, example, ok, paged, query
from payments.api import settlement_serializers as s
from sandbox.api.schema import RemovedSerializer, described

_BODY = (400, 413, 415)
_EXAMPLE_ID = "0190b2a4-7c1e-7000-8000-000000000001"


def _read(operation: str, reply: dict[int, Any], *refusals: int, parameters: Any = ()) -> dict[str, Any]:
    responses = {**reply, **errors(*refusals)}
    return {"operation_id": operation, "tags": ["settlements"], "parameters": list(parameters), "responses": responses}


LIST = _read(
    "list_settlements",
    paged("Settlements", s.SettlementSerializer),
    parameters=[
        *PAGES,
        query("currency", "PKR, INR, NGN, KES, USD, GBP or EUR"),
        query("startDate", "A date, its whole day counts, or a time"),
        query("endDate", "A date, its whole day counts, or a time"),
    ],
)
UPCOMING = _read("list_upcoming_settlements", ok("Upcoming", s.UpcomingListSerializer()))
GET = _read("get_settlement", ok("Settlement", s.SettlementSerializer()), 404)
LINES = _read("list_settlement_lines", paged("Lines", s.LineSerializer), 404, parameters=PAGES)
STATEMENT_FILE: dict[str, Any] = {
    "operation_id": "get_settlement_statement",
    "tags": ["settlements"],
    "responses": {(200, "text/csv"): OpenApiTypes.STR, **errors(401, 404, 503)},
}
PLANS = _read("list_settlement_plans", ok("Plans", s.PlansSerializer()))

CHANGE_PLAN = described(
    "change_settlement_plan",
    ok("PlanChanged", s.PlanSerializer()),
    *_BODY,
    404,
    request=s.PlanChangeSerializer,
    examples=[
        example("T+2, cut-off at 16:00", country="PK", delayDays=2, cutoff="16:00"),
        example("3 % and 5 rupees, at least 10, and 16 % tax on it", feeFixed="5.00", feePercent="3", feeMinimum="10.00", taxPercent="16"),
    ],
)
RUN = described(
    "run_settlement",
    ok("SettlementRun", s.SettlementsSerializer()),
    *_BODY,
    request=s.RunSerializer,
    examples=[example("All that is pending, whatever its day", all=True)],
)
PLANT_BREAKS = described(
    "plant_statement_breaks",
    ok("BreaksPlanted", s.AnswerKeySerializer(), status=201),
    *_BODY,
    404,
    request=s.BreaksPlantSerializer,
    examples=[example("One missing line and one wrong fee", kinds=["missing_line", "wrong_fee"], seed="lesson-1")],
)
ANSWER_KEY = described("get_statement_breaks", ok("AnswerKey", s.AnswerKeySerializer()), 404)
REMOVE_BREAKS = described("remove_statement_breaks", ok("BreaksRemoved", RemovedSerializer()), 404)
GRADE = described(
    "grade_reconciliation",
    ok("Grade", s.GradeSerializer()),
    *_BODY,
    404,
    request=s.FindingsSerializer,
    examples=[
        example(
            "A line that is not there, and a wrong fee",
            findings=[{"kind": "missing_line", "paymentId": _EXAMPLE_ID}, {"kind": "wrong_fee", "lineId": _EXAMPLE_ID}],
        )
    ],
)
