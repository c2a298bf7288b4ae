"""A victim, a stranger, staff, and what each of them can show at a door."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
import time_machine
from django.db import connection
from django.test import Client

from audit.models import AuditEntry
from conftest import Api
from merchants import tokens
from merchants.models import Member, Merchant, Message, SystemConfig, User
from merchants.services.issue_key import issue_key, revoke_key
from merchants.services.revoke_token import revoke
from merchants.services.send_message import send_mail
from merchants.services.team import invite
from merchants.states import Role, Scope, StaffRole
from merchants.tests.factories import PASSWORD, make_merchant
from mypay.kit import clock, scheduling
from mypay.kit.crypto import hmac_sha256_hex, sha256_hex
from mypay.settings import environment
from payouts.tests.factories import make_directory
from sandbox.belongings import owned
from sandbox.services.children import create_child
from tests.access.belongings import Belongings, live
from tests.access.belongings_paystack import live as live_at_paystack
from tests.access.belongings_paystack_transfers import live as pay_out_at_paystack
from tests.access.belongings_razorpay import live as live_at_razorpay
from tests.access.wire import Badge

IDEMPOTENCY_KEY = "5ea1ed00-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True, repr=False)
class World:
    """`badges` by who shows them; `watch` is how the victim is, and a child of its, and `before` how they were made."""

    victim: Merchant
    own: Belongings
    unknown: Mapping[str, str]
    badges: Mapping[str, Badge]
    watch: "Watch"
    before: dict[str, list[Any]]

    def changes(self) -> dict[str, Any]:
        """What of the victim's is no longer as it was: by model, the rows that went and those that came."""
        now = self.watch.rows()
        return {name: _difference(rows, now[name]) for name, rows in self.before.items() if now[name] != rows}


class Watch:
    """Every row of some merchants', their people, what the audit says of them, and the settings.

    The statements are made once: it looks a thousand times.
    """

    def __init__(self, ids: tuple[int, ...]) -> None:
        found: dict[str, Any] = {known.label: known.model._base_manager.filter(**{f"{known.path}__in": ids}) for known in owned()}
        found["merchant"] = Merchant.objects.filter(pk__in=ids)
        found["user"] = User.objects.filter(memberships__merchant__in=ids)
        found["audit"] = AuditEntry.objects.filter(merchant_id__in=ids)
        found["settings"] = SystemConfig.objects.all()
        self.statements = {name: rows.order_by("pk").query.sql_with_params() for name, rows in found.items()}

    def rows(self) -> dict[str, list[Any]]:
        """As they are now, by model."""
        with connection.cursor() as cursor:
            return {name: self._read(cursor, *statement) for name, statement in self.statements.items()}

    def _read(self, cursor: Any, sql: str, params: tuple[Any, ...]) -> list[Any]:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _difference(before: list[Any], now: list[Any]) -> dict[str, list[Any]]:
    return {"gone": [row for row in before if row not in now], "new": [row for row in now if row not in before]}


def make_world() -> World:
    """Everybody, in the database as the caller's transaction has it."""
    make_directory()
    victim, stranger = _shop("sealed"), _shop("stranger")
    Api(victim).payout(merchantReference="sealed-first", accountTitle="Sealed Holder", key=IDEMPOTENCY_KEY)
    Api(stranger).payout()
    own = Belongings()
    live(victim, own)
    live_at_razorpay(victim, own)
    live_at_paystack(victim, own)
    pay_out_at_paystack(victim, own)
    badges = {
        **_common(),
        **_of_keys(victim, stranger, own),
        **_of_pairs(victim, stranger),
        **_of_secret_keys(victim, stranger),
        **_of_people(victim, stranger, own),
        **_of_staff(victim, own),
    }
    all_it_has = [badges[f"the stranger{how}"] for how in ("'s payment key", " by token", " by session")]
    badges["the stranger with all it has"] = lambda raw: {name: text for badge in all_it_has for name, text in badge(raw).items()}
    own.has(merchant=victim.pk, owner_email=victim.email)
    own.hides(email=victim.email, company=victim.company_name, webhook_url=victim.webhook_url)
    scheduling.run_due("event")  # what was told of all this has gone out before anybody looks
    watch = Watch((victim.pk, Merchant.objects.get(uuid=own.things["child"]).pk))
    return World(victim, own, own.unknown(), badges, watch, watch.rows())


def _shop(name: str) -> Merchant:
    return make_merchant(
        email=f"owner@{name}.example",
        name=f"{name} person",
        company_name=f"{name} company",
        webhook_url=f"http://127.0.0.1:9/{name}-webhooks",
    )


