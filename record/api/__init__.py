"""The API over the record: answers as of a moment, writes under its lock, and the log itself."""

from record.api.views import AccountListView, AccountView, RecordListView, RecordView, saying_which_moment

__all__ = ["AccountListView", "AccountView", "RecordListView", "RecordView", "saying_which_moment"]
