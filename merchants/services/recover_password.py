"""A new password by mail, for whoever reads the mail of a login's address."""

from urllib.parse import quote

from django.contrib.auth.hashers import make_password
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction

from audit import context
from audit.services.record import record
from audit.tags import Tag
from merchants.models import LoginAttempt, User
from merchants.services.change_profile import require_good_password
from merchants.services.check_password import admit
from merchants.services.send_message import send_mail
from merchants.services.sessions import drop_sessions
from mypay.kit.errors import NotFound
from mypay.settings import environment


def ask_recovery(*, email: str) -> None:
    """A mail with a link to the user of this address; to nobody, and the caller cannot tell, if there is none.

    Asking is counted as guessing is: raises TooManyAttempts (429).
    """
    email = email.strip().lower()[:254]
    admit(f"recovery of {email}")
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None or (user.is_staff and not environment.EMAIL_URL):
        return  # without a mail server other staff would read the link
    url = f"{environment.PORTAL_BASE_URL}/reset/{quote(token_for(user))}"
    with transaction.atomic():
        send_mail(to=email, template="reset_password", told={"email": email, "url": url})
        context.acts(actor_type="visitor", actor_id="")
        record(tag=Tag.USER_RECOVERY_ASKED, resource_id=user.pk)


def token_for(user: User) -> str:
    """Good for an hour, until the password changes or the user signs in."""
    return f"{user.pk}-{default_token_generator.make_token(user)}"


def recovering_user(token: str) -> User:
    """Whose password the token may set; raises NotFound for one that is wrong, old or used."""
    number, _, rest = token.partition("-")
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    user = User.objects.filter(pk=int(number), is_active=True).first() if is_number else None
    if user is None or not default_token_generator.check_token(user, rest):
        raise NotFound("This link is no longer good")
    return user


def recover_password(*, token: str, password: str) -> User:
    """The token's user, with the new password; whatever was signed in ends. Raises NotFound, ValidationError."""
    user = recovering_user(token)
    require_good_password(password)
    password_hash = make_password(password)  # slow on purpose, so not while rows are locked
    with transaction.atomic():
        changed = User.objects.filter(pk=user.pk, password=user.password).update(password=password_hash)
        if not changed:
            raise NotFound("This link is no longer good")  # a twin was faster
        drop_sessions(user=user)
        LoginAttempt.objects.filter(account=user.email).delete()
        context.acts(actor_type="user", actor_id=str(user.pk))
        record(tag=Tag.USER_PASSWORD_RESET, resource_id=user.pk, details={"by": "mail"})
    return user
