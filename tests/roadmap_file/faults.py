"""A small file, and what goes wrong with it: what is written there instead of what, and what is said of it."""

FILE = """\
format: 1
report:
  code: TEST
  title: {ru: Отчет, en: Report, kk: Есеп}
  publisher: {ru: Издатель, en: Publisher, kk: Баспа}
  published_on: 2023-10-12
  language: en
  horizon: 2030
  address: https://example.org/report
passages:
  - number: "1.1"
    summary: {ru: Первый, en: First, kk: Бірінші}
sources:
  - {number: 1, title: A note, published_on: 2022, passages: ["1.1"]}
organisations:
  - {code: EX-RU, side: RU, kind: ministry, name: {ru: Служба, en: Service, kk: Қызмет}}
  - {code: EX-KZ, side: KZ, kind: ministry, planned: true, name: {ru: Палата, en: Chamber, kk: Палата}}
proposals:
  - code: PR
    kind: cooperation
    strength: asked
    title: {ru: Проект, en: Project, kk: Жоба}
    lead: [EX-RU]
    passages: ["1.1"]
risks:
  - {code: R-01, title: {ru: Риск, en: Risk, kk: Тәуекел}, passages: ["1.1"], proposals: [PR]}
indicators:
  - code: IND-01
    basis: report
    title: {ru: Длина, en: Length, kk: Ұзындық}
    baseline:
      value: 7500
      qualifier: ">"
      passage: "1.1"
context_events:
  - {code: CE-01, title: {ru: Выборы, en: Election, kk: Сайлау}, starts: 2027, ends: 2028, sources: [1]}
series:
  - {code: PR-S, proposal: PR, title: {ru: Ряд, en: Series, kk: Қатар}, starts: 2025, ends: 2027, rotation: [KZ, RU]}
milestones:
  - code: PR-01
    proposal: PR
    stage: founding
    title: {ru: Шаг, en: Step, kk: Қадам}
    criterion: {ru: Документ, en: Document, kk: Құжат}
    basis: planning
    due: 2026-Q2
    lead: [EX-RU, EX-KZ]
  - code: PR-02
    proposal: PR
    stage: operation
    title: {ru: Второй, en: Second, kk: Екінші}
    criterion: {ru: Отчет, en: Account, kk: Есеп}
    basis: planning
    due: 2027
    lead: [EX-KZ]
    support: [EX-RU]
    passages: ["1.1"]
    predecessors: [PR-01]
    series: PR-S
    edition: 2027
"""
LONG = "Very long " * 40

