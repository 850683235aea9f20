import copy
import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from common.dates import PlannedDate
from milestones.models import Baseline, Milestone, MilestoneVersion, PlanChange
from milestones.services import move_date
from proposals.models import LoadedFile, Organisation, Proposal, ProposalVersion, Report
from proposals.services import keep_thing
from record.models import Event
from record.services import open_change
from record.verify import verify_record
from roadmap_file.loading import load
from roadmap_file.reading import BadFile
from roadmap_file.shape import shape_of_file, shape_of_report
from roadmap_file.writing import export
from tests.factories import as_file, milestone, roadmap, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def data():
    return roadmap(
        milestone("PR-01", due="2026"),
        milestone("PR-02", predecessors=["PR-01"]),
        milestone("PR-03", series="PR-S", edition=2025, due="2025"),
    )


@pytest.fixture
def loaded(data, now):
    load(as_file(data), now=now)
    return copy.deepcopy(data)


def reload(data, now):
    outcome = load(as_file(data), now=now)
    assert list(verify_record()) == []
    return [str(one) for one in outcome.differences]


def types():
    return list(Event.objects.order_by("position").values_list("type", flat=True))


def test_the_first_load_is_one_event_at_position_one(loaded):
    (event,) = Event.objects.all()
    assert (event.position, event.type, event.report) == (1, "roadmap.loaded", "TEST")
    assert event.data["counts"]["milestones"] == 3
    assert set(MilestoneVersion.objects.values_list("first", "last")) == {(1, None)}


def test_what_is_loaded_is_what_the_file_says(loaded):
    assert shape_of_report(Report.objects.get()) == shape_of_file(loaded)


def test_the_plan_as_loaded_is_the_first_baseline(loaded):
    baseline = Baseline.objects.get()
    assert baseline.dates.count() == 3
    row = Milestone.objects.get(code="PR-02")
    assert (row.baseline_due_date, row.due_date, row.slippage_days) == (PlannedDate.parse("2027-Q2"), PlannedDate.parse("2027-Q2"), 0)


@pytest.mark.parametrize(("said", "assumed"), [({}, True), ({"lead_assumed": True}, True), ({"lead_assumed": False}, False)])
def test_who_leads_is_assumed_unless_the_file_says_that_the_report_names_them(now, said, assumed):
    data = roadmap(milestone("PR-01", basis="report", **said))
    data["proposals"][0] |= said
    load(as_file(data), now=now)
    things = [Milestone.objects.get(), MilestoneVersion.objects.get(), Proposal.objects.get(), ProposalVersion.objects.get()]
    assert [thing.lead_assumed for thing in things] == [assumed] * 4


def test_a_file_that_an_earlier_release_loaded_marks_assumed_leads_when_it_is_loaded_again(now):
    """Then they followed from the basis, and a proposal had no such mark."""
    data = roadmap(milestone("PR-01", basis="report"), milestone("PR-02", basis="planning"))
    named = {**data, "proposals": [one | {"lead_assumed": False} for one in data["proposals"]]}
    named["milestones"] = [one | {"lead_assumed": one["basis"] == "planning"} for one in data["milestones"]]
    load(as_file(named), now=now)
    loaded = LoadedFile.objects.get()
    for one in [*loaded.content["milestones"].values(), *loaded.content["proposals"].values()]:
        del one["lead_assumed"]
    loaded.save()
    import_module("proposals.migrations.0008_fill_loaded_files").fill(apps, None)
    assert reload(data, now) == ["change proposals PR: lead_assumed false → true", "change milestones PR-01: lead_assumed false → true"]
    assert reload(data, now) == []


def test_a_planned_host_follows_from_the_rotation(loaded):
    assert Milestone.objects.get(code="PR-03").host == "KZ"


def test_loading_again_writes_nothing(loaded, now):
    assert reload(loaded, now + dt.timedelta(hours=1)) == []
    assert (Event.objects.count(), LoadedFile.objects.get().loaded_at) == (1, now)


def test_a_changed_due_date_becomes_a_plan_change_with_the_reason_file(loaded, now):
    loaded["milestones"][1]["due"] = "2028-Q1"
    assert reload(loaded, now) == ["change milestones PR-02: due 2027-Q2 → 2028-Q1"]
    moved = PlanChange.objects.get()
    assert (moved.category, str(moved.before_date), str(moved.after_date)) == ("file", "2027-Q2", "2028-Q1")
    row = Milestone.objects.get(code="PR-02")
    assert (row.slippage_days, str(row.baseline_due_date)) == (275, "2027-Q2")
    assert types() == ["roadmap.loaded", "plan.changed"]
    assert Event.objects.head().data["to"] == "2028-Q1"


