"""What events say in words, in every language."""

import pytest
from django.utils import translation

from milestones.event_words import EVENT_WORDS, event_detail, event_title
from record.models import Event


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_every_type_of_event_has_words_in_every_language(language):
    with translation.override("en"):
        english = {kind: str(word) for kind, word in EVENT_WORDS.items()}
    with translation.override(language):
        assert {kind for kind, word in EVENT_WORDS.items() if str(word) == english[kind]} == set()


@pytest.mark.parametrize(
    ("kind", "data", "detail"),
    [
        (
            "plan.changed",
            {"field": "due", "from": "2026-Q1", "to": "2027", "category": "political"},
            "due: 2026 Q1 → 2027 (political decision)",
        ),
        ("plan.changed", {"field": "forecast", "from": "", "to": "2027-06", "category": ""}, "forecast: no date → June 2027"),
        ("assessment.published", {"from": "agreed", "status": "achieved"}, "agreed → achieved"),
        ("assessment.published", {"from": "agreed", "status": "agreed"}, "agreed"),
        ("risk.assessed", {"likelihood": 3, "impact": 4}, "3 × 4 = 12"),
        ("round.published", {"name": "Spring"}, "Spring"),
        ("plan.changed", {}, ""),
        ("assessment.published", {}, ""),
        ("risk.assessed", {}, ""),
        ("something.new", {"x": 1}, ""),
    ],
)
def test_an_event_says_what_exactly_and_nothing_once_withdrawn(kind, data, detail):
    with translation.override("en"):
        assert event_detail(Event(type=kind, data=data)) == detail
        assert event_title(Event(type=kind, data=data, milestone="SM-03")).endswith(": SM-03")
