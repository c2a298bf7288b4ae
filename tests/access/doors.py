"""Who is let in at each door, who is a stranger there, and who is turned away, how."""

from collections.abc import Callable
from dataclasses import dataclass

from merchants.models import Member, Merchant, User
from merchants.states import Environment, MerchantStatus, Role
from tests.access.grammar import Door
from tests.access.world import World

Happening = Callable[[World], object]
LOGIN_PAGE = "/portal/login?next="


@dataclass(frozen=True, slots=True)
class Impostor:
    """Who shows a badge of the world's at a door that it does not open, perhaps `after` something happened.

    `knows` are secrets that are no news: a page may greet the user it turns away.
    """

    badge: str
    status: int = 401
    after: Happening | None = None
    because: str = ""
    knows: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.badge} {self.because}".strip()


def _merchant(**changes: object) -> Happening:
    return lambda world: Merchant.objects.filter(pk=world.victim.pk).update(**changes)


def _user(email: str, **changes: object) -> Happening:
    return lambda world: User.objects.filter(email=email).update(**changes)


def _leave(world: World) -> None:
    Member.objects.filter(merchant=world.victim, role=Role.OWNER).delete()


def _after_the_victim(badge: str, status: int = 401, knows: frozenset[str] = frozenset()) -> tuple[Impostor, ...]:
    """The victim's own badge, when the victim no longer works."""
    return tuple(
        Impostor(badge, status, _merchant(status=each), f"of a merchant {each}", knows)
        for each in (MerchantStatus.INACTIVE, MerchantStatus.SUSPENDED)
    )


def _after_the_user(badge: str, status: int, email: str) -> tuple[Impostor, ...]:
    return (
        Impostor(badge, status, _user(email, is_active=False), "of a user switched off"),
        Impostor(badge, status, _user(email, password="another"), "of before the password changed"),
        Impostor(badge, status, _user(email, token_generation=1), "of before all sessions ended"),
    )


def _these(*badges: str, status: int = 401) -> tuple[Impostor, ...]:
    return tuple(Impostor(badge, status) for badge in badges)


_OWNER_TOKEN, _OWNER_SESSION = "the victim's owner by token", "the victim's owner by session"
_OWNER, _STAFF = "owner@sealed.example", "staff@mypay.example"
OWN_ADDRESS = frozenset({"email", "owner_email"})
_PAYOUT, _PAYMENT = "the victim's payout key", "the victim's payment key"
_RAZORPAY, _PAYSTACK = "the victim's razorpay key", "the victim's paystack key"
_OTHERS = ("nobody", "nonsense", "the bank")
_REFRESH = ("the victim's refresh token", "staff by refresh token")
_PEOPLE = (_OWNER_TOKEN, _OWNER_SESSION, "head of staff", "head of staff by session")


def _worn_out(kind: str) -> tuple[str, ...]:
    return (f"a {kind} token after logout", f"an expired {kind} token", f"a forged {kind} token", f"an unsigned {kind} token")


def _spoilt(name: str) -> tuple[str, ...]:
    return (f"a revoked {name} key", f"an expired {name} key", f"the hash of a {name} key")


