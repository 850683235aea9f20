from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0006_require_mailboxes_of_followers'),
    ]

    operations = [
        migrations.AddField(
            model_name='mail',
            name='request_id',
            field=models.CharField(blank=True, db_default='', default='', max_length=64, verbose_name='for the request'),
        ),
    ]
