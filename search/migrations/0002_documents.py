"""Documents are kept by the database itself, so that no way of changing a post can leave one behind.

Of a long thread the best replies count, cut to a length that always fits: a tsvector holds less than 1 MB, and
one that grew past it would refuse the reply.
"""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

REPLIES = 60  # of a thread that are searched; the rest waits in search_staledocument for its turn
CUT = 4000  # letters of a reply, and five times as many of a question

CONFIG = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = 'health' AND cfgnamespace = 'public'::regnamespace) THEN
        CREATE TEXT SEARCH CONFIGURATION public.health (COPY = pg_catalog.english);
        ALTER TEXT SEARCH CONFIGURATION public.health
            ALTER MAPPING FOR hword, hword_part, word WITH public.unaccent, english_stem;
    END IF;
END $$;
"""

DOCUMENTS = f"""
CREATE FUNCTION search_refresh(ids bigint[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM search_staledocument WHERE thread_id = ANY(ids);
    DELETE FROM search_threaddocument d
        WHERE d.thread_id = ANY(ids)
        AND NOT EXISTS (SELECT FROM forum_thread t WHERE t.id = d.thread_id AND t.status = 'published');
    INSERT INTO search_threaddocument AS d (thread_id, vector)
    SELECT t.id,
        setweight(to_tsvector('public.health', t.title), 'A')
        || setweight(to_tsvector('public.health', left(t.body_html, {5 * CUT})), 'B')
        || setweight(to_tsvector('public.health', coalesce(r.professionals, '')), 'C')
        || setweight(to_tsvector('public.health', coalesce(r.others, '')), 'D')
    FROM forum_thread t
    LEFT JOIN LATERAL (
        SELECT string_agg(left(best.body_html, {CUT}), ' ') FILTER (WHERE best.has_badge) AS professionals,
            string_agg(left(best.body_html, {CUT}), ' ') FILTER (WHERE NOT best.has_badge) AS others
        FROM (
            SELECT body_html, has_badge FROM forum_reply
            WHERE thread_id = t.id AND status = 'published'
            ORDER BY helpful_count DESC, created_at, id LIMIT {REPLIES}
        ) best
    ) r ON true
    WHERE t.id = ANY(ids) AND t.status = 'published'
    ON CONFLICT (thread_id) DO UPDATE SET vector = EXCLUDED.vector WHERE d.vector <> EXCLUDED.vector;
$$;

CREATE FUNCTION search_thread_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('bedside.bulk', true) = 'on' THEN
        INSERT INTO search_staledocument VALUES (NEW.id) ON CONFLICT DO NOTHING;
    ELSE
        PERFORM search_refresh(ARRAY[NEW.id]);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_reply_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('bedside.bulk', true) = 'on'
        OR (SELECT place_count >= {REPLIES} FROM forum_thread WHERE id = NEW.thread_id)
    THEN
        INSERT INTO search_staledocument VALUES (NEW.thread_id) ON CONFLICT DO NOTHING;
    ELSE
        UPDATE search_threaddocument SET vector = vector || setweight(
            to_tsvector('public.health', left(NEW.body_html, {CUT})),
            (CASE WHEN NEW.has_badge THEN 'C' ELSE 'D' END)::"char"
        ) WHERE thread_id = NEW.thread_id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION search_reply_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(ARRAY[OLD.thread_id, NEW.thread_id]);
    RETURN NULL;
END $$;

CREATE FUNCTION search_reply_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_refresh(ARRAY[OLD.thread_id]);
    RETURN NULL;
END $$;

CREATE FUNCTION search_badge_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_staledocument VALUES (NEW.thread_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION search_resource_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_resourcedocument (resource_id, vector) VALUES (
        NEW.id,
        setweight(to_tsvector('public.health', NEW.title), 'A')
        || setweight(to_tsvector('public.health', NEW.blurb), 'B')
        || setweight(to_tsvector('public.health', left(NEW.body_html, {5 * CUT})), 'C')
    ) ON CONFLICT (resource_id) DO UPDATE SET vector = EXCLUDED.vector;
    RETURN NULL;
END $$;

CREATE TRIGGER search_thread_added AFTER INSERT ON forum_thread
    FOR EACH ROW EXECUTE FUNCTION search_thread_changed();
CREATE TRIGGER search_thread_changed AFTER UPDATE OF title, body_html, status ON forum_thread FOR EACH ROW
    WHEN ((OLD.title, OLD.body_html, OLD.status) IS DISTINCT FROM (NEW.title, NEW.body_html, NEW.status))
    EXECUTE FUNCTION search_thread_changed();
CREATE TRIGGER search_reply_added AFTER INSERT ON forum_reply FOR EACH ROW
    WHEN (NEW.status = 'published') EXECUTE FUNCTION search_reply_added();
CREATE TRIGGER search_reply_changed AFTER UPDATE OF body_html, status, thread_id ON forum_reply FOR EACH ROW
    WHEN ((OLD.body_html, OLD.status, OLD.thread_id) IS DISTINCT FROM (NEW.body_html, NEW.status, NEW.thread_id))
    EXECUTE FUNCTION search_reply_changed();
CREATE TRIGGER search_reply_gone AFTER DELETE ON forum_reply FOR EACH ROW
    WHEN (OLD.status = 'published') EXECUTE FUNCTION search_reply_gone();
CREATE TRIGGER search_badge_changed AFTER UPDATE OF has_badge ON forum_reply FOR EACH ROW
    WHEN (OLD.has_badge <> NEW.has_badge) EXECUTE FUNCTION search_badge_changed();
CREATE TRIGGER search_resource_changed AFTER INSERT OR UPDATE OF title, blurb, body_html ON resources_resource
    FOR EACH ROW EXECUTE FUNCTION search_resource_changed();

-- Whole in their rows, so that ranking looks nowhere else; and enough statistics to know which words are rare.
ALTER TABLE search_threaddocument SET (toast_tuple_target = 8160);
ALTER TABLE search_threaddocument ALTER COLUMN vector SET STATISTICS 500;

INSERT INTO search_staledocument SELECT id FROM forum_thread;
UPDATE resources_resource SET title = title;
"""

UNDO = """
DROP FUNCTION search_thread_changed, search_reply_added, search_reply_changed, search_reply_gone,
    search_badge_changed, search_resource_changed CASCADE;
DROP FUNCTION search_refresh;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(CONFIG, "DROP TEXT SEARCH CONFIGURATION public.health"),
        migrations.RunSQL(DOCUMENTS, UNDO),
    ]
