from typing import Any

from django.contrib.sessions.backends import db

from common.quick import quick_row


class SessionStore(db.SessionStore):
    """Django's sessions in the database, read with one quick query."""

    def load(self) -> dict[str, Any]:
        key = self.session_key
        row = None
        if key and key.isascii():
            sql = "SELECT session_data FROM django_session WHERE session_key = $1 AND expire_date > now()"
            row = quick_row(sql, key)
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])
