"""What the payments of checkouts made before brought."""

from django.db import migrations
from django.db.models import Exists, OuterRef, Subquery, Sum


def fill(apps, schema_editor):
    checkouts, payments = (apps.get_model("payments", name).objects for name in ("Checkout", "Payment"))
    own = payments.filter(checkout=OuterRef("pk"), captured__gt=0)
    summed = own.order_by().values("checkout").annotate(sum=Sum("captured")).values("sum")
    checkouts.filter(Exists(own)).update(paid=Subquery(summed))


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_checkout_terms'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
