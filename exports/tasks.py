"""Background work that spans apps: files for readers. Each takes an id and may run twice."""

from celery import shared_task

from exports import making


@shared_task
def make_export(export_id: int) -> None:
    making.make(export_id)


@shared_task
def make_waiting_exports() -> None:
    making.delete_withdrawn()  # of a withdrawal whose process was killed before it did
    for export_id in making.waiting():
        making.make(export_id)


@shared_task
def forget_exports() -> None:
    making.forget_old()
