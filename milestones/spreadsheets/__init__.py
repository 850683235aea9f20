"""Files that people edit outside: assessments and plan dates as CSV and XLSX, out and in, in one shape."""
