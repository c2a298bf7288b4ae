from django.db import migrations, models

DIALECTS = [
    ('mypay', 'Standard Webhooks'),
    ('mypay-legacy', "The original MyPay's (contract sections 2 and 5)"),
    ('razorpay', "Razorpay's own"),
]


class Migration(migrations.Migration):

    dependencies = [
        ('webhooks', '0002_delivery_name'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='dialect',
            field=models.CharField(choices=DIALECTS, max_length=20),
        ),
        migrations.AlterField(
            model_name='endpoint',
            name='dialect',
            field=models.CharField(choices=DIALECTS, default='mypay', max_length=20),
        ),
    ]
