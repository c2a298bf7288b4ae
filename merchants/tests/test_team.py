"""Who joins a team, in which role, and who leaves."""

import re
from datetime import timedelta

import pytest
import time_machine

from audit.models import AuditEntry
from audit.tags import Tag
from merchants.errors import Forbidden
from merchants.models import Invitation, Member, Merchant, Message, User
from merchants.services import team
from merchants.states import Role
from merchants.tests.factories import make_merchant
from mypay.kit import clock
from mypay.kit.errors import ApiError, NotFound, ValidationError

NEW = "new@shop.example"


def member(merchant: Merchant, role: Role, email: str = "") -> Member:
    user = User.objects.create_user(email or f"{role}@shop.example", None, name=role.label)
    return Member.objects.create(user=user, merchant=merchant, role=role)


@pytest.fixture
def merchant(db: None) -> Merchant:
    return make_merchant(rupees=0)


@pytest.fixture
def owner(merchant: Merchant) -> Member:
    return Member.objects.select_related("user", "merchant").get(merchant=merchant)


@pytest.fixture
def admin(merchant: Merchant) -> Member:
    return member(merchant, Role.ADMIN)


def token() -> str:
    found = re.search(r"/portal/join/(\S+)", Message.objects.latest("pk").body)
    assert found
    return found[1]


def test_invite_sends_a_link_that_joins_once(owner: Member) -> None:
    row = team.invite(actor=owner, email=NEW, role=Role.FINANCE)
    link = token()
    assert link not in str(Invitation.objects.values().get()) and team.invitation_of(link) == row
    joined = team.join_as_new(token=link, name="New", password="a good password")
    assert (joined.role, joined.merchant_id, joined.user.email) == (Role.FINANCE, owner.merchant_id, NEW)
    assert joined.user.check_password("a good password")
    for again in (lambda: team.invitation_of(link), lambda: team.join(token=link, user=joined.user)):
        with pytest.raises(NotFound):
            again()
    tags = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert tags[-3:] == [Tag.MEMBER_INVITED, Tag.USER_CREATED, Tag.MEMBER_JOINED]


def test_invite_again_makes_the_first_link_worthless(owner: Member) -> None:
    team.invite(actor=owner, email=NEW, role=Role.FINANCE)
    first = token()
    team.invite(actor=owner, email=NEW, role=Role.VIEWER)
    latest = Message.objects.filter(box=NEW).latest("pk").body
    assert Invitation.objects.get().role == Role.VIEWER and first not in latest
    with pytest.raises(NotFound):
        team.invitation_of(first)


def test_invite_reaches_the_inbox_of_the_inviter_too_and_nobody_elses(owner: Member) -> None:
    team.invite(actor=owner, email=NEW, role=Role.FINANCE)
    assert set(Message.objects.values_list("box", flat=True)) == {NEW, owner.user.email}


def test_invitation_after_seven_days_is_gone(owner: Member) -> None:
    team.invite(actor=owner, email=NEW, role=Role.FINANCE)
    link = token()
    with time_machine.travel(clock.real_now() + timedelta(days=7, seconds=1)), pytest.raises(NotFound):
        team.join_as_new(token=link, name="New", password="a good password")
    assert not User.objects.filter(email=NEW).exists()


def test_join_needs_the_invited_address(owner: Member, admin: Member) -> None:
    elsewhere = make_merchant(rupees=0)
    host = Member.objects.get(merchant=elsewhere)
    team.invite(actor=host, email=admin.user.email, role=Role.VIEWER)
    link = token()
    with pytest.raises(Forbidden):
        team.join(token=link, user=owner.user)
    assert team.join(token=link, user=admin.user).merchant == elsewhere
    assert admin.user.memberships.count() == 2


