"""Every write of the tracking side, by what it is about. Each runs inside an open change of the record.

``with open_change(by=user.actor) as change: publish_assessment(change, assessment, by=user)``
"""

from milestones.assessments.batches import BatchRefused, Item, apply_batch, take_back_batch
from milestones.assessments.reading import for_rules, milestone_of, read_in
from milestones.assessments.refusals import TransitionRefused
from milestones.assessments.rounds import RoundRefused, open_round, publish_round, stage, unstage
from milestones.assessments.services import (
    confirm_assessment,
    delete_draft,
    draft_assessment,
    edit_draft,
    problems_of,
    publish_assessment,
    record_assessment,
    return_assessment,
    submit_assessment,
)
from milestones.assessments.translations import translate
from milestones.assessments.waiting import take_back_assessment
from milestones.evidence.services import (
    EvidenceRefused,
    add_evidence,
    change_evidence,
    note_link_state,
    replace_evidence,
    set_archive_address,
)
from milestones.plan.services import (
    PlanRefused,
    ReasonMissing,
    WasRecorded,
    WouldCircle,
    add_dependency,
    freeze_baseline,
    keep_milestone,
    move_date,
    refuse_circles,
    remove_dependency,
    remove_milestone,
    set_baseline,
    write_milestone,
)
from milestones.series.services import add_series, keep_series, remove_series, roll_series, write_series
from milestones.withdrawing import WithdrawalRefused, withdraw

__all__ = [
    "BatchRefused",
    "EvidenceRefused",
    "Item",
    "PlanRefused",
    "ReasonMissing",
    "RoundRefused",
    "TransitionRefused",
    "WasRecorded",
    "WithdrawalRefused",
    "WouldCircle",
    "add_dependency",
    "add_evidence",
    "add_series",
    "apply_batch",
    "change_evidence",
    "confirm_assessment",
    "delete_draft",
    "draft_assessment",
    "edit_draft",
    "for_rules",
    "freeze_baseline",
    "keep_milestone",
    "keep_series",
    "milestone_of",
    "move_date",
    "note_link_state",
    "open_round",
    "problems_of",
    "publish_assessment",
    "publish_round",
    "read_in",
    "record_assessment",
    "refuse_circles",
    "remove_dependency",
    "remove_milestone",
    "remove_series",
    "replace_evidence",
    "return_assessment",
    "roll_series",
    "set_archive_address",
    "set_baseline",
    "stage",
    "submit_assessment",
    "take_back_assessment",
    "take_back_batch",
    "translate",
    "unstage",
    "withdraw",
    "write_milestone",
    "write_series",
]
