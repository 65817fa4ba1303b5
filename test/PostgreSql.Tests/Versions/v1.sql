-- Tables of Cap, version 1, for PostgreSQL 13 or newer. May be run again.
-- The application's role needs on them: USAGE of the schema and the sequences; SELECT, INSERT, UPDATE, DELETE and TRUNCATE of
-- the tables. A role that only publishes needs INSERT on published_log and published_due, SELECT on log_slot and setting,
-- and USAGE of the sequence published_id.
BEGIN;
SELECT pg_advisory_xact_lock(-3976608282278425177);

DO $do$ BEGIN
  IF to_regnamespace('"frozen"') IS NULL THEN CREATE SCHEMA "frozen"; END IF;
END $do$;

CREATE TABLE IF NOT EXISTS "frozen"."setting" (
  "Name" text PRIMARY KEY,
  "Value" text NOT NULL
);

-- Rows that the same nodes share: the outbox of a version (type 0) or the inbox of a group (type 1).
CREATE TABLE IF NOT EXISTS "frozen"."lane" (
  "Id" smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "Type" smallint NOT NULL,
  "Name" text NOT NULL,
  UNIQUE ("Type", "Name")
);

-- The ring of log partitions: empty (not opened), open (one of each type takes the new rows) or closed (waits to be emptied).
CREATE TABLE IF NOT EXISTS "frozen"."log_slot" (
  "Type" smallint NOT NULL,
  "Slot" smallint NOT NULL,
  "OpenedAt" timestamptz,
  "ClosedAt" timestamptz,
  PRIMARY KEY ("Type", "Slot"),
  CHECK ("ClosedAt" IS NULL OR "OpenedAt" IS NOT NULL)
);
CREATE UNIQUE INDEX IF NOT EXISTS "log_slot_open" ON "frozen"."log_slot" ("Type")
  WHERE "OpenedAt" IS NOT NULL AND "ClosedAt" IS NULL;
INSERT INTO "frozen"."log_slot" ("Type", "Slot", "OpenedAt")
  SELECT t, s, CASE WHEN s = 0 THEN clock_timestamp() END
  FROM generate_series(0, 1) t, generate_series(0, 7) s
  ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS "frozen"."attempt" (
  "Type" smallint NOT NULL,
  "Id" bigint NOT NULL,
  "Number" integer NOT NULL,
  "At" timestamptz NOT NULL,
  "Added" timestamptz NOT NULL DEFAULT clock_timestamp(),
  "Duration" interval NOT NULL,
  "Node" text NOT NULL,
  "Error" text NOT NULL,
  PRIMARY KEY ("Type", "Id", "Number")
);
CREATE INDEX IF NOT EXISTS "attempt_added" ON "frozen"."attempt" ("Added");

CREATE TABLE IF NOT EXISTS "frozen"."node" (
  "Name" text PRIMARY KEY,
  "ExpiresAt" timestamptz NOT NULL,
  "Lanes" text[] NOT NULL
);
CREATE TABLE IF NOT EXISTS "frozen"."lease" (
  "Lane" text NOT NULL,
  "Shard" smallint NOT NULL,
  "Node" text,
  PRIMARY KEY ("Lane", "Shard")
);

CREATE SEQUENCE IF NOT EXISTS "frozen"."published_id" AS bigint CACHE 1;

-- Messages, written once.
CREATE TABLE IF NOT EXISTS "frozen"."published_log" (
  "Id" bigint NOT NULL,
  "Added" timestamptz NOT NULL DEFAULT clock_timestamp(),
  "Slot" smallint NOT NULL,
  "Lane" smallint NOT NULL,
  "MessageId" text NOT NULL,
  "Name" text NOT NULL,
  "Key" text,
  "Content" bytea NOT NULL,
  PRIMARY KEY ("Id", "Slot")
) PARTITION BY LIST ("Slot");
CREATE TABLE IF NOT EXISTS "frozen"."published_log_kept" PARTITION OF "frozen"."published_log" FOR VALUES IN (-1);
CREATE TABLE IF NOT EXISTS "frozen"."published_log_0" PARTITION OF "frozen"."published_log" FOR VALUES IN (0)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."published_log_1" PARTITION OF "frozen"."published_log" FOR VALUES IN (1)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."published_log_2" PARTITION OF "frozen"."published_log" FOR VALUES IN (2)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."published_log_3" PARTITION OF "frozen"."published_log" FOR VALUES IN (3)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."published_log_4" PARTITION OF "frozen"."published_log" FOR VALUES IN (4)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."published_log_5" PARTITION OF "frozen"."published_log" FOR VALUES IN (5)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."published_log_6" PARTITION OF "frozen"."published_log" FOR VALUES IN (6)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."published_log_7" PARTITION OF "frozen"."published_log" FOR VALUES IN (7)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);