def test_each_other_change_is_an_event_of_its_own(loaded, now):
    loaded["proposals"][0]["title"] = texts("Better")
    loaded["milestones"][0]["lead"] = ["KZ-ONE"]
    loaded["milestones"][0]["support"] = ["RU-ONE"]
    loaded["milestones"].append(milestone("PR-04"))
    loaded["report"]["summary"] = texts("Summary")
    differences = sorted(reload(loaded, now))
    assert [line.split(".")[0] for line in differences] == [
        "add    milestones PR-04",
        "change milestones PR-01: lead [RU-ONE] → [KZ-ONE], support [KZ-ONE] → [RU-ONE]",
        "change proposals PR: title",
        "change report: summary",
    ]
    assert "title.en “Proposal in English” → “Better in English”" in differences[2]
    assert sorted(types()) == sorted(["roadmap.loaded", "milestone.added", "report.changed", "proposal.changed", "milestone.changed"])
    row = MilestoneVersion.objects.current().get(code="PR-01")
    assert (row.lead, row.support, row.sides) == (["KZ-ONE"], ["RU-ONE"], ["KZ"])
    assert MilestoneVersion.objects.at(1).get(code="PR-01").lead == ["RU-ONE"]


def test_a_milestone_added_later_has_no_baseline(loaded, now):
    loaded["milestones"].append(milestone("PR-04"))
    reload(loaded, now)
    assert Milestone.objects.get(code="PR-04").baseline_due is None


def test_what_left_the_file_is_removed_while_nothing_was_recorded(loaded, now):
    del loaded["milestones"][1]
    assert reload(loaded, now) == ["remove milestones PR-02"]
    assert not Milestone.objects.filter(code="PR-02").exists()
    assert types()[-1] == "milestone.removed"
    assert MilestoneVersion.objects.at(1).filter(code="PR-02").exists()
    assert not MilestoneVersion.objects.current().filter(code="PR-02").exists()


def test_what_leaves_the_file_together_goes_together(data, now):
    """Whoever waits or leads goes before what it waits for and who leads it."""
    whole = copy.deepcopy(data)
    data["organisations"].append({"code": "RU-TWO", "side": "RU", "kind": "ministry", "name": texts("Another")})
    data["milestones"] += [milestone("PR-04", lead=["RU-TWO"]), milestone("PR-05", predecessors=["PR-04"])]
    load(as_file(data), now=now)
    assert reload(whole, now) == ["remove milestones PR-05", "remove milestones PR-04", "remove organisations RU-TWO"]
    assert reload(whole, now) == []


def test_what_something_refers_to_stays_and_is_reported(loaded, now):
    row = Milestone.objects.get(code="PR-02")
    with open_change(now=now) as change:
        move_date(change, row, field="due", to=PlannedDate.parse("2029"), category="political")
    del loaded["milestones"][1]
    assert reload(loaded, now) == ["keep   milestones PR-02 (something on the record refers to it)"]
    assert Milestone.objects.filter(code="PR-02").exists()


def test_a_date_that_was_moved_by_hand_is_never_touched(loaded, now):
    row = Milestone.objects.get(code="PR-02")
    with open_change(now=now) as change:
        move_date(change, row, field="due", to=PlannedDate.parse("2029"), category="political")
    assert reload(loaded, now) == []
    loaded["milestones"][1]["due"] = "2028"
    assert reload(loaded, now) == ["keep   milestones PR-02: due stays 2029, not 2028 (was changed by hand)"]
    assert str(Milestone.objects.get(code="PR-02").due_date) == "2029"


def test_a_text_that_was_changed_by_hand_is_never_touched(loaded, now):
    proposal = Proposal.objects.get()
    proposal.title_en = "By hand"
    proposal.save()
    with open_change(now=now) as change:
        keep_thing(change, proposal, added=False, fields=["title"])
    loaded["proposals"][0]["title"] = texts("From the file")
    loaded["proposals"][0]["strength"] = "expected"
    kept, changed = reload(loaded, now)
    assert "title.en stays “By hand”, not “From the file in English”" in kept
    assert kept.endswith("(was changed by hand)")
    assert changed == "change proposals PR: strength asked → expected"
    row = ProposalVersion.objects.current().get()
    assert (row.title_en, row.strength) == ("By hand", "expected")


def test_a_thing_that_was_removed_by_hand_stays_away(loaded, now):
    from milestones.services import remove_milestone

    with open_change(now=now) as change:
        remove_milestone(change, Milestone.objects.get(code="PR-02"))
    assert reload(loaded, now) == []
    loaded["milestones"][1]["due"] = "2028"
    assert reload(loaded, now) == ["keep   milestones PR-02 (was removed by hand)"]


