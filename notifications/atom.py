"""The record as an Atom feed (RFC 4287): one entry an event, and the head of the chain, so that a cut tail is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.xml import legal
from milestones.event_words import event_detail, event_title
from milestones.models import MilestoneVersion
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.utils.xmlutils import SimplerXMLGenerator

    from record.moments import Moment
    from record.querysets import EventQuerySet

SHOWN = 50
NAMESPACE = "urn:roadmap-tracker:record"


class RecordFeed(Atom1Feed):
    """Adds the position and the hash of the newest event as elements of our own namespace."""

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xmlns:record": NAMESPACE}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("record:position", str(self.feed["position"]))
        handler.addQuickElement("record:head", self.feed["head"])

    def latest_post_date(self) -> datetime:
        moment: datetime = self.feed["updated"]
        return moment


def feed_of(queryset: EventQuerySet, moment: Moment, *, title: str, link: str, this: str, absolute: Callable[[str], str]) -> bytes:
    """The newest of these events at that moment. ``absolute`` makes an address of a path; three queries."""
    events = list(queryset.as_of(moment).order_by("-position")[:SHOWN])
    head = Event.objects.filter(position=moment.position).first()
    titles = MilestoneVersion.objects.as_of(moment).defer("search").by_code({event.milestone for event in events if event.milestone})
    feed = RecordFeed(
        title=legal(title),
        link=link,
        feed_url=this,
        description=_("What happened on the record, the newest first."),
        language=get_language() or "ru",
        author_name=_("Roadmap tracker"),
        feed_guid=this.partition("?")[0],
        position=moment.position,
        head=head.hash if head else "",
        updated=events[0].occurred_at if events else (head.occurred_at if head else timezone.now()),
    )
    for event in events:
        about = titles.get(event.milestone)
        said = ". ".join(part for part in (about.title if about else "", event_detail(event)) if part)
        feed.add_item(
            title=legal(event_title(event)),
            link=absolute(_page_of(event)),
            description=legal(said or event_title(event)),
            unique_id=f"urn:uuid:{event.uid}",
            updateddate=event.occurred_at,
            pubdate=event.occurred_at,
            author_name=legal(event.actor) or None,
        )
    return feed.writeString("utf-8").encode()


def _page_of(event: Event) -> str:
    """The page that shows what the event is about, as of it; of what is gone since, the changes."""
    if event.milestone and event.type != "milestone.removed":
        return reverse("milestones:detail", args=[event.milestone]) + f"?at={event.position}"
    if event.proposal and event.type != "proposal.removed":
        return reverse("proposal_detail", args=[event.proposal]) + f"?at={event.position}"
    return reverse("changes") + f"?at={event.position}"
