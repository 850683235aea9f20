from django.db import migrations
from uuid_utils.compat import uuid7


def name_tokens(apps, _editor):
    for token in apps.get_model("accounts", "Token").objects.filter(uid=None):
        token.uid = uuid7()
        token.save(update_fields=["uid"])


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0003_keep_answers_and_name_tokens"),
    ]

    operations = [migrations.RunPython(name_tokens, migrations.RunPython.noop)]
