"""A merchant's team: who joins, in which role, and who leaves.

An admin neither touches owners nor makes one, and there is always an owner: each change holds the
merchant's row, so that two at once cannot leave it without.
"""

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.errors import Forbidden, role_too_low
from merchants.models import Invitation, Member, Merchant, User
from merchants.services.change_profile import require_good_password
from merchants.services.send_message import notify, send_mail
from merchants.states import Act, Notice, Role, may
from mypay.kit import clock
from mypay.kit.crypto import sha256_hex
from mypay.kit.errors import NotFound, ValidationError
from mypay.settings import environment

INVITATION_LIFE = timedelta(days=7)
MAX_INVITATIONS = 50


def roles_for(actor: Member) -> list[Role]:
    """The roles that the actor may give."""
    return [role for role in Role if may(actor.role, Act.MANAGE_TEAM) and (role != Role.OWNER or actor.role == Role.OWNER)]


def invite(*, actor: Member, email: str, role: Role) -> Invitation:
    """Send a link by which the reader of `email` joins; one sent before to the same address is worth nothing any more.

    Raises Forbidden (403), ValidationError for somebody who is a member already or too many invitations.
    """
    merchant, now, token = actor.merchant, clock.real_now(), secrets.token_urlsafe(32)
    with transaction.atomic():
        actor, _ = _locked(actor, actor.pk)
        _require(actor, role)
        if Member.objects.filter(merchant=merchant, user__email=email).exists():
            raise ValidationError("This person is a member already", field="email")
        waiting = Invitation.objects.filter(merchant=merchant).exclude(email=email)
        if waiting.filter(expires_at__gt=now).count() >= MAX_INVITATIONS:
            raise ValidationError(f"At most {MAX_INVITATIONS} invitations may wait at a time", field="email")
        waiting.filter(expires_at__lte=now).delete()
        earlier = Invitation.objects.filter(merchant=merchant, email=email).first()
        if earlier is not None and earlier.role == Role.OWNER:
            _require(actor, Role.OWNER)
        given = {"role": role, "token_sha256": sha256_hex(token), "invited_by": actor.user, "created_at": now}
        row, _ = Invitation.objects.update_or_create(
            merchant=merchant, email=email, defaults={**given, "expires_at": now + INVITATION_LIFE}
        )
        told = {"company": merchant.company_name, "inviter": actor.user.get_short_name(), "role": role.label}
        url = f"{environment.PORTAL_BASE_URL}/join/{token}"
        send_mail(to=email, template="invitation", told={**told, "url": url}, copy_to=actor.user.email)
        record(tag=Tag.MEMBER_INVITED, resource_id=row.pk, merchant_id=merchant.pk, details={"email": email, "role": role})
    return row


def withdraw(*, actor: Member, pk: int) -> None:
    """The invitation's link is worth nothing any more; raises NotFound, Forbidden (403)."""
    with transaction.atomic():
        row = Invitation.objects.filter(merchant=actor.merchant, pk=pk).first()
        if row is None:
            raise NotFound("Invitation not found")
        _require(actor, Role(row.role))
        row.delete()
        record(tag=Tag.INVITATION_WITHDRAWN, resource_id=pk, merchant_id=actor.merchant_id, details={"email": row.email})


def invitation_of(token: str) -> Invitation:
    """The invitation that the link is; raises NotFound for one that is wrong, old, used or withdrawn."""
    rows = Invitation.objects.select_related("merchant", "invited_by")
    row = rows.filter(token_sha256=sha256_hex(token), expires_at__gt=clock.real_now()).first()
    if row is None or not row.merchant.is_active:
        raise NotFound("This invitation is no longer good")
    return row


def join(*, token: str, user: User) -> Member:
    """The user, whose address was invited, becomes a member; the link is used up. Raises NotFound, Forbidden (403)."""
    row = invitation_of(token)
    if user.email != row.email:
        raise Forbidden("This invitation is for another address")
    with transaction.atomic():
        return _take(row, user)


