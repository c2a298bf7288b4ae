from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kit', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CheckResult',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('findings', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
            ],
        ),
    ]
