"""The model comes from the app ``roadmap``, whose table it keeps."""

import common.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('roadmap', '0002_exports_have_an_app'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[
            migrations.CreateModel(
                name='Export',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('uid', models.UUIDField(default=common.fields.new_uid, editable=False, unique=True)),
                    ('kind', models.CharField(choices=[('xlsx', 'workbook (XLSX)'), ('json', 'data (JSON)'), ('csv', 'table (CSV)'), ('pdf', 'report (PDF)')], max_length=4, verbose_name='kind')),
                    ('query', models.CharField(blank=True, max_length=2000, verbose_name='filters')),
                    ('language', models.CharField(choices=[('ru', 'Russian'), ('en', 'English'), ('kk', 'Kazakh')], max_length=2, verbose_name='language')),
                    ('position', models.BigIntegerField(verbose_name='position')),
                    ('day', models.DateField(verbose_name='as of')),
                    ('past', models.BooleanField(default=False)),
                    ('withdrawals', models.BigIntegerField(default=0)),
                    ('asked_at', models.DateTimeField(verbose_name='asked at')),
                    ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'being made'), ('done', 'ready'), ('failed', 'failed')], default='waiting', max_length=7, verbose_name='state')),
                    ('claimed_until', models.DateTimeField(blank=True, null=True)),
                    ('attempts', models.PositiveSmallIntegerField(default=0)),
                    ('done', models.PositiveIntegerField(default=0, verbose_name='parts done')),
                    ('parts', models.PositiveIntegerField(default=0, verbose_name='parts')),
                    ('file', models.FileField(blank=True, max_length=200, upload_to='exports/', verbose_name='file')),
                    ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                    ('error', models.CharField(blank=True, max_length=300, verbose_name='error')),
                ],
                options={
                    'verbose_name': 'file',
                    'verbose_name_plural': 'files',
                    'db_table': 'roadmap_export',
                    'indexes': [models.Index(fields=['state', 'asked_at'], name='export_waiting')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'failed'), _negated=True), fields=('kind', 'query', 'language', 'position', 'day', 'past', 'withdrawals'), name='roadmap_export_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('file', ''), _negated=True), _connector='OR'), name='roadmap_export_done_has_file')],
                },
            ),
        ]),
    ]