RIGHTFUL: dict[Door, tuple[str, ...]] = {
    Door.ANYBODY: ("nobody",),
    Door.HOLDER: ("nobody",),
    Door.PAYOUT_KEY: (_PAYOUT,),
    Door.PAYMENT_KEY: (_PAYMENT,),
    Door.RAZORPAY_KEY: (_RAZORPAY,),
    Door.PAYSTACK_KEY: (_PAYSTACK,),
    Door.ANY_KEY: (_PAYOUT, _PAYMENT),
    Door.SANDBOX_KEY: (_PAYOUT, _PAYMENT),
    Door.MEMBER: (_OWNER_TOKEN, "an access token"),
    Door.SESSION: (_OWNER_SESSION,),
    Door.STAFF: ("staff", "head of staff"),
    Door.BANK: ("the bank",),
}
# Another merchant, in good standing; a child is one to its parent. To staff, the bank and the public nobody is.
STRANGERS: dict[Door, tuple[str, ...]] = {
    Door.ANYBODY: (),
    Door.HOLDER: (),
    Door.PAYOUT_KEY: ("the stranger's payout key", "the child's payout key"),
    Door.PAYMENT_KEY: ("the stranger's payment key", "the child's payment key"),
    Door.RAZORPAY_KEY: ("the stranger's razorpay key", "the child's razorpay key"),
    Door.PAYSTACK_KEY: ("the stranger's paystack key", "the child's paystack key"),
    Door.ANY_KEY: ("the stranger's payout key", "the stranger's payment key", "the child's payout key"),
    Door.SANDBOX_KEY: ("the stranger's payout key", "the stranger's payment key"),
    Door.MEMBER: ("the stranger by token",),
    Door.SESSION: ("the stranger by session",),
    Door.STAFF: (),
    Door.BANK: (),
}
# A child sandbox has no children, so of the controls it is asked only about its parent's objects.
KIN: dict[Door, tuple[str, ...]] = {Door.SANDBOX_KEY: ("the child's payout key",)}
ANY_STRANGER = "the stranger with all it has"
_WITHOUT_A_KEY = _these(*_OTHERS, *_PEOPLE, _RAZORPAY, _PAYSTACK, *_spoilt("payout"), *_spoilt("payment")) + _after_the_victim(_PAYOUT)
IMPOSTORS: dict[Door, tuple[Impostor, ...]] = {
    Door.ANYBODY: (),
    Door.HOLDER: (),
    Door.PAYOUT_KEY: _these(*_OTHERS, *_PEOPLE, *_spoilt("payout"), _PAYMENT) + _after_the_victim(_PAYOUT),
    Door.PAYMENT_KEY: _these(*_OTHERS, *_PEOPLE, *_spoilt("payment"), _PAYOUT) + _after_the_victim(_PAYMENT),
    Door.RAZORPAY_KEY: (
        *_these(*_OTHERS, *_PEOPLE, _PAYOUT, _PAYMENT, "a revoked razorpay key", "an expired razorpay key"),
        *_these("a razorpay key id alone", "a razorpay key id with a stranger's secret"),
        *_after_the_victim(_RAZORPAY),
    ),
    Door.PAYSTACK_KEY: (
        *_these(*_OTHERS, *_PEOPLE, _PAYOUT, _PAYMENT, _RAZORPAY, "a revoked paystack key", "an expired paystack key"),
        *_these("a paystack public key"),
        *_after_the_victim(_PAYSTACK),
    ),
    Door.ANY_KEY: _WITHOUT_A_KEY,
    Door.SANDBOX_KEY: (
        *_WITHOUT_A_KEY,
        Impostor(_PAYOUT, 403, _merchant(environment=Environment.LIVE), "of a live merchant"),
    ),
    Door.MEMBER: (
        *_these(*_OTHERS, *_REFRESH, _PAYOUT, _PAYMENT, _OWNER_SESSION, "head of staff", "head of staff by session"),
        *_these(*_worn_out("member"), "a member who is staff, as staff"),
        *_after_the_victim(_OWNER_TOKEN),
        *_after_the_user(_OWNER_TOKEN, 401, _OWNER),
        Impostor(_OWNER_TOKEN, 401, _leave, "of a member who left"),
    ),
    Door.SESSION: (
        *_these(*_OTHERS, *_REFRESH, _PAYOUT, _PAYMENT, _OWNER_TOKEN, "head of staff", "an ended session", status=302),
        *_these("staff by session", "head of staff by session", status=403),
        *_after_the_victim(_OWNER_SESSION, 403, OWN_ADDRESS),
        *_after_the_user(_OWNER_SESSION, 302, _OWNER),
        Impostor(_OWNER_SESSION, 403, _leave, "of a member who left", OWN_ADDRESS),
    ),
    Door.STAFF: (
        *_these(*_OTHERS, *_REFRESH, _PAYOUT, _PAYMENT, _OWNER_TOKEN, _OWNER_SESSION, "staff by session", "head of staff by session"),
        *_these(*_worn_out("staff"), "a member who is staff, as member"),
        *_after_the_user("staff", 401, _STAFF),
        Impostor("staff", 401, _user(_STAFF, is_staff=False), "that are no staff any more"),
    ),
    Door.BANK: _these("nobody", "nonsense", "a signature of something else", _PAYOUT, _PAYMENT, "staff", "head of staff by session"),
}


def of_role(door: Door, role: Role) -> str:
    """The badge of the victim's member in that role; doors without people have none."""
    return f"the victim's {role} by {'token' if door == Door.MEMBER else 'session'}"


def close_the_victim(world: World) -> None:
    """From now on the victim takes no payments."""
    Merchant.objects.filter(pk=world.victim.pk).update(status=MerchantStatus.INACTIVE)