-- What still needs work. DueAt: -infinity for a fresh row, null for one that was given up.
CREATE TABLE IF NOT EXISTS "frozen"."published_due" (
  "Id" bigint PRIMARY KEY,
  "DueAt" timestamptz,
  "KeyHash" bigint,
  "ExpiresAt" timestamptz,
  "Size" integer NOT NULL,
  "Retries" integer NOT NULL DEFAULT 0,
  "Slot" smallint NOT NULL,
  "Lane" smallint NOT NULL,
  "Shard" smallint NOT NULL
) WITH (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 5000, vacuum_truncate = false
);
CREATE INDEX IF NOT EXISTS "published_due_fresh" ON "frozen"."published_due" ("Lane", "Shard", "Id")
  WHERE "DueAt" = '-infinity' AND "KeyHash" IS NULL;
CREATE INDEX IF NOT EXISTS "published_due_keyed" ON "frozen"."published_due" ("Lane", "Shard", "Id")
  WHERE "DueAt" = '-infinity' AND "KeyHash" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "published_due_later" ON "frozen"."published_due" ("Lane", "Shard", "DueAt", "Id") WHERE "DueAt" > '-infinity';
CREATE INDEX IF NOT EXISTS "published_due_blocking" ON "frozen"."published_due" ("Lane", "KeyHash", "Id")
  WHERE "KeyHash" IS NOT NULL AND "Retries" > 0;
CREATE INDEX IF NOT EXISTS "published_due_expiring" ON "frozen"."published_due" ("ExpiresAt") WHERE "ExpiresAt" IS NOT NULL;

CREATE SEQUENCE IF NOT EXISTS "frozen"."received_id" AS bigint CACHE 1;

-- Messages, written once.
CREATE TABLE IF NOT EXISTS "frozen"."received_log" (
  "Id" bigint NOT NULL,
  "Added" timestamptz NOT NULL DEFAULT clock_timestamp(),
  "Slot" smallint NOT NULL,
  "Lane" smallint NOT NULL,
  "MessageId" text NOT NULL,
  "Name" text NOT NULL,
  "Key" text,
  "Content" bytea NOT NULL,
  PRIMARY KEY ("Id", "Slot")
) PARTITION BY LIST ("Slot");
CREATE TABLE IF NOT EXISTS "frozen"."received_log_kept" PARTITION OF "frozen"."received_log" FOR VALUES IN (-1);
CREATE TABLE IF NOT EXISTS "frozen"."received_log_0" PARTITION OF "frozen"."received_log" FOR VALUES IN (0)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."received_log_1" PARTITION OF "frozen"."received_log" FOR VALUES IN (1)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."received_log_2" PARTITION OF "frozen"."received_log" FOR VALUES IN (2)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."received_log_3" PARTITION OF "frozen"."received_log" FOR VALUES IN (3)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."received_log_4" PARTITION OF "frozen"."received_log" FOR VALUES IN (4)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."received_log_5" PARTITION OF "frozen"."received_log" FOR VALUES IN (5)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."received_log_6" PARTITION OF "frozen"."received_log" FOR VALUES IN (6)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);
CREATE TABLE IF NOT EXISTS "frozen"."received_log_7" PARTITION OF "frozen"."received_log" FOR VALUES IN (7)
  WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false);

