"""Writing the past anew as the owner of the tables can: with the guard lifted, and so that every hash fits again."""

import secrets

from django.db import connection

from record.chain import event_digest, hash_of, row_digest
from record.guard import lift_guard, put_guard
from record.log import tree
from record.models import Event
from record.services import text_of
from record.versions import content_of, version_models


def write_anew(change_row, *, tiles=True, checkpoints=True):
    """Let ``change_row`` alter version rows, then seal and chain all events anew; tiles and checkpoints of the old tree go."""
    lift_guard()
    opened, closed = {}, {}
    for model in version_models():
        for row in model._default_manager.order_by("pk"):
            change_row(row)
            row.salt = secrets.token_hex(16)
            row.digest = row_digest(row.salt, content_of(row))
            row.save()
            opened.setdefault(row.first, []).append(row.digest)
            closed.setdefault(row.last, []).append(row.digest)
    previous = ""
    for event in Event.objects.order_by("position"):
        rows = {"opened": opened.get(event.position, []), "closed": closed.get(event.position, [])}
        event.previous, event.digest = previous, event_digest(event.salt, actor=event.actor, data=event.data, **rows)
        event.text = text_of(event)
        event.hash = previous = hash_of(event.text)
        event.save()
    with connection.cursor() as cursor:
        for table, gone in (("record_tile", tiles), ("record_checkpoint", checkpoints)):
            if gone:
                cursor.execute(f"TRUNCATE {table}")
    put_guard()


def leaves(start, end):
    """The hashes of these leaves, one by one from the events."""
    texts = Event.objects.filter(position__gt=start, position__lte=end).order_by("position").values_list("text", flat=True)
    return [tree.leaf(text.encode()) for text in texts]
