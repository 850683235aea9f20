"""Background work of the tracking side: are the addresses of evidence still there?"""

from celery import shared_task

from milestones.evidence.links import addresses_to_check, check_link


@shared_task
def check_evidence_links() -> None:
    """One task an address, so that a slow site holds up nobody else."""
    for pk in addresses_to_check():
        check_evidence_link.delay(pk)


@shared_task
def check_evidence_link(evidence_id: int) -> None:
    """A second run looks again, which does no harm."""
    check_link(evidence_id)