-- What still needs work. DueAt: -infinity for a fresh row, null for one that was given up.
CREATE TABLE IF NOT EXISTS "frozen"."received_due" (
  "Id" bigint PRIMARY KEY,
  "DueAt" timestamptz,
  "KeyHash" bigint,
  "ExpiresAt" timestamptz,
  "Size" integer NOT NULL,
  "Retries" integer NOT NULL DEFAULT 0,
  "Slot" smallint NOT NULL,
  "Lane" smallint NOT NULL,
  "Shard" smallint NOT NULL
) WITH (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 5000, vacuum_truncate = false
);
CREATE INDEX IF NOT EXISTS "received_due_fresh" ON "frozen"."received_due" ("Lane", "Shard", "Id")
  WHERE "DueAt" = '-infinity' AND "KeyHash" IS NULL;
CREATE INDEX IF NOT EXISTS "received_due_keyed" ON "frozen"."received_due" ("Lane", "Shard", "Id")
  WHERE "DueAt" = '-infinity' AND "KeyHash" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "received_due_later" ON "frozen"."received_due" ("Lane", "Shard", "DueAt", "Id") WHERE "DueAt" > '-infinity';
CREATE INDEX IF NOT EXISTS "received_due_blocking" ON "frozen"."received_due" ("Lane", "KeyHash", "Id")
  WHERE "KeyHash" IS NOT NULL AND "Retries" > 0;
CREATE INDEX IF NOT EXISTS "received_due_expiring" ON "frozen"."received_due" ("ExpiresAt") WHERE "ExpiresAt" IS NOT NULL;

-- The memory of the inbox. The slot follows from the id, so an id is unique over all slots.
CREATE TABLE IF NOT EXISTS "frozen"."received_seen" (
  "Added" timestamptz NOT NULL DEFAULT clock_timestamp(),
  "Slot" smallint NOT NULL,
  "Lane" smallint NOT NULL,
  "MessageId" bytea NOT NULL,
  PRIMARY KEY ("Lane", "MessageId", "Slot")
) PARTITION BY LIST ("Slot");
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_own" PARTITION OF "frozen"."received_seen" FOR VALUES IN (-1);
CREATE INDEX IF NOT EXISTS "received_seen_added" ON "frozen"."received_seen_own" ("Added");
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_0" PARTITION OF "frozen"."received_seen" FOR VALUES IN (0);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_1" PARTITION OF "frozen"."received_seen" FOR VALUES IN (1);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_2" PARTITION OF "frozen"."received_seen" FOR VALUES IN (2);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_3" PARTITION OF "frozen"."received_seen" FOR VALUES IN (3);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_4" PARTITION OF "frozen"."received_seen" FOR VALUES IN (4);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_5" PARTITION OF "frozen"."received_seen" FOR VALUES IN (5);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_6" PARTITION OF "frozen"."received_seen" FOR VALUES IN (6);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_7" PARTITION OF "frozen"."received_seen" FOR VALUES IN (7);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_8" PARTITION OF "frozen"."received_seen" FOR VALUES IN (8);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_9" PARTITION OF "frozen"."received_seen" FOR VALUES IN (9);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_10" PARTITION OF "frozen"."received_seen" FOR VALUES IN (10);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_11" PARTITION OF "frozen"."received_seen" FOR VALUES IN (11);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_12" PARTITION OF "frozen"."received_seen" FOR VALUES IN (12);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_13" PARTITION OF "frozen"."received_seen" FOR VALUES IN (13);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_14" PARTITION OF "frozen"."received_seen" FOR VALUES IN (14);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_15" PARTITION OF "frozen"."received_seen" FOR VALUES IN (15);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_16" PARTITION OF "frozen"."received_seen" FOR VALUES IN (16);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_17" PARTITION OF "frozen"."received_seen" FOR VALUES IN (17);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_18" PARTITION OF "frozen"."received_seen" FOR VALUES IN (18);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_19" PARTITION OF "frozen"."received_seen" FOR VALUES IN (19);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_20" PARTITION OF "frozen"."received_seen" FOR VALUES IN (20);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_21" PARTITION OF "frozen"."received_seen" FOR VALUES IN (21);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_22" PARTITION OF "frozen"."received_seen" FOR VALUES IN (22);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_23" PARTITION OF "frozen"."received_seen" FOR VALUES IN (23);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_24" PARTITION OF "frozen"."received_seen" FOR VALUES IN (24);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_25" PARTITION OF "frozen"."received_seen" FOR VALUES IN (25);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_26" PARTITION OF "frozen"."received_seen" FOR VALUES IN (26);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_27" PARTITION OF "frozen"."received_seen" FOR VALUES IN (27);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_28" PARTITION OF "frozen"."received_seen" FOR VALUES IN (28);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_29" PARTITION OF "frozen"."received_seen" FOR VALUES IN (29);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_30" PARTITION OF "frozen"."received_seen" FOR VALUES IN (30);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_31" PARTITION OF "frozen"."received_seen" FOR VALUES IN (31);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_32" PARTITION OF "frozen"."received_seen" FOR VALUES IN (32);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_33" PARTITION OF "frozen"."received_seen" FOR VALUES IN (33);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_34" PARTITION OF "frozen"."received_seen" FOR VALUES IN (34);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_35" PARTITION OF "frozen"."received_seen" FOR VALUES IN (35);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_36" PARTITION OF "frozen"."received_seen" FOR VALUES IN (36);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_37" PARTITION OF "frozen"."received_seen" FOR VALUES IN (37);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_38" PARTITION OF "frozen"."received_seen" FOR VALUES IN (38);
CREATE TABLE IF NOT EXISTS "frozen"."received_seen_39" PARTITION OF "frozen"."received_seen" FOR VALUES IN (39);

