"""A program that has events happen: `python -m tests.bench.emitting MERCHANT COUNT A_SECOND`; prints when each was committed."""

import json
import sys
import time

import django


def main() -> None:
    """Each event is committed by itself, at its time."""
    merchant_id, count, a_second = (int(argument) for argument in sys.argv[1:4])
    django.setup()
    from mypay.kit import clock, sql
    from mypay.kit.ids import uuid7
    from tests.bench.deliveries import BODY
    from webhooks.catalogue import EventType
    from webhooks.services.emit import event

    begun, committed = time.monotonic(), []
    for number in range(count):
        time.sleep(max(0.0, begun + number / a_second - time.monotonic()))
        data = {"number": number, "pad": BODY.decode()}
        made = event(merchant_id=merchant_id, type=EventType.PAYOUT_CREATED, subject_id=uuid7(), data=data, at=clock.real_now())
        sql.transact([made])
        committed.append(time.time())
    print(json.dumps(committed))


if __name__ == "__main__":
    main()
