"""A body in chunks, of no type and no length, over a real connection: Paystack's SDK for Node sends its JSON so."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from tests.patience import FOREVER
from tests.processes.conftest import World

pytestmark = pytest.mark.processes


def test_chunked_json_without_type_opens_a_transaction(world: World) -> None:
    shop = world.new_merchant(1)
    key = json.loads(world.manage("issue_key", "--merchant", shop.email, "--scope", "paystack", "--json").stdout)["key"]
    body = json.dumps({"email": "ada@example.com", "amount": "5000", "reference": "chunks-1"}).encode()
    connection = http.client.HTTPConnection(urlsplit(shop.url).netloc, timeout=FOREVER)
    connection.putrequest("POST", "/paystack/transaction/initialize", skip_accept_encoding=True)
    connection.putheader("Authorization", f"Bearer {key}")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    for chunk in (body[:10], body[10:], b""):
        connection.send(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    response = connection.getresponse()
    told = json.loads(response.read())
    connection.close()
    assert (response.status, told["data"]["reference"]) == (200, "chunks-1"), told