FAULTS: list[tuple[str, str, str, list[str]]] = [
    # Languages
    (
        "a language is missing",
        ", kk: Қадам}",
        "}",
        ["line 43: milestones PR-01, title: kk is missing: write the text in each language, ru, en, kk"],
    ),
    (
        "two languages are missing",
        "{ru: Шаг, en: Step, kk: Қадам}",
        "{en: Step}",
        ["line 43: milestones PR-01, title: ru, kk are missing: write the text in each language, ru, en, kk"],
    ),
    (
        "a text in one language only",
        "{ru: Шаг, en: Step, kk: Қадам}",
        "Step",
        ["line 43: milestones PR-01, title: write the text in each language, on lines of their own: ru: …, en: …, kk: …"],
    ),
    ("a language without its text", "kk: Қадам}", "kk: }", ["line 43: milestones PR-01, title.kk: the text is empty: write it"]),
    ("a text of spaces", "kk: Қадам}", 'kk: "  "}', ["line 43: milestones PR-01, title.kk: the text is empty: write it"]),
    (
        "a language that is not read",
        "en: Step, kk",
        "en: Step, de: Schritt, kk",
        ["line 43: milestones PR-01, title.de: there is no such key here; these may stand here: ru, en, kk"],
    ),
    ("a year as a text", "en: Step,", "en: 2027,", ['line 43: milestones PR-01, title.en: write the number in quotes: "2027"']),
    (
        "a title too long",
        "en: Step,",
        f"en: {LONG.strip()},",
        ["line 43: milestones PR-01, title.en: “Very long Very long Very long Very long…” has 399 characters: write at most 300"],
    ),
    (
        "no text at all",
        "title: {ru: Шаг, en: Step, kk: Қадам}",
        "title:",
        ["line 43: milestones PR-01, title: write the text in each language, on lines of their own: ru: …, en: …, kk: …"],
    ),
    # Numbers, quotes and lists
    ("a passage without quotes", 'number: "1.1"', "number: 1.1", ['line 11: passages 1.1, number: write the number in quotes: "1.1"']),
    (
        "a passage without quotes inside baseline",
        '      passage: "1.1"',
        "      passage: 1.1",
        ['line 34: indicators IND-01, baseline.passage: write the number in quotes: "1.1"'],
    ),
    (
        "a passage without quotes in a list",
        'passages: ["1.1"]\n    predecessors',
        "passages: [1.1]\n    predecessors",
        ['line 57: milestones PR-02, passages: write the number in quotes: "1.1"'],
    ),
    (
        "a passage in words",
        'number: "1.1"',
        'number: "§ 1"',
        ['line 11: passages § 1, number: “§ 1” does not fit: write the section and the paragraph in quotes, with a point between: "4.2"'],
    ),
    ("one organisation instead of a list", "lead: [EX-KZ]", "lead: EX-KZ", ["line 55: milestones PR-02, lead: write a list: [EX-KZ]"]),
    (
        "one passage instead of a list",
        'passages: ["1.1"]\n    predecessors',
        "passages: 1.1\n    predecessors",
        ['line 57: milestones PR-02, passages: write a list: ["1.1"]'],
    ),
    ("nobody leads", "lead: [EX-KZ]", "lead: []", ["line 55: milestones PR-02, lead: the list is empty: name at least one"]),
    (
        "a list that was left empty",
        "lead: [EX-KZ]",
        "lead:",
        ["line 55: milestones PR-02, lead: nothing stands here: write a list with at least one"],
    ),
    ("the same twice in a list", "lead: [EX-KZ]", "lead: [EX-KZ, EX-KZ]", ["line 55: milestones PR-02, lead: write it once: EX-KZ"]),
    (
        "a thing without its hyphen",
        "risks:\n  - {",
        "risks:\n    {",
        ["line 25: risks: write a list: each thing begins with a hyphen on a line of its own"],
    ),
    (
        "codes instead of things",
        'risks:\n  - {code: R-01, title: {ru: Риск, en: Risk, kk: Тәуекел}, passages: ["1.1"], proposals: [PR]}',
        "risks: [R-01]",
        ["line 25: risks, number 1: write its keys on lines of their own: code: …, title: …, passages: …"],
    ),
    (
        "a value in quotes",
        "value: 7500",
        'value: "7500"',
        ["line 32: indicators IND-01, baseline.value: write the number without quotes: 7500"],
    ),
    (
        "a value with a comma",
        "value: 7500",
        "value: 0,5",
        ["line 32: indicators IND-01, baseline.value: write the number with a point, not a comma: 0.5"],
    ),
    (
        "a value in words",
        "value: 7500",
        "value: about 7500",
        [
            "line 32: indicators IND-01, baseline.value: “about 7500” does not fit: write a number, such as 7500 or 0.5, of at most fifteen digits"
        ],
    ),
    (
        "baseline as a number alone",
        'baseline:\n      value: 7500\n      qualifier: ">"\n      passage: "1.1"',
        "baseline: 7500",
        ["line 31: indicators IND-01, baseline: write its keys on lines of their own: value: …"],
    ),
    ("baseline without a value", "      value: 7500\n", "", ["line 31: indicators IND-01, baseline: value is missing: write it too"]),
    (
        "a qualifier that there is not",
        'qualifier: ">"',
        'qualifier: "~"',
        ["line 33: indicators IND-01, baseline.qualifier: “~” is not known here: write one of these: ≈, >, ≥, <, or leave it empty"],
    ),
    ("a word for yes", "planned: true", "planned: yes", ["line 17: organisations EX-KZ, planned: write true or false"]),
    (
        "a note with the number nought",
        "{number: 1,",
        "{number: 0,",
        ["line 14: sources 0, number: 0 does not fit: write the number of the note, from 1 to 9999"],
    ),
    ("a year in quotes", "starts: 2025,", 'starts: "2025",', ["line 38: series PR-S, starts: write the number without quotes: 2025"]),
    # Words
    (
        "a word that is not known",
        "kind: cooperation",
        "kind: friendship",
        [
            "line 20: proposals PR, kind: “friendship” is not known here: write one of these: institution, event, appointment, exchange, research, capacity, cooperation, coordination, communication, education, people, programme, vision"
        ],
    ),
    (
        "a word misspelt",
        "stage: founding",
        "stage: fouding",
        [
            "line 42: milestones PR-01, stage: “fouding” is not known here; did you mean founding? write one of these: preparation, founding, launch, operation, review, evaluation"
        ],
    ),
    (
        "a side in small letters",
        "side: RU,",
        "side: ru,",
        ["line 16: organisations EX-RU, side: “ru” is not known here; did you mean RU? write one of these: RU, KZ, joint, international"],
    ),
    (
        "a key misspelt that is needed",
        "    stage: operation",
        "    stagee: operation",
        ["line 50: milestones PR-02, stagee: there is no such key; did you mean stage?"],
    ),
    (
        "a key that there is not",
        "    basis: planning\n    due: 2027",
        "    basis: planning\n    budget: 5\n    due: 2027",
        [
            "line 54: milestones PR-02, budget: there is no such key here; these may stand here: code, title, short_title, description, proposal, series, edition, basis, stage, lead, support, lead_assumed, due, passages, predecessors, criterion"
        ],
    ),
    (
        "a key twice",
        "    due: 2027\n",
        "    due: 2027\n    due: 2028\n",
        ["line 55: milestones PR-02, due: the key stands on line 54 already: keep one of the two"],
    ),
    ("a key that is needed is missing", "    stage: operation\n", "", ["line 48: milestones PR-02: stage is missing: write it too"]),
    (
        "a code in small letters",
        "  - code: PR-02",
        "  - code: pr-02",
        [
            "line 48: milestones pr-02, code: “pr-02” does not fit: write a code: capital Latin letters and digits in groups, joined by hyphens, such as SM-03; here that would be PR-02"
        ],
    ),
    (
        "a code too long",
        "  - code: PR-02",
        f"  - code: {'PR-' * 12}02",
        [
            "line 48: milestones PR-PR-PR-PR-PR-PR-PR-PR-PR-PR-PR-PR-02, code: “PR-PR-PR-PR-PR-PR-PR-PR-PR-PR-PR-PR-02” has 38 characters: write at most 32"
        ],
    ),
    # Dates and addresses
    (
        "a fifth quarter",
        "due: 2026-Q2",
        "due: 2026-Q5",
        [
            "line 46: milestones PR-01, due: “2026-Q5” does not fit: write 2030, 2027-Q2, 2027-06 or 2027-06-30, with years from 1900 to 2200"
        ],
    ),
    (
        "a date in words",
        "due: 2026-Q2",
        "due: spring 2026",
        [
            "line 46: milestones PR-01, due: “spring 2026” does not fit: write 2030, 2027-Q2, 2027-06 or 2027-06-30, with years from 1900 to 2200"
        ],
    ),
    (
        "a date as people write it",
        "due: 2026-Q2",
        "due: 30.06.2026",
        [
            "line 46: milestones PR-01, due: “30.06.2026” does not fit: write 2030, 2027-Q2, 2027-06 or 2027-06-30, with years from 1900 to 2200"
        ],
    ),
    (
        "a day that there is not",
        "due: 2026-Q2",
        "due: 2026-06-31",
        ["line 46: milestones PR-01, due: “2026-06-31” is not in the calendar: write 2030, 2027-Q2, 2027-06 or 2027-06-30"],
    ),
    (
        "the report's day as a year",
        "published_on: 2023-10-12",
        "published_on: 2023",
        ["line 6: report, published_on: 2023 does not fit: write a day of the calendar, such as 2025-03-01"],
    ),
    (
        "the report's day not in the calendar",
        "published_on: 2023-10-12",
        "published_on: 2023-02-30",
        ["line 6: report, published_on: “2023-02-30” does not fit: write a day of the calendar, such as 2025-03-01"],
    ),
    (
        "an address without https",
        "address: https://example.org/report",
        "address: example.org/report",
        [
            "line 9: report, address: “example.org/report” does not fit: write an address that begins with https://, without spaces and without anybody's password"
        ],
    ),
    (
        "due after the horizon",
        "due: 2026-Q2",
        "due: 2031",
        ["line 46: milestones PR-01, due: 2031 is after 2030, the report's horizon: write an earlier one"],
    ),
    (
        "due before the report",
        "due: 2026-Q2",
        "due: 2022",
        ["line 46: milestones PR-01, due: 2022 is before 2023-10-12, when the report came out: write a later one"],
    ),
    (
        "due before what it waits for",
        "due: 2027\n",
        "due: 2025\n",
        ["line 58: milestones PR-02, predecessors: it waits for PR-01, which is due 2026-Q2, but is due 2025 itself, which is earlier"],
    ),
    (
        "an event that ends before it starts",
        "ends: 2028",
        "ends: 2026",
        ["line 36: context_events CE-01, ends: 2026 is before 2027, when it starts"],
    ),
    # References
    (
        "a code that names nothing",
        "predecessors: [PR-01]",
        "predecessors: [PR-1]",
        ["line 58: milestones PR-02, predecessors: PR-1 is not among the milestones of this file; did you mean PR-01?"],
    ),
    (
        "an organisation that there is not",
        "lead: [EX-KZ]",
        "lead: [EX-UZ]",
        ["line 55: milestones PR-02, lead: EX-UZ is not among the organisations of this file; did you mean EX-RU or EX-KZ?"],
    ),
    (
        "a passage that there is not, inside baseline",
        '      passage: "1.1"',
        '      passage: "9.9"',
        ["line 34: indicators IND-01, baseline.passage: 9.9 is not among the passages of this file"],
    ),
    (
        "who leads and supports",
        "support: [EX-RU]",
        "support: [EX-KZ]",
        ["line 56: milestones PR-02, support: EX-KZ leads already: take it out of lead or of support"],
    ),
    (
        "it waits for itself",
        "predecessors: [PR-01]",
        "predecessors: [PR-02]",
        ["line 58: milestones PR-02, predecessors: it waits for itself: take it out"],
    ),
    (
        "a circle",
        "    lead: [EX-RU, EX-KZ]",
        "    lead: [EX-RU, EX-KZ]\n    predecessors: [PR-02]",
        ["line 48: milestones PR-01, predecessors: they wait for each other in a circle, PR-01 → PR-02 → PR-01: take one out"],
    ),
    (
        "a code twice",
        "  - code: PR-02",
        "  - code: PR-01",
        ["line 48: milestones PR-01, code: PR-01 is the code on line 40 already: give this one another"],
    ),
    (
        "a series without its edition",
        "    edition: 2027\n",
        "",
        ["line 48: milestones PR-02: series and edition go together: write edition too"],
    ),
    (
        "an edition outside the years",
        "edition: 2027",
        "edition: 2029",
        ["line 60: milestones PR-02, edition: 2029 is no year of PR-S, which runs from 2025 to 2027"],
    ),
    # The file
    ("another format", "format: 1", "format: 2", ["line 1: format: write 1: this release reads no other format"]),
    (
        "a colon in a text",
        "  address: https://example.org/report",
        "  address: see: https://example.org",
        ["line 9: a colon stands where none can: put a text that has one in quotes, or mend the indent"],
    ),
    (
        "a quote that is not closed",
        'qualifier: ">"',
        'qualifier: ">',
        ["line 34: the line does not fit those above it: look at its indent, and for quotes above it that are not closed"],
    ),
    (
        "a bracket that is not closed",
        "lead: [EX-KZ]",
        "lead: [EX-KZ",
        ["line 56: a bracket [ is opened and not closed: close it, with commas between what stands in it"],
    ),
    ("a tab", "    due: 2027\n", "\tdue: 2027\n", ["line 54: a tab begins the line: indent by spaces"]),
    (
        "an indent too deep",
        "    due: 2027\n",
        "      due: 2027\n",
        ["line 54: a colon stands where none can: put a text that has one in quotes, or mend the indent"],
    ),
    (
        "a text that begins with an asterisk",
        "title: A note",
        "title: *A note*",
        ["line 14: a text begins with & or *: put it in quotes; anchors and aliases are not part of the format"],
    ),
    (
        "a text that begins with an exclamation mark",
        "title: A note",
        "title: !A note",
        ["line 14: a text begins with !: put it in quotes; tags are not part of the format"],
    ),
    # Form and references together
    (
        "form and reference at once",
        "due: 2027\n    lead: [EX-KZ]",
        "due: soon\n    lead: [EX-UZ]",
        [
            "line 54: milestones PR-02, due: “soon” does not fit: write 2030, 2027-Q2, 2027-06 or 2027-06-30, with years from 1900 to 2200",
            "line 55: milestones PR-02, lead: EX-UZ is not among the organisations of this file; did you mean EX-RU or EX-KZ?",
        ],
    ),
]


def broken(old: str, new: str) -> str:
    assert FILE.count(old) == 1, (old, FILE.count(old))
    return FILE.replace(old, new)
