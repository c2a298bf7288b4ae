from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payouts", "0001_initial")]

    operations = [
        migrations.AlterField(model_name="payout", name="account_number", field=models.CharField(max_length=100)),
    ]
