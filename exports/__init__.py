"""Files of the record: tables, a workbook, data, a printed report; each says of which position and day it is."""
