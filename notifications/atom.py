"""The record as an Atom feed (RFC 4287): one entry an event, with the words and the evidence of a finding; and beside them, where readers
do not show it, the head of the chain and a checkpoint, so that whoever keeps feeds notices a past that was written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.xmlreader import AttributesImpl

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.xml import legal
from milestones.assessments.translations import with_translations
from milestones.event_words import event_detail, event_title
from milestones.models import Assessment, MilestoneVersion
from proposals.models import ProposalVersion
from record.installation import marked
from record.log.proofs import checkpoint_until
from record.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.utils.xmlutils import SimplerXMLGenerator

    from milestones.models import Evidence
    from record.moments import Moment
    from record.querysets import EventQuerySet

SHOWN = 50
NAMESPACE = "urn:roadmap-tracker:record"


class RecordFeed(Atom1Feed):
    """Adds the position and the hash of the newest event, and the newest checkpoint, as elements of our own namespace."""

    def root_attributes(self) -> dict[str, str]:
        return super().root_attributes() | {"xmlns:record": NAMESPACE}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        handler.addQuickElement("record:position", str(self.feed["position"]))
        handler.addQuickElement("record:head", self.feed["head"])
        if self.feed["checkpoint"]:
            handler.addQuickElement("record:checkpoint", self.feed["checkpoint"].note)

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        """Titles and summaries are text, which Django's own feed gives out as HTML."""
        handler.addQuickElement("title", item["title"], {"type": "text"})
        handler.addQuickElement("link", "", {"rel": "alternate", "href": item["link"]})
        for name in ("published", "updated"):
            handler.addQuickElement(name, item["pubdate"].isoformat())
        if item["author_name"]:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", item["author_name"])
            handler.endElement("author")
        handler.addQuickElement("id", item["unique_id"])
        handler.addQuickElement("summary", item["description"], {"type": "text"})
        for term, label in item["proposal"]:
            handler.addQuickElement("category", "", {"term": term, "scheme": item["scheme"], "label": label})
        if item["content"] is not None:
            handler.addQuickElement("content", item["content"], {"type": "html"})

    def latest_post_date(self) -> datetime:
        moment: datetime = self.feed["updated"]
        return moment


def feed_of(
    queryset: EventQuerySet, moment: Moment, *, title: str, link: str, this: str, guid: str, absolute: Callable[[str], str]
) -> bytes:
    """The newest of these events at that moment. ``this`` is the address that was asked, ``guid`` that of the feed, whatever the moment
    and the language; ``absolute`` makes one of a path; ten queries at most."""
    events = list(queryset.as_of(moment).order_by("-position")[:SHOWN])
    head = Event.objects.filter(position=moment.position).first()
    titles = MilestoneVersion.objects.as_of(moment).defer("search").by_code({event.milestone for event in events if event.milestone})
    proposals = ProposalVersion.objects.as_of(moment).defer("search").by_code({event.proposal for event in events if event.proposal})
    positions = [event.position for event in events if event.type == "assessment.published"]
    published = Assessment.objects.published(moment).for_reading().filter(position__in=positions)
    findings = {one.position: one for one in with_translations(published, moment)}
    feed = RecordFeed(
        title=legal(marked(title)),
        link=link,
        feed_url=this,
        description=_("What happened on the record, the newest first."),
        language=get_language() or "ru",
        author_name=_("Roadmap tracker"),
        feed_guid=guid,
        position=moment.position,
        head=head.hash if head else "",
        checkpoint=checkpoint_until(moment.position),
        updated=events[0].occurred_at if events else (head.occurred_at if head else timezone.now()),
    )
    for event in events:
        about, proposal, finding = titles.get(event.milestone), proposals.get(event.proposal), findings.get(event.position)
        said = ". ".join(part for part in (about.title if about else "", event_detail(event)) if part)
        feed.add_item(
            title=legal(marked(event_title(event))),
            link=absolute(_page_of(event)),
            description=legal(said or event_title(event)),
            unique_id=f"urn:uuid:{event.uid}",
            pubdate=event.occurred_at,
            author_name=legal(event.actor),
            proposal=[(event.proposal, legal(f"{event.proposal} {proposal.title if proposal else ''}".strip()))] if event.proposal else [],
            scheme=absolute(reverse("proposal_list")),
            content=_content(finding, absolute) if finding else None,
        )
    return feed.writeString("utf-8").encode()


def _content(finding: Assessment, absolute: Callable[[str], str]) -> str:
    """The words of a finding and what it rests on, as a page shows them; empty where it was withdrawn."""
    cited = [
        (one.stance, one.evidence) for one in finding.citations.all() if not one.evidence.confidential and one.evidence.withheld is None
    ]
    evidence = [(stance, one, one.address or (absolute(_file_of(one)) if one.file else "")) for stance, one in cited]
    context = {"finding": finding, "translation": finding.translated.get(get_language() or ""), "evidence": evidence}
    return legal(render_to_string("notifications/entry.html", context).strip())


def _file_of(evidence: Evidence) -> str:
    return reverse("milestones:evidence_file", args=[evidence.uid])


def _page_of(event: Event) -> str:
    """The page that shows what the event is about, as of it; of what is gone since, the changes."""
    if event.milestone and event.type != "milestone.removed":
        return reverse("milestones:detail", args=[event.milestone]) + f"?at={event.position}"
    if event.proposal and event.type != "proposal.removed":
        return reverse("proposal_detail", args=[event.proposal]) + f"?at={event.position}"
    return reverse("changes") + f"?at={event.position}"
