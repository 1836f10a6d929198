"""Replies that go to another question take their words along: both questions are written anew once a statement.

One statement may move thousands of replies, and writing two documents for each of them would take minutes.
"""

from django.db import migrations

MOVED = """
CREATE FUNCTION search_reply_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[] := coalesce(nullif(current_setting('bedside.moved', true), ''), '{}')::bigint[];
BEGIN
    IF NOT ids @> ARRAY[OLD.thread_id, NEW.thread_id] THEN
        PERFORM set_config('bedside.moved', (ids || OLD.thread_id || NEW.thread_id)::text, true);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_replies_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[] := coalesce(nullif(current_setting('bedside.moved', true), ''), '{}')::bigint[];
BEGIN
    IF ids <> '{}' THEN
        PERFORM set_config('bedside.moved', '', true);
        PERFORM search_refresh(ARRAY(SELECT DISTINCT unnest(ids) ORDER BY 1));
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER search_reply_changed ON forum_reply;
CREATE TRIGGER search_reply_changed AFTER UPDATE OF body_html, status ON forum_reply FOR EACH ROW
    WHEN ((OLD.body_html, OLD.status) IS DISTINCT FROM (NEW.body_html, NEW.status))
    EXECUTE FUNCTION search_reply_changed();
CREATE TRIGGER search_reply_moved AFTER UPDATE OF thread_id ON forum_reply FOR EACH ROW
    WHEN (OLD.thread_id <> NEW.thread_id) EXECUTE FUNCTION search_reply_moved();
CREATE TRIGGER search_replies_moved AFTER UPDATE OF thread_id ON forum_reply
    FOR EACH STATEMENT EXECUTE FUNCTION search_replies_moved();
"""

UNDO = """
DROP FUNCTION search_reply_moved, search_replies_moved CASCADE;
DROP TRIGGER search_reply_changed ON forum_reply;
CREATE TRIGGER search_reply_changed AFTER UPDATE OF body_html, status, thread_id ON forum_reply FOR EACH ROW
    WHEN ((OLD.body_html, OLD.status, OLD.thread_id) IS DISTINCT FROM (NEW.body_html, NEW.status, NEW.thread_id))
    EXECUTE FUNCTION search_reply_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0004_similar")]

    operations = [migrations.RunSQL(MOVED, UNDO)]