def _common() -> dict[str, Badge]:
    return {
        "nobody": lambda raw: {},
        "nonsense": lambda raw: {
            "X-Api-Key": "nonsense",
            "Authorization": "Bearer nonsense",
            "Cookie": "sessionid=nonsense",
            "X-MyPay-Signature": "0" * 64,
        },
        "the bank": lambda raw: {"X-MyPay-Signature": hmac_sha256_hex(environment.IPN_SECRET, raw)},
        "a signature of something else": lambda raw: {"X-MyPay-Signature": hmac_sha256_hex(environment.IPN_SECRET, raw + b" ")},
    }


def _of_keys(victim: Merchant, stranger: Merchant, own: Belongings) -> dict[str, Badge]:
    sibling = create_child(parent=victim, name="another child", amounts={"PKR": 100_000_000})
    child = {Scope.PAYOUTS: sibling.payout_key, Scope.PAYMENTS: sibling.payment_key}
    payout, payment = (issue_key(merchant=victim, scope=scope, label="sealed label") for scope in (Scope.PAYOUTS, Scope.PAYMENTS))
    own.has(key=payout.row.pk)
    own.hides(payout_key=payout.key, payment_key=payment.key, key_label="sealed label")
    keys = {"the victim's payout key": payout.key, "the victim's payment key": payment.key}
    for scope in (Scope.PAYOUTS, Scope.PAYMENTS):
        gone, old = issue_key(merchant=victim, scope=scope), clock.real_now() - timedelta(seconds=1)
        revoke_key(gone.row)
        name = "payout" if scope == Scope.PAYOUTS else "payment"
        keys |= {
            f"a revoked {name} key": gone.key,
            f"an expired {name} key": issue_key(merchant=victim, scope=scope, expires_at=old).key,
            f"the hash of a {name} key": sha256_hex(keys[f"the victim's {name} key"]),
            f"the stranger's {name} key": issue_key(merchant=stranger, scope=scope).key,
            f"the child's {name} key": child[scope],
        }
    return {name: _key(key) for name, key in keys.items()}


def _of_pairs(victim: Merchant, stranger: Merchant) -> dict[str, Badge]:
    child = create_child(parent=victim, name="a third child", amounts={}).child.merchant
    mine, theirs, its, gone = (issue_key(merchant=each, scope=Scope.RAZORPAY) for each in (victim, stranger, child, victim))
    old = issue_key(merchant=victim, scope=Scope.RAZORPAY, expires_at=clock.real_now() - timedelta(seconds=1))
    revoke_key(gone.row)
    return {
        "the victim's razorpay key": _basic(mine.key, mine.secret),
        "the stranger's razorpay key": _basic(theirs.key, theirs.secret),
        "the child's razorpay key": _basic(its.key, its.secret),
        "a revoked razorpay key": _basic(gone.key, gone.secret),
        "an expired razorpay key": _basic(old.key, old.secret),
        "a razorpay key id alone": _basic(mine.key, ""),
        "a razorpay key id with a stranger's secret": _basic(mine.key, theirs.secret),
    }


def _of_secret_keys(victim: Merchant, stranger: Merchant) -> dict[str, Badge]:
    child = create_child(parent=victim, name="a fourth child", amounts={}).child.merchant
    mine, theirs, its, gone = (issue_key(merchant=each, scope=Scope.PAYSTACK) for each in (victim, stranger, child, victim))
    old = issue_key(merchant=victim, scope=Scope.PAYSTACK, expires_at=clock.real_now() - timedelta(seconds=1))
    revoke_key(gone.row)
    return {
        "the victim's paystack key": _bearer(mine.key),
        "the stranger's paystack key": _bearer(theirs.key),
        "the child's paystack key": _bearer(its.key),
        "a revoked paystack key": _bearer(gone.key),
        "an expired paystack key": _bearer(old.key),
        "a paystack public key": _bearer(mine.public_key),
    }


def _of_people(victim: Merchant, stranger: Merchant, own: Belongings) -> dict[str, Badge]:
    people = {role: _member(victim, role) for role in Role}
    _team(victim, people[Role.OWNER], own)
    owner, other = people[Role.OWNER], Member.objects.get(merchant=stranger)
    claims = tokens.member_claims(owner)
    pair = tokens.pair(claims)
    own.has(refresh=pair.refresh)
    badges = {f"the victim's {role} by token": _bearer(tokens.session(tokens.member_claims(member))) for role, member in people.items()}
    badges |= {f"the victim's {role} by session": _session(member.user) for role, member in people.items()}
    return badges | _worn_out("member", claims) | {
        "an access token": _bearer(pair.access),
        "the victim's refresh token": _bearer(pair.refresh),
        "an ended session": _session(owner.user, ended=True),
        "the stranger by token": _bearer(tokens.session(tokens.member_claims(other))),
        "the stranger by session": _session(other.user),
    }  # fmt: skip