-- Public: these columns keep their names and meanings.
CREATE OR REPLACE VIEW "frozen"."published" AS
  SELECT l."Id", n."Name" AS "Version", l."Name", convert_from(l."Content", 'UTF8') AS "Content",
    COALESCE(d."Retries", (SELECT max(a."Number") FROM "frozen"."attempt" a WHERE a."Type" = 0 AND a."Id" = l."Id"), 0) AS "Retries", l."Added",
    CASE WHEN d."Id" IS NOT NULL THEN d."ExpiresAt" ELSE l."Added" + interval '1 microsecond' *
      (SELECT s."Value"::bigint FROM "frozen"."setting" s WHERE s."Name" = 'succeeded keep time in microseconds') END AS "ExpiresAt",
    CASE WHEN d."Id" IS NULL THEN 'Succeeded' WHEN d."DueAt" IS NULL THEN 'Failed'
      WHEN d."Retries" = 0 AND d."DueAt" > clock_timestamp() THEN 'Delayed' ELSE 'Scheduled' END AS "StatusName"
  FROM "frozen"."published_log" l
  JOIN "frozen"."lane" n ON n."Id" = l."Lane"
  LEFT JOIN "frozen"."published_due" d ON d."Id" = l."Id";

-- Public: these columns keep their names and meanings.
CREATE OR REPLACE VIEW "frozen"."received" AS
  SELECT l."Id", substring(n."Name" from '[^.]*$') AS "Version", l."Name", n."Name" AS "Group", convert_from(l."Content", 'UTF8') AS "Content",
    COALESCE(d."Retries", (SELECT max(a."Number") FROM "frozen"."attempt" a WHERE a."Type" = 1 AND a."Id" = l."Id"), 0) AS "Retries", l."Added",
    CASE WHEN d."Id" IS NOT NULL THEN d."ExpiresAt" ELSE l."Added" + interval '1 microsecond' *
      (SELECT s."Value"::bigint FROM "frozen"."setting" s WHERE s."Name" = 'succeeded keep time in microseconds') END AS "ExpiresAt",
    CASE WHEN d."Id" IS NULL THEN 'Succeeded' WHEN d."DueAt" IS NULL THEN 'Failed'
      WHEN d."Retries" = 0 AND d."DueAt" > clock_timestamp() THEN 'Delayed' ELSE 'Scheduled' END AS "StatusName"
  FROM "frozen"."received_log" l
  JOIN "frozen"."lane" n ON n."Id" = l."Lane"
  LEFT JOIN "frozen"."received_due" d ON d."Id" = l."Id";

INSERT INTO "frozen"."setting" VALUES ('instance', gen_random_uuid()::text) ON CONFLICT DO NOTHING;
INSERT INTO "frozen"."setting" VALUES ('succeeded keep time in microseconds', '3600000000') ON CONFLICT DO NOTHING;
INSERT INTO "frozen"."setting" VALUES ('schema version', '1')
  ON CONFLICT ("Name") DO UPDATE SET "Value" = EXCLUDED."Value";

COMMIT;