def test_join_of_a_suspended_merchant_is_refused(owner: Member) -> None:
    team.invite(actor=owner, email=NEW, role=Role.VIEWER)
    Merchant.objects.update(status="suspended")
    with pytest.raises(NotFound):
        team.invitation_of(token())


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.FINANCE, Role.VIEWER])
def test_invite_by_who_manages_no_team_is_refused(merchant: Merchant, role: Role) -> None:
    with pytest.raises(Forbidden):
        team.invite(actor=member(merchant, role), email=NEW, role=Role.VIEWER)
    assert not Invitation.objects.exists() and not Message.objects.exists()


def test_invite_refuses_members_and_too_many(owner: Member, admin: Member) -> None:
    with pytest.raises(ValidationError):
        team.invite(actor=owner, email=admin.user.email, role=Role.VIEWER)
    for number in range(team.MAX_INVITATIONS):
        team.invite(actor=owner, email=f"n{number}@shop.example", role=Role.VIEWER)
    with pytest.raises(ValidationError):
        team.invite(actor=owner, email=NEW, role=Role.VIEWER)


def test_admin_neither_touches_owners_nor_makes_one(owner: Member, admin: Member) -> None:
    viewer = member(owner.merchant, Role.VIEWER)
    refused = [
        lambda: team.invite(actor=admin, email=NEW, role=Role.OWNER),
        lambda: team.change_role(actor=admin, pk=viewer.pk, role=Role.OWNER),
        lambda: team.change_role(actor=admin, pk=admin.pk, role=Role.OWNER),
        lambda: team.change_role(actor=admin, pk=owner.pk, role=Role.VIEWER),
        lambda: team.remove_member(actor=admin, pk=owner.pk),
    ]
    for attempt in refused:
        with pytest.raises(Forbidden):
            attempt()
    invited = team.invite(actor=owner, email=NEW, role=Role.OWNER)
    for attempt in (lambda: team.withdraw(actor=admin, pk=invited.pk), lambda: team.invite(actor=admin, email=NEW, role=Role.VIEWER)):
        with pytest.raises(Forbidden):
            attempt()
    assert sorted(Member.objects.values_list("role", flat=True)) == ["admin", "owner", "viewer"]
    assert team.change_role(actor=admin, pk=viewer.pk, role=Role.ADMIN).role == Role.ADMIN


def test_last_owner_stays(owner: Member) -> None:
    for attempt in (
        lambda: team.change_role(actor=owner, pk=owner.pk, role=Role.ADMIN),
        lambda: team.remove_member(actor=owner, pk=owner.pk),
    ):
        with pytest.raises(ValidationError) as refused:
            attempt()
        assert refused.value.field == "role"
    second = member(owner.merchant, Role.OWNER)
    team.change_role(actor=second, pk=owner.pk, role=Role.VIEWER)
    with pytest.raises(ValidationError):
        team.remove_member(actor=second, pk=second.pk)


def test_change_by_somebody_let_go_a_moment_ago_is_refused(owner: Member, admin: Member) -> None:
    viewer = member(owner.merchant, Role.VIEWER)
    team.remove_member(actor=owner, pk=admin.pk)
    for attempt in (
        lambda: team.change_role(actor=admin, pk=viewer.pk, role=Role.ADMIN),
        lambda: team.remove_member(actor=admin, pk=viewer.pk),
        lambda: team.invite(actor=admin, email=NEW, role=Role.VIEWER),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_members_of_others_are_not_found(owner: Member) -> None:
    stranger = Member.objects.get(merchant=make_merchant(rupees=0))
    theirs = team.invite(actor=stranger, email=NEW, role=Role.VIEWER)
    for attempt in (
        lambda: team.change_role(actor=owner, pk=stranger.pk, role=Role.VIEWER),
        lambda: team.remove_member(actor=owner, pk=stranger.pk),
        lambda: team.withdraw(actor=owner, pk=theirs.pk),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_anybody_may_leave(merchant: Merchant, owner: Member) -> None:
    viewer = member(merchant, Role.VIEWER)
    team.remove_member(actor=viewer, pk=viewer.pk)
    assert not viewer.user.memberships.exists()
    with pytest.raises(ApiError):
        team.remove_member(actor=viewer, pk=owner.pk)
