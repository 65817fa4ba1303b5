-- What version 2 added to version 1.
ALTER TABLE "frozen"."node" ADD COLUMN "JoinedAt" timestamptz, ADD COLUMN "SchemaVersion" integer NOT NULL DEFAULT 1;
UPDATE "frozen"."setting" SET "Value" = '2' WHERE "Name" = 'schema version';
INSERT INTO "frozen"."setting" VALUES ('least schema version', '1');
