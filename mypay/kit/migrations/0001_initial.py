from django.db import migrations, models


def _compare_text_exactly(apps, schema_editor):
    """MySQL's default collation takes "abc" for "ABC"; SQLite's does not. References are exact on both."""
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.RunPython(_compare_text_exactly, migrations.RunPython.noop, atomic=False),
        migrations.CreateModel(
            name='IdempotencyRecord',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('owner_id', models.BigIntegerField()),
                ('key', models.CharField(max_length=36)),
                ('fingerprint', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(default=0)),
                ('body', models.TextField(default='')),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['expires_at'], name='idempotency_expiry')],
                'constraints': [models.UniqueConstraint(fields=('owner_id', 'key'), name='idempotency_key_once')],
            },
        ),
    ]