def test_a_change_of_side_reaches_the_versions_of_the_milestones(loaded, now):
    loaded["organisations"][0]["side"] = "joint"
    reload(loaded, now)
    assert Organisation.objects.get(code="RU-ONE").side == "joint"
    assert MilestoneVersion.objects.current().get(code="PR-01").sides == ["joint"]
    before = types()
    loaded["organisations"][1]["side"] = "joint"
    reload(loaded, now)
    assert types() == [*before, "organisation.changed"], "who only supports is on no side"
    loaded["organisations"][0]["name"] = texts("Renamed")
    reload(loaded, now)
    assert types() == [*before, "organisation.changed", "organisation.changed"]


def test_every_kind_of_thing_can_change(loaded, now):
    loaded["passages"][0]["summary"] = texts("Anew")
    loaded["sources"][0] |= {"published_on": "2021-05", "passages": ["1.10"]}
    loaded["organisations"][1]["short_name"] = texts("ON")
    loaded["risks"][0] |= {"description": texts("Grave"), "proposals": []}
    loaded["indicators"][0] |= {"baseline": {"value": 7600.5, "qualifier": "≈", "date": 2025}, "target": {"value": 8000, "date": 2030}}
    loaded["context_events"][0] |= {"ends": None, "sources": []}
    loaded["series"][0] |= {"ends": 2027, "rotation": ["KZ", "RU"]}
    loaded["milestones"][2] |= {"basis": "report", "edition": 2026}
    assert all(one.startswith("change") for one in reload(loaded, now))
    assert shape_of_report(Report.objects.get()) == shape_of_file(loaded)
    assert reload(loaded, now) == []
    assert Milestone.objects.get(code="PR-03").host == "KZ"


def test_a_bad_file_changes_nothing(loaded, now):
    loaded["milestones"][0]["title"] = texts("Anew")
    loaded["milestones"][1]["lead"] = ["XX"]
    with pytest.raises(BadFile):
        load(as_file(loaded), now=now)
    assert Event.objects.count() == 1
    assert Milestone.objects.get(code="PR-01").title_en == "Step PR-01 in English"


def test_a_dry_run_says_what_would_be_done_and_does_nothing(data, now):
    outcome = load(as_file(data), now=now, dry_run=True)
    assert outcome.written == 14
    assert not Report.objects.exists()
    assert not Event.objects.exists()


def test_an_export_loads_back_to_the_same(loaded, now):
    text = export(Report.objects.get())
    assert reload_text(text, now) == []
    from roadmap_file.reading import read

    assert shape_of_file(read(text).data) == shape_of_file(loaded)


def reload_text(text, now):
    return [str(one) for one in load(text, now=now).differences]


def test_an_export_keeps_the_plan_of_the_file_when_a_date_was_moved(loaded, now):
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="PR-02"), field="due", to=PlannedDate.parse("2033"), category="political")
    assert reload_text(export(Report.objects.get()), now) == []


def test_the_commands_say_what_they_did(tmp_path, data, capsys):
    file = tmp_path / "roadmap.yaml"
    file.write_text(as_file(data))
    call_command("load_roadmap", file, "--dry-run")
    assert "dry run: nothing was written" in capsys.readouterr().out
    call_command("load_roadmap", file)
    assert "added: 1 report" in capsys.readouterr().out
    call_command("load_roadmap", file)
    assert "nothing to do" in capsys.readouterr().out
    call_command("export_roadmap", "TEST", "--output", tmp_path / "out.yaml")
    call_command("load_roadmap", tmp_path / "out.yaml")
    assert "nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["missing.yaml", "folder"])
