"""Two changes of a team at the same moment."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from merchants.models import Invitation, Member, Message, User
from merchants.services import team
from merchants.states import Role
from merchants.tests.factories import make_merchant

pytestmark = [
    pytest.mark.skipif("connection.vendor != 'mysql'", reason="SQLite has one writer"),
    pytest.mark.django_db(transaction=True),
]


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Do them in threads that start together; what each was refused with, empty for done."""
    gate, told = threading.Barrier(len(acts)), [""] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        try:
            gate.wait()
            act()
        except Exception as refused:
            told[number] = type(refused).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(told)


def test_two_owners_who_lower_each_other_leave_one() -> None:
    first = Member.objects.select_related("user", "merchant").get(merchant=make_merchant(rupees=0))
    other = User.objects.create_user("second@shop.example", None)
    second = Member.objects.create(user=other, merchant=first.merchant, role=Role.OWNER)
    refused = at_once(
        lambda: team.change_role(actor=first, pk=second.pk, role=Role.VIEWER), lambda: team.remove_member(actor=second, pk=first.pk)
    )
    assert refused == ["", "Forbidden"] and Member.objects.filter(role=Role.OWNER).count() == 1


def test_invitation_taken_twice_at_once_makes_one_member() -> None:
    owner = Member.objects.select_related("user", "merchant").get(merchant=make_merchant(rupees=0))
    team.invite(actor=owner, email="new@shop.example", role=Role.VIEWER)
    token = Message.objects.latest("pk").body.partition("/join/")[2].split()[0]
    taken = [lambda: team.join_as_new(token=token, name="New", password="a good password")] * 3
    assert at_once(*taken) == ["", "NotFound", "NotFound"]
    assert (Member.objects.count(), User.objects.filter(email="new@shop.example").count(), Invitation.objects.count()) == (2, 1, 0)
