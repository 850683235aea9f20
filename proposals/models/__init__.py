"""The source side: what a report says, and who and what it names.

Each thing is two tables over the same facts: the thing itself, with its constraints and
relations, and its version rows, where relations are codes.
"""

from proposals.models.indicator import ContextEvent, ContextEventVersion, Indicator, IndicatorValue, IndicatorVersion
from proposals.models.proposal import Organisation, OrganisationVersion, Proposal, ProposalLead, ProposalVersion
from proposals.models.report import LoadedFile, Passage, PassageVersion, Report, ReportVersion, Source, SourceVersion
from proposals.models.risk import Risk, RiskAssessment, RiskVersion

__all__ = [
    "ContextEvent",
    "ContextEventVersion",
    "Indicator",
    "IndicatorValue",
    "IndicatorVersion",
    "LoadedFile",
    "Organisation",
    "OrganisationVersion",
    "Passage",
    "PassageVersion",
    "Proposal",
    "ProposalLead",
    "ProposalVersion",
    "Report",
    "ReportVersion",
    "Risk",
    "RiskAssessment",
    "RiskVersion",
    "Source",
    "SourceVersion",
]
