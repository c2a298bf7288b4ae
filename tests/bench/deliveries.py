"""Deliveries: the relay with its stored attempts against a bare asyncio sender, on the same receiver."""

import asyncio
import hashlib
import hmac
import json
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

BODY = b'{"id":"x","amount":"1000.00","status":"SUCCESS","merchantReference":"abc","pad":"' + b"y" * 300 + b'"}'
ENDPOINTS = 10
_IN_FLIGHT = 32


def _serve(port: Any) -> None:
    from aiohttp import web

    arrived: list[tuple[int, float]] = []

    class Noting(asyncio.Protocol):
        """Notes when a request's last byte is there, with as little of its own as can be."""

        def connection_made(self, transport: Any) -> None:
            self.transport, self.came = transport, b""

        def data_received(self, data: bytes) -> None:
            at, self.came = time.time(), self.came + data
            head, _, body = self.came.partition(b"\r\n\r\n")
            if len(body) == int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]):
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                self.came = b""
                arrived.append((json.loads(body)["data"]["number"], at))

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    async def hang(request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async def read(request: web.Request) -> web.Response:
        told = list(arrived)
        arrived.clear()
        return web.json_response(told)

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/{name}", answer)
        app.router.add_post("/hanging/{name}", hang)
        app.router.add_get("/arrived", read)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        noting = await asyncio.get_running_loop().create_server(Noting, "127.0.0.1", 0)
        port.put((runner.addresses[0][1], noting.sockets[0].getsockname()[1]))
        await asyncio.Event().wait()

    asyncio.run(main())


class Receiver(NamedTuple):
    """Its address, and the one that notes arrivals."""

    url: str
    noting: str


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver in a process of its own that answers 200."""
    context = multiprocessing.get_context("spawn")
    port = context.Queue()
    process = context.Process(target=_serve, args=(port,), daemon=True)
    process.start()
    try:
        yield Receiver(*(f"http://127.0.0.1:{number}" for number in port.get(timeout=20)))
    finally:
        process.terminate()
        process.join()


def bare(url: str, count: int) -> float:
    """Signed POSTs a second of an asyncio sender that keeps nothing."""
    import aiohttp

    async def main() -> float:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_IN_FLIGHT)) as session:
            slots = asyncio.Semaphore(_IN_FLIGHT)

            async def one(number: int) -> None:
                async with slots:
                    headers = {"X-Signature": hmac.new(b"secret", BODY, hashlib.sha256).hexdigest()}
                    async with session.post(f"{url}/{number % ENDPOINTS}", data=BODY, headers=headers) as answer:
                        await answer.read()

            begun = time.perf_counter()
            await asyncio.gather(*(one(number) for number in range(count)))
            return count / (time.perf_counter() - begun)

    return asyncio.run(main())


def prepare(merchant_id: int, *urls: str) -> None:
    """The merchant's endpoints: these, and no others."""
    from mypay.kit import clock
    from mypay.kit.crypto import encrypt
    from mypay.kit.ids import uuid7
    from webhooks.models import Endpoint
    from webhooks.services.attempt import SECRET_CONTEXT

    now, secret = clock.real_now(), encrypt("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", context=SECRET_CONTEXT)
    Endpoint.objects.filter(merchant_id=merchant_id).delete()
    for url in urls:
        Endpoint.objects.create(id=uuid7(), merchant_id=merchant_id, url=url, secret_encrypted=secret, created_at=now, updated_at=now)


def owe(merchant_id: int, count: int) -> None:
    """That many deliveries that are due, of a tenth as many events."""
    from mypay.kit import clock, scheduling
    from mypay.kit.ids import uuid7
    from webhooks.models import Event

    now = clock.real_now()
    events = [
        Event(
            id=uuid7(), merchant_id=merchant_id, type="payout.created", subject_id=uuid7(), data=BODY.decode(),
            created_at=now, due_at=now, wake_at=now,
        )
        for _ in range(count // ENDPOINTS)
    ]  # fmt: skip
    Event.objects.bulk_create(events, batch_size=500)
    scheduling.run_due("event", limit=count)


def relayed(count: int) -> float:
    """Deliveries a second of one relay, attempts stored; all of them must have arrived."""
    from webhooks.models import Delivery
    from webhooks.services import deliver
    from webhooks.states import DeliveryStatus

    begun = time.perf_counter()
    made = deliver.relay().run()
    seconds = time.perf_counter() - begun
    if made != count or Delivery.objects.filter(status=DeliveryStatus.PENDING).exists():
        raise AssertionError(f"{made} of {count} deliveries were made")
    return made / seconds
