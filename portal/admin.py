"""Pages of the admin portal that need more than one app: they are in `portal.staff`."""

from portal.staff import merchants, payments, payouts

__all__ = ["merchants", "payments", "payouts"]
