"""``record_plain``: a text as it is searched, whatever locale the database has (``record.search.Plain``)."""

from django.db import migrations

# Quotation marks, apostrophes, dashes, dots, the numero, section and degree signs, and spaces that are not ASCII.
SPACES = (
    "«»“”„‟‘’‚‛‹›"
    "‐‑‒–—―−"
    "…·•‣№§°¶†‡"
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\u2028\u2029"
)
# Nothing that is seen: soft hyphen, zero width space, joiners and marks of direction.
NOTHING = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"

CREATE = f"""
CREATE FUNCTION record_plain(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT translate(normalize(words, NFC), 'ёЁ{SPACES}{NOTHING}', 'еЕ{" " * len(SPACES)}')
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('record', '0002_touched'),
    ]

    operations = [
        migrations.RunSQL(CREATE, 'DROP FUNCTION record_plain(text)'),
    ]
