"""The tracking side: milestones and their plan, and the assessments with their evidence."""

from milestones.models.assessment import Assessment, Batch, Citation, Evidence, Round, Translation
from milestones.models.milestone import Dependency, Milestone, MilestoneOwner, Series, SeriesVersion
from milestones.models.plan import Baseline, BaselineDate, PlanChange
from milestones.models.readers import ErrorReport, SavedView
from milestones.models.versions import MilestoneVersion, VersionStanding, VersionTexts

__all__ = [
    "Assessment",
    "Baseline",
    "BaselineDate",
    "Batch",
    "Citation",
    "Dependency",
    "ErrorReport",
    "Evidence",
    "Milestone",
    "MilestoneOwner",
    "MilestoneVersion",
    "PlanChange",
    "Round",
    "SavedView",
    "Series",
    "SeriesVersion",
    "Translation",
    "VersionStanding",
    "VersionTexts",
]
