"""Check the lines of a batch before anything is paid: by the API's own rules, and against each other."""

from collections.abc import Callable
from typing import Any

from merchants.models import Merchant
from mypay.kit.errors import ApiError, ValidationError
from mypay.kit.money import to_text
from payouts.batch_file import SHOWN, RawLine
from payouts.errors import beneficiary_not_found, duplicate_reference
from payouts.models import Beneficiary, PayoutBatchLine
from payouts.selectors import beneficiaries_by_id, taken_references
from payouts.states import LineStatus
from payouts.validation import PayoutRequest, read_payout, to_beneficiary, with_aliases

_MAX_ERROR = 300
_MAX_FIELD = 40


def check_lines(*, merchant: Merchant, raw: list[RawLine]) -> list[PayoutBatchLine]:
    """The lines as they would be kept, those that cannot be paid INVALID and saying why; nothing is written.

    Asks the database for used references and for beneficiaries in chunks, never for one line.
    """
    find = _finder(merchant, raw)
    lines = [_checked(each, find) for each in raw]
    valid = [line for line in lines if line.status == LineStatus.WAITING]
    first: dict[str, int] = {}
    taken = taken_references(merchant, (line.reference for line in valid))
    for line in valid:
        if line.reference in taken:
            _refuse(line, duplicate_reference())
        elif line.reference in first:
            _refuse(line, ValidationError(f"Line {first[line.reference]} has the same reference", field="merchantReference"))
        first.setdefault(line.reference, line.number)
    return lines


def _finder(merchant: Merchant, raw: list[RawLine]) -> Callable[[str], Beneficiary]:
    named = (each.body.get("beneficiaryId") for each in raw)
    known = beneficiaries_by_id(merchant, (given for given in named if isinstance(given, str)))

    def find(beneficiary_id: str) -> Beneficiary:
        row = known.get(beneficiary_id.lower())
        if row is None:
            raise beneficiary_not_found()
        return row

    return find


def _checked(raw: RawLine, find: Callable[[str], Beneficiary]) -> PayoutBatchLine:
    line = PayoutBatchLine(number=raw.number, body=_kept(raw.body), status=LineStatus.WAITING)
    try:
        if raw.problem:
            raise ValidationError(raw.problem)
        body = to_beneficiary(raw.body, find)
        request = read_payout(body)
        line.body, line.amount = _body(request), request.amount
    except ApiError as refused:
        _refuse(line, refused)
    return line


def _body(request: PayoutRequest) -> dict[str, Any]:
    """The create body of a checked line, by its canonical names."""
    to = request.destination
    members = {
        "merchantReference": request.merchant_reference,
        "amount": to_text(request.amount, request.currency),
        "currency": request.currency,
        "destType": to.type.value,
        "bankCode": to.bank_code,
        "walletCode": to.wallet_code,
        "accountNumber": to.account_number,
        "accountTitle": request.account_title,
        "purpose": request.purpose,
        "description": request.description,
        "metadata": request.metadata,
    }
    return {name: value for name, value in members.items() if value}


def _kept(body: dict[str, Any]) -> dict[str, Any]:
    """What was given, as text, to be shown beside its problem."""
    known = with_aliases(body)
    return {name: str(known[name])[:_MAX_ERROR] for name in SHOWN if known.get(name) not in (None, "")}


def _refuse(line: PayoutBatchLine, refused: ApiError) -> None:
    line.status = LineStatus.INVALID
    line.error_code, line.error_field = refused.code, refused.field[:_MAX_FIELD]
    line.error = (f"{refused.message} ({refused.detail})" if refused.detail else refused.message)[:_MAX_ERROR]
