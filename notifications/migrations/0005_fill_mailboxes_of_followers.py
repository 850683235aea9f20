from django.db import migrations

from common.mail import mailbox_of


def fold(apps, _editor):
    for follower in apps.get_model("notifications", "Follower").objects.filter(mailbox="").iterator():
        follower.mailbox = mailbox_of(follower.email)
        follower.save(update_fields=["mailbox"])


class Migration(migrations.Migration):

    dependencies = [
        ("notifications", "0004_add_mailboxes_of_followers"),
    ]

    operations = [migrations.RunPython(fold, migrations.RunPython.noop)]
