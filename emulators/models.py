"""What vendors' APIs have and the engine has no place for."""

from django.db import models

from merchants.models import Merchant


class Vendor(models.TextChoices):
    RAZORPAY = "razorpay", "Razorpay"
    PAYSTACK = "paystack", "Paystack"


class VendorObject(models.Model):
    """One object of a vendor's, or what a vendor keeps beside one of the engine's (`subject_id`).

    The vendor's id comes from `subject_id` where there is one, else from `id` (see `ids`).
    `reference` is what equal objects share, where the vendor makes no second one.
    """

    id = models.UUIDField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="vendor_objects")
    vendor = models.CharField(max_length=20, choices=Vendor.choices)
    kind = models.CharField(max_length=30)
    subject_id = models.UUIDField(null=True, blank=True)
    reference = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "kind", "subject_id"], name="vendor_object_once")]
        indexes = [
            models.Index(fields=["merchant", "vendor", "kind", "id"], name="vendor_object_by_kind"),
            models.Index(fields=["merchant", "vendor", "kind", "reference"], name="vendor_object_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.kind}"