def join_as_new(*, token: str, name: str, password: str) -> Member:
    """A new user with the invited address becomes a member. Raises NotFound, ValidationError."""
    row = invitation_of(token)
    require_good_password(password)
    password_hash = make_password(password)  # slow on purpose, so not while rows are locked
    try:
        with transaction.atomic():
            user = User.objects.create(email=row.email, name=name, password=password_hash)
            context.acts(actor_type="user", actor_id=str(user.pk), merchant_id=row.merchant_id)
            record(tag=Tag.USER_CREATED, resource_id=user.pk, merchant_id=row.merchant_id, details={"email": row.email})
            return _take(row, user)
    except IntegrityError:
        raise NotFound("This invitation is no longer good") from None  # the address has a login by now


def _take(row: Invitation, user: User) -> Member:
    """Use the invitation up, once; whoever is a member already stays what he is."""
    if not Invitation.objects.filter(pk=row.pk, token_sha256=row.token_sha256).delete()[0]:
        raise NotFound("This invitation is no longer good")
    member, is_new = Member.objects.get_or_create(user=user, merchant=row.merchant, defaults={"role": row.role})
    if is_new:
        details = {"role": row.role, "invited_by": row.invited_by_id}
        record(tag=Tag.MEMBER_JOINED, resource_id=user.pk, merchant_id=row.merchant_id, details=details)
        _tell(member, f"joined as {member.get_role_display()}")
    return member


def change_role(*, actor: Member, pk: int, role: Role) -> Member:
    """Give a member another role; raises NotFound, Forbidden (403), ValidationError for the last owner."""
    with transaction.atomic():
        actor, member = _locked(actor, pk)
        _require(actor, Role(member.role))
        _require(actor, role)
        if member.role == role:
            return member
        _keep_an_owner(member, role)
        details = {"from": member.role, "to": role}
        member.role = role
        member.save(update_fields=["role"])
        record(tag=Tag.MEMBER_ROLE_CHANGED, resource_id=member.user_id, merchant_id=member.merchant_id, details=details)
    return member


def remove_member(*, actor: Member, pk: int) -> None:
    """Let a member go, or go oneself, whatever the role; raises NotFound, Forbidden (403), ValidationError for the last owner."""
    with transaction.atomic():
        actor, member = _locked(actor, pk)
        if member.pk != actor.pk:
            _require(actor, Role(member.role))
        _keep_an_owner(member, None)
        record(tag=Tag.MEMBER_REMOVED, resource_id=member.user_id, merchant_id=member.merchant_id, details={"role": member.role})
        _tell(member, "left")
        member.delete()


def _tell(member: Member, what: str) -> None:
    told = {"company": member.merchant.company_name, "person": f"{member.user.get_short_name()} ({member.user.email})", "what": what}
    notify(merchant=member.merchant, notice=Notice.TEAM_CHANGED, told=told)


def _locked(actor: Member, pk: int) -> tuple[Member, Member]:
    """The actor and the member as they are now, while nobody else changes the team."""
    Merchant.objects.select_for_update().get(pk=actor.merchant_id)
    team = {row.pk: row for row in Member.objects.select_related("user").filter(merchant=actor.merchant_id, pk__in=(actor.pk, pk))}
    if actor.pk not in team:
        raise role_too_low()  # let go a moment ago
    if pk not in team:
        raise NotFound("Member not found")
    return team[actor.pk], team[pk]


def _require(actor: Member, role: Role) -> None:
    """Raises Forbidden unless the actor may give and take that role."""
    if role not in roles_for(actor):
        raise role_too_low()


def _keep_an_owner(member: Member, role: Role | None) -> None:
    owners = Member.objects.filter(merchant=member.merchant_id, role=Role.OWNER)
    if member.role == Role.OWNER and role != Role.OWNER and not owners.exclude(pk=member.pk).exists():
        raise ValidationError("The last owner stays owner: make somebody else an owner first", field="role")
