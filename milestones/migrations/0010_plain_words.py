"""What is searched is spelt plainly: generated columns cannot be altered, so they are made anew."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import record.search
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('record', '0003_plain_words'),
        ('milestones', '0009_citations_in_order'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='assessment',
            name='assessment_words',
        ),
        migrations.RemoveIndex(
            model_name='evidence',
            name='evidence_words',
        ),
        migrations.RemoveIndex('milestoneversion', 'milestoneversion_search'),
        migrations.RemoveField('milestoneversion', 'search'),
        migrations.AddField(
            model_name='milestoneversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('title_ru'), record.search.Plain('description_ru'), record.search.Plain('criterion_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_en'), record.search.Plain('description_en'), record.search.Plain('criterion_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_kk'), record.search.Plain('description_kk'), record.search.Plain('criterion_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.RemoveField('seriesversion', 'search'),
        migrations.AddField(
            model_name='seriesversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('title_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.AddIndex(
            model_name='assessment',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('summary'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('summary'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('summary'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), name='assessment_words'),
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('title'), record.search.Plain('publisher'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title'), record.search.Plain('publisher'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title'), record.search.Plain('publisher'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), name='evidence_words'),
        ),
        migrations.AddIndex(
            model_name='milestoneversion',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('last__isnull', True)), fields=['search'], name='milestoneversion_search'),
        ),
    ]
