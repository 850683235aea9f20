import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0004_fill_names_of_tokens"),
    ]

    operations = [
        migrations.AlterField(
            model_name="token",
            name="uid",
            field=models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, unique=True),
        ),
    ]