def _team(victim: Merchant, owner: Member, own: Belongings) -> None:
    """Somebody invited, a member nobody signs in as, and a mail to all of the victim's people."""
    guest = User.objects.create_user("guest@sealed.example", None, name="Sealed guest")
    own.has(member=Member.objects.create(user=guest, merchant=victim, role=Role.VIEWER).pk)
    own.hides(member_email=guest.email)
    own.has(invitation_id=invite(actor=owner, email="invited@sealed.example", role=Role.VIEWER).pk)
    own.has(invitation=Message.objects.latest("pk").body.partition("/join/")[2].split()[0])
    send_mail(to=victim.email, template="endpoint_disabled", told={"url": "http://sealed.mail", "why": "sealed why"}, merchant=victim)
    own.has(message=Message.objects.latest("pk").pk)
    own.hides(mail_text="sealed why")


def _member(merchant: Merchant, role: Role) -> Member:
    """The merchant's owner was made with it."""
    if role == Role.OWNER:
        return Member.objects.select_related("user").get(merchant=merchant, role=role)
    user = User.objects.create_user(f"{role}@sealed.example", PASSWORD, name=f"Sealed {role}")
    return Member.objects.create(user=user, merchant=merchant, role=role)


def _of_staff(victim: Merchant, own: Belongings) -> dict[str, Badge]:
    staff, head, both = (
        User.objects.create_user(f"{name}@mypay.example", PASSWORD, name=name, is_staff=True, is_superuser=name == "head")
        for name in ("staff", "head", "both")
    )
    User.objects.filter(pk__in=(staff.pk, both.pk)).update(staff_role=StaffRole.ADMINISTRATOR)
    novice = User.objects.create_user("novice@mypay.example", PASSWORD, name="novice", is_staff=True)
    claims = tokens.staff_claims(staff)
    pair = tokens.pair(claims)
    own.things["staff_refresh"] = pair.refresh
    as_member = tokens.member_claims(Member.objects.create(user=both, merchant=victim, role=Role.VIEWER))
    as_staff = tokens.staff_claims(both)
    own.has(refresh_of_both=tokens.pair(as_member).refresh, staff_refresh_of_both=tokens.pair(as_staff).refresh)
    return _worn_out("staff", claims) | {
        "a member who is staff, as member": _bearer(tokens.session(as_member)),
        "a member who is staff, as staff": _bearer(tokens.session(as_staff)),
        "staff": _bearer(tokens.session(claims)),
        "head of staff": _bearer(tokens.session(tokens.staff_claims(head))),
        "staff by refresh token": _bearer(pair.refresh),
        "staff by session": _session(staff),
        "staff without a role by session": _session(novice),
        "head of staff by session": _session(head),
    }


def _worn_out(kind: str, claims: dict[str, Any]) -> dict[str, Badge]:
    """Tokens that once opened the door, or that somebody without our secret made."""
    payload = jwt.decode(tokens.session(claims), options={"verify_signature": False})
    forged, unsigned = jwt.encode(payload, "k" * 40, algorithm="HS256"), jwt.encode(payload, None, algorithm="none")
    ended = tokens.session(claims)
    revoke(tokens.read(ended, tokens.BEARER))
    with time_machine.travel(clock.real_now() - timedelta(days=30)):
        old = tokens.session(claims)
    worn = {"a {} token after logout": ended, "an expired {} token": old, "a forged {} token": forged, "an unsigned {} token": unsigned}
    return {name.format(kind): _bearer(token) for name, token in worn.items()}


def _key(key: str) -> Badge:
    return lambda raw: {"X-Api-Key": key}


def _basic(key_id: str, secret: str) -> Badge:
    pair = base64.b64encode(f"{key_id}:{secret}".encode()).decode()
    return lambda raw: {"Authorization": f"Basic {pair}"}


def _bearer(token: str) -> Badge:
    return lambda raw: {"Authorization": f"Bearer {token}"}


def _session(user: User, *, ended: bool = False) -> Badge:
    client = Client()
    client.force_login(user)
    state = client.session
    state["confirmed_at"] = clock.real_now().timestamp() + 86_400  # the password was given again: pages that ask for it open
    state.save()
    cookie = client.cookies["sessionid"].value
    if ended:
        client.logout()
    return lambda raw: {"Cookie": f"sessionid={cookie}"}
