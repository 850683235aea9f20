"""What files loaded so far meant by leaving ``lead_assumed`` out, so that the next load sees what changes.

Of a milestone it followed from the basis; a proposal had no such mark.
"""

from django.db import migrations


def fill(apps, schema_editor):
    for loaded in apps.get_model("proposals", "LoadedFile").objects.all():
        for milestone in loaded.content.get("milestones", {}).values():
            milestone.setdefault("lead_assumed", milestone["basis"] == "planning")
        for proposal in loaded.content.get("proposals", {}).values():
            proposal.setdefault("lead_assumed", False)
        loaded.save(update_fields=["content"])


class Migration(migrations.Migration):
    dependencies = [("proposals", "0007_say_which_leads_are_assumed")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