def test_an_unreadable_file_is_a_message(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_roadmap", tmp_path / name)


def test_a_bad_file_is_a_message_with_all_faults(tmp_path, data):
    data["milestones"][0]["lead"] = ["XX"]
    data["milestones"][1]["lead"] = ["YY"]
    file = tmp_path / "roadmap.yaml"
    file.write_text(as_file(data))
    with pytest.raises(CommandError, match="2 faults:") as caught:
        call_command("load_roadmap", file)
    assert "XX is not among the organisations" in str(caught.value)


def test_a_file_that_cannot_be_read_is_a_message_without_python(tmp_path):
    file = tmp_path / "roadmap.yaml"
    with pytest.raises(CommandError, match=r"roadmap.yaml cannot be read: No such file or directory$"):
        call_command("load_roadmap", file)
    file.write_bytes("format: 1\n# Отчет\n".encode("cp1251"))
    with pytest.raises(CommandError, match="is not in UTF-8, see its line 2: save it in UTF-8"):
        call_command("load_roadmap", file)


def test_a_mark_of_byte_order_that_an_editor_leaves_is_no_fault(tmp_path, data):
    file = tmp_path / "roadmap.yaml"
    file.write_text(as_file(data), encoding="utf-8-sig")
    call_command("load_roadmap", file, dry_run=True)


def test_an_unknown_report_cannot_be_exported():
    with pytest.raises(CommandError, match="There is no report XX"):
        call_command("export_roadmap", "XX")


def test_the_day_of_the_file_is_not_moved_by_a_time_zone(loaded):
    assert Report.objects.get().published_on == dt.date(2023, 10, 12)


def test_a_removal_that_is_refused_leaves_the_chain_whole(loaded, now):
    """What refuses must do so before the change has counted it in."""
    loaded["sources"] = []
    loaded["organisations"] = loaded["organisations"][:1]
    for item in loaded["milestones"]:
        item["support"] = []
    with open_change(now=now) as change:
        keep = Organisation.objects.get(code="KZ-ONE")
        Proposal.objects.get().leads.create(organisation=keep, order=1)
        keep_thing(change, Proposal.objects.get(), added=False)
    loaded["context_events"][0]["sources"] = []
    assert "keep   organisations KZ-ONE (something on the record refers to it)" in reload(loaded, now)
    assert "source.removed" in types()


def test_a_passage_that_others_cite_is_not_removed(loaded, now):
    with open_change(now=now) as change:
        from milestones.models import Milestone as One

        one = One.objects.get(code="PR-01")
        one.passages.add(one.proposal.report.passages.get(number="1.10"))
        from milestones.services import keep_milestone

        keep_milestone(change, one, added=False)
    loaded["passages"] = loaded["passages"][:1]
    loaded["risks"][0]["passages"] = []
    assert "keep   passages 1.10 (something on the record refers to it)" in reload(loaded, now)


def test_a_dependency_may_be_turned_round(loaded, now):
    loaded["milestones"][0] |= {"predecessors": ["PR-02"], "due": "2027-Q2"}
    loaded["milestones"][1]["predecessors"] = []
    assert all(one.startswith("change") for one in reload(loaded, now))
    assert MilestoneVersion.objects.current().get(code="PR-01").predecessors == ["PR-02"]


def test_two_editions_may_change_places_and_one_may_get_another_code(loaded, now):
    loaded["milestones"].append(milestone("PR-04", series="PR-S", edition=2024, due="2024"))
    reload(loaded, now)
    loaded["milestones"][2]["edition"], loaded["milestones"][3]["edition"] = 2024, 2025
    reload(loaded, now)
    assert MilestoneVersion.objects.current().get(code="PR-03").edition == 2024
    loaded["milestones"][3]["code"] = "PR-05"
    reload(loaded, now)
    assert MilestoneVersion.objects.current().get(code="PR-05").edition == 2025


def test_no_two_versions_of_a_thing_have_one_number(loaded, now):
    loaded["milestones"].append(milestone("PR-04"))
    loaded["organisations"][0]["side"] = "joint"
    loaded["milestones"][1]["title"] = texts("Anew")
    reload(loaded, now)
    numbers = list(MilestoneVersion.objects.filter(code="PR-02").order_by("first").values_list("version", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == 3


def test_what_could_not_be_removed_is_tried_again_with_the_next_file(loaded, now):
    removed = loaded["milestones"].pop(0)
    assert removed["code"] == "PR-01"
    with open_change(now=now) as change:
        move_date(change, Milestone.objects.get(code="PR-01"), field="due", to=PlannedDate.parse("2026-Q4"), category="political")
    loaded["milestones"][0]["predecessors"] = []
    said = "keep   milestones PR-01 (something on the record refers to it)"
    assert said in reload(loaded, now)
    assert said in reload(loaded, now)


def test_a_circle_of_file_and_hand_is_a_message(tmp_path, loaded, now):
    from milestones.models import Dependency
    from milestones.services import keep_milestone

    with open_change(now=now) as change:
        one, other = Milestone.objects.get(code="PR-01"), Milestone.objects.get(code="PR-03")
        Dependency.objects.create(milestone=one, predecessor=other)
        keep_milestone(change, one, added=False)
    loaded["milestones"][2] |= {"predecessors": ["PR-01"], "due": "2026"}
    file = tmp_path / "roadmap.yaml"
    file.write_text(as_file(loaded))
    with pytest.raises(CommandError, match=r"PR-01 → PR-03 → PR-01|PR-03 → PR-01 → PR-03"):
        call_command("load_roadmap", file)
