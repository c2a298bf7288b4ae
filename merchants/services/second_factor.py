"""The second step of signing in: one-time codes from an app (TOTP, RFC 6238), or one of ten recovery codes.

An `Authenticator` is a device of django_otp's. A code that was right puts it on the user as
`otp_device`, so that `django.contrib.auth.login` notes it in the session and `is_verified` is true there.
"""

import base64
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import segno
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP

from audit.services.record import record
from audit.tags import Tag
from merchants.models import Authenticator, RecoveryCode, User
from merchants.services.check_password import throttled
from mypay.kit import clock
from mypay.kit.crypto import decrypt, encrypt

ISSUER = "MyPay"
RECOVERY_CODES = 10
_DIGITS = 6
_TOLERANCE = 1  # steps of 30 seconds before and after ours
_SECRET_BYTES = 20
_CONTEXT = "authenticator.secret"
_TYPABLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what people misread


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app needs: the secret to type in, and the link that a QR code holds."""

    secret: str
    uri: str

    @property
    def svg(self) -> str:
        """The link as a QR code: an SVG element, sized by its container and drawn in the text's colour."""
        return str(segno.make(self.uri, error="m").svg_inline(omitsize=True, svgclass="qr", lineclass=None, title="QR code"))


def has_second_factor(user: User) -> bool:
    """Whether signing in asks for a code."""
    return bool(Authenticator.objects.filter(user=user, confirmed=True).exists())


def recovery_codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    return RecoveryCode.objects.filter(user=user).count()


def enrol(user: User) -> Enrolment:
    """Begin: the secret of an app to be, the same until a code of it confirms it."""
    row = Authenticator.objects.filter(user=user, confirmed=False).first()
    if row is None:
        made = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        defaults = {"name": "Authenticator app", "secret_encrypted": encrypt(made, context=_CONTEXT)}
        row, _ = Authenticator.objects.get_or_create(user=user, confirmed=False, defaults=defaults)
    secret = decrypt(row.secret_encrypted, context=_CONTEXT)
    asked = urlencode({"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": _DIGITS, "period": 30})
    return Enrolment(secret, f"otpauth://totp/{quote(f'{ISSUER}:{user.email}')}?{asked}")


def confirm_enrolment(user: User, code: str) -> bool:
    """Whether the code is one of the app just enrolled; from then on it is asked for, an app before it is forgotten.

    Raises TooManyAttempts (429).
    """
    row = Authenticator.objects.filter(user=user, confirmed=False).first()
    if row is None or not throttled(account=account_of(user), check=lambda: _take_step(row, code)):
        return False
    with transaction.atomic():
        Authenticator.objects.filter(user=user, confirmed=True).delete()
        Authenticator.objects.filter(pk=row.pk).update(confirmed=True)
        record(tag=Tag.SECOND_FACTOR_ENROLLED, resource_id=user.pk)
    row.confirmed = True
    user.otp_device = row  # type: ignore[attr-defined]
    return True


def verify(user: User, code: str) -> bool:
    """Whether the code is right: of the app, each time step once, or a recovery code, each once.

    Raises TooManyAttempts (429) as passwords do. A wrong one is audited.
    """
    row = Authenticator.objects.filter(user=user, confirmed=True).first()
    if row is not None and throttled(account=account_of(user), check=lambda: _take_step(row, code) or _take_recovery_code(user, code)):
        user.otp_device = row  # type: ignore[attr-defined]
        return True
    record(tag=Tag.USER_LOGIN_FAILED, resource_id=user.pk, details={"for": "second step"})
    return False


def new_recovery_codes(user: User) -> list[str]:
    """Ten codes in clear, shown this once; those before are worth nothing any more."""
    codes = [f"{_half()}-{_half()}" for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
        record(tag=Tag.RECOVERY_CODES_MADE, resource_id=user.pk)
    return codes


def disable(user: User) -> None:
    """From now on the password alone signs in; nothing happens to who has no second factor."""
    with transaction.atomic():
        count, _ = Authenticator.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()
        if count:
            record(tag=Tag.SECOND_FACTOR_DISABLED, resource_id=user.pk)


def account_of(user: User) -> str:
    """Codes are counted apart from passwords: a right password must not forgive wrong codes."""
    return f"second step of {user.pk}"


def _half() -> str:
    return "".join(secrets.choice(_TYPABLE) for _ in range(5))


def _take_step(row: Authenticator, code: str) -> bool:
    """Whether it is the code of a time step that was not used before; that step is used now."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == _DIGITS):
        return False
    totp = TOTP(base64.b32decode(decrypt(row.secret_encrypted, context=_CONTEXT)), digits=_DIGITS)
    totp.time = clock.real_now().timestamp()
    if not totp.verify(int(digits), _TOLERANCE, row.last_step + 1):
        return False
    used = totp.t()  # what `verify` found, as its drift
    return bool(Authenticator.objects.filter(pk=row.pk, last_step__lt=used).update(last_step=used))


def _take_recovery_code(user: User, code: str) -> bool:
    count, _ = RecoveryCode.objects.filter(user=user, digest=_digest(user, code)).delete()
    if count:
        record(tag=Tag.RECOVERY_CODE_USED, resource_id=user.pk)
    return count == 1


def _digest(user: User, code: str) -> str:
    plain = "".join(character for character in code.upper() if character.isalnum())
    return salted_hmac("merchants.RecoveryCode", f"{user.pk}:{plain}", algorithm="sha256").hexdigest()
