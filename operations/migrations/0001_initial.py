from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Job',
            fields=[
                ('name', models.CharField(max_length=200, primary_key=True, serialize=False, verbose_name='name')),
                ('finished_at', models.DateTimeField(verbose_name='finished at')),
                ('seconds', models.FloatField(default=0, verbose_name='seconds')),
                ('succeeded_at', models.DateTimeField(blank=True, null=True, verbose_name='succeeded at')),
                ('error', models.CharField(blank=True, max_length=100, verbose_name='error')),
                ('found', models.IntegerField(blank=True, null=True, verbose_name='found')),
            ],
            options={
                'verbose_name': 'job',
                'verbose_name_plural': 'jobs',
                'ordering': ('name',),
            },
        ),
    ]
