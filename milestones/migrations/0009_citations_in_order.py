
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('milestones', '0008_keep_who_edited'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='citation',
            options={'ordering': ('id',), 'verbose_name': 'citation', 'verbose_name_plural': 'citations'},
        ),
    ]
