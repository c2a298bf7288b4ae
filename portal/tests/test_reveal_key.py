"""Showing an API key in clear."""

import pytest
from django.test import Client

from audit.models import AuditEntry
from audit.tags import Tag
from merchants.models import Member, Merchant
from merchants.services.issue_key import IssuedKey, issue_key, revoke_key
from merchants.states import Role, Scope
from portal.tests.conftest import PASSWORD


@pytest.fixture
def issued(merchant: Merchant) -> IssuedKey:
    return issue_key(merchant=merchant, scope=Scope.PAYOUTS)


def revealed() -> int:
    return AuditEntry.objects.filter(action=Tag.KEY_REVEALED).count()


def test_reveal_key_with_password_shows_it_and_is_audited(signed_in: Client, issued: IssuedKey) -> None:
    response = signed_in.post(f"/portal/keys/{issued.row.pk}", {"password": PASSWORD})
    assert response.status_code == 200
    assert issued.key in response.content.decode()
    assert revealed() == 1


@pytest.mark.parametrize("given", [{"password": "wrong"}, {"password": ""}, {}])
def test_reveal_key_without_right_password_shows_nothing(signed_in: Client, issued: IssuedKey, given: dict[str, str]) -> None:
    response = signed_in.post(f"/portal/keys/{issued.row.pk}", given)
    assert response.status_code == 400
    assert issued.key not in response.content.decode()
    assert revealed() == 0


def test_reveal_key_by_get_only_asks(signed_in: Client, issued: IssuedKey) -> None:
    for path in ("/portal/keys", f"/portal/keys/{issued.row.pk}", f"/portal/keys/{issued.row.pk}?password={PASSWORD}"):
        response = signed_in.get(path)
        assert response.status_code == 200
        assert issued.key not in response.content.decode()
        assert issued.row.hint in response.content.decode()


def test_reveal_key_as_viewer_is_403(signed_in: Client, issued: IssuedKey) -> None:
    Member.objects.update(role=Role.VIEWER)
    assert signed_in.post(f"/portal/keys/{issued.row.pk}", {"password": PASSWORD}).status_code == 403
    assert f"/portal/keys/{issued.row.pk}" not in signed_in.get("/portal/keys").content.decode()
    assert revealed() == 0


def test_reveal_key_of_a_stranger_is_404(signed_in: Client, stranger: Merchant) -> None:
    theirs = issue_key(merchant=stranger, scope=Scope.PAYOUTS)
    assert signed_in.post(f"/portal/keys/{theirs.row.pk}", {"password": PASSWORD}).status_code == 404


def test_reveal_key_revoked_is_404(signed_in: Client, issued: IssuedKey) -> None:
    revoke_key(issued.row)
    assert signed_in.post(f"/portal/keys/{issued.row.pk}", {"password": PASSWORD}).status_code == 404
