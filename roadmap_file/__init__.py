"""The roadmap file: one YAML file that holds a report and the plan made from it (docs/roadmap-file.md).

``reading`` turns text into data with line numbers, ``checking`` names every fault, ``shape``
gives file and database one form, ``comparing`` says what a load would do, ``loading`` does it,
``writing`` makes a file out of the database.
"""
