"""What is searched is spelt plainly: generated columns cannot be altered, so they are made anew."""

import django.contrib.postgres.search
import record.search
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('record', '0003_plain_words'),
        ('proposals', '0003_search_more'),
    ]

    operations = [
        migrations.RemoveField('contexteventversion', 'search'),
        migrations.AddField(
            model_name='contexteventversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('title_ru'), record.search.Plain('description_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_en'), record.search.Plain('description_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_kk'), record.search.Plain('description_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.RemoveField('indicatorversion', 'search'),
        migrations.AddField(
            model_name='indicatorversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('title_ru'), record.search.Plain('description_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_en'), record.search.Plain('description_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_kk'), record.search.Plain('description_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.RemoveField('organisationversion', 'search'),
        migrations.AddField(
            model_name='organisationversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('name_ru'), record.search.Plain('short_name_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('name_en'), record.search.Plain('short_name_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('name_kk'), record.search.Plain('short_name_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.RemoveField('passageversion', 'search'),
        migrations.AddField(
            model_name='passageversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('summary_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('summary_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('summary_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.RemoveField('proposalversion', 'search'),
        migrations.AddField(
            model_name='proposalversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('title_ru'), record.search.Plain('summary_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_en'), record.search.Plain('summary_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_kk'), record.search.Plain('summary_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.RemoveField('reportversion', 'search'),
        migrations.AddField(
            model_name='reportversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('title_ru'), record.search.Plain('summary_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_en'), record.search.Plain('summary_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_kk'), record.search.Plain('summary_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
        migrations.RemoveField('riskversion', 'search'),
        migrations.AddField(
            model_name='riskversion',
            name='search',
            field=models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector(record.search.Plain('title_ru'), record.search.Plain('description_ru'), config='russian'), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_en'), record.search.Plain('description_en'), config='english'), django.contrib.postgres.search.SearchConfig('russian')), '||', django.contrib.postgres.search.SearchVector(record.search.Plain('title_kk'), record.search.Plain('description_kk'), config='simple'), django.contrib.postgres.search.SearchConfig('russian')), output_field=django.contrib.postgres.search.SearchVectorField()),
        ),
    ]
