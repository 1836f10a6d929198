"""Documents are kept by the database itself, so that no way of changing a post can leave one behind.

Of a long thread the best replies count, cut to a length that always fits: a tsvector holds less than 1 MB, and one
that grew past it would refuse the reply. A letter takes 9 bytes at worst (hyphenated words of Chinese letters).
"""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

REPLIES = 40  # of a thread that are searched; the rest waits in search_staledocument for its turn
CUT = 2500  # letters of a reply, and five times as many of a question

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
-- The parser of PostgreSQL takes a time that grows with the square of the length for "a_a_a" and "~/~/".
CREATE FUNCTION search_words(html text, length int) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT to_tsvector('public.health', translate(left(coalesce(html, ''), length), '_~', '  '));
$$;

CREATE FUNCTION search_document(key bigint) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT setweight(search_words(t.title, {CUT}), 'A')
        || setweight(search_words(t.body_html, {5 * CUT}), 'B')
        || setweight(search_words(r.professionals, {REPLIES * CUT}), 'C')
        || setweight(search_words(r.others, {REPLIES * CUT}), 'D')
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
    WHERE t.id = key AND t.status = 'published';
$$;

-- Whatever happens, the post is stored: a question that cannot be indexed is not found.
CREATE FUNCTION search_refresh(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    key bigint;
    words tsvector;
BEGIN
    DELETE FROM search_staledocument WHERE thread_id = ANY(ids);
    FOREACH key IN ARRAY ids LOOP
        BEGIN
            words := search_document(key);
        EXCEPTION WHEN program_limit_exceeded THEN
            words := NULL;
        END;
        IF words IS NULL THEN
            DELETE FROM search_threaddocument WHERE thread_id = key;
        ELSE
            INSERT INTO search_threaddocument AS d (thread_id, vector) VALUES (key, words)
            ON CONFLICT (thread_id) DO UPDATE SET vector = EXCLUDED.vector WHERE d.vector <> EXCLUDED.vector;
        END IF;
    END LOOP;
END $$;

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
            search_words(NEW.body_html, {CUT}), (CASE WHEN NEW.has_badge THEN 'C' ELSE 'D' END)::"char"
        ) WHERE thread_id = NEW.thread_id;
    END IF;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    INSERT INTO search_staledocument VALUES (NEW.thread_id) ON CONFLICT DO NOTHING;
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
        setweight(search_words(NEW.title, {CUT}), 'A') || setweight(search_words(NEW.blurb, {CUT}), 'B')
        || setweight(search_words(NEW.body_html, {5 * CUT}), 'C')
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

-- A thread that is deleted takes its document along, also one that a trigger wrote meanwhile.
DO $$ DECLARE
    name text := (SELECT conname FROM pg_constraint WHERE conrelid = 'search_threaddocument'::regclass AND contype = 'f');
BEGIN
    EXECUTE format('ALTER TABLE search_threaddocument DROP CONSTRAINT %I', name);
    EXECUTE format('ALTER TABLE search_threaddocument ADD CONSTRAINT %I FOREIGN KEY (thread_id)
        REFERENCES forum_thread (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED', name);
END $$;

-- Whole in their rows, so that ranking looks nowhere else; and enough statistics to know which words are rare.
ALTER TABLE search_threaddocument SET (toast_tuple_target = 8160);
ALTER TABLE search_threaddocument ALTER COLUMN vector SET STATISTICS 500;

INSERT INTO search_staledocument SELECT id FROM forum_thread;
UPDATE resources_resource SET title = title;
"""

UNDO = """
DROP FUNCTION search_thread_changed, search_reply_added, search_reply_changed, search_reply_gone,
    search_badge_changed, search_resource_changed CASCADE;
DROP FUNCTION search_refresh, search_document, search_words;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(CONFIG, "DROP TEXT SEARCH CONFIGURATION public.health"),
        migrations.RunSQL(DOCUMENTS, UNDO),
    ]
