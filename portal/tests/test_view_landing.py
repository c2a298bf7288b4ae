"""The landing page."""

import json
import shlex

from django.test import Client


def test_view_landing_names_every_way_in(client: Client) -> None:
    page = client.get("/", headers={"host": "pay.example:8000"}).content.decode()
    for text in ("/portal/", "/admin/", "/api/docs", "…0001", "…0002", "…0003", "…0004", "…0005", "amount ≥ 100,000"):
        assert text in page
    assert "http://pay.example:8000/api/v1/payouts" in page
    assert "style=" not in page
    assert "<script" not in page


def test_view_landing_curl_is_a_whole_command(client: Client) -> None:
    words = shlex.split(client.get("/").context["curl"])
    assert words[0] == "curl"
    body = json.loads(words[words.index("-d") + 1])
    assert {"merchantReference", "amount", "destType", "bankCode", "accountNumber"} <= body.keys()


def test_view_unknown_page_is_the_404_page(client: Client, db: None) -> None:
    response = client.get("/portal/nothing-here")
    assert response.status_code == 404
    assert "Nothing is here" in response.content.decode()
