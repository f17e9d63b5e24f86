/** Numbered by their place; a catalog that has run the first n has user_version n. Never change one, add one. */
export const MIGRATIONS = [
  `CREATE TABLE layer (
     id         TEXT PRIMARY KEY,
     parent_id  TEXT REFERENCES layer (id),
     size_bytes INTEGER NOT NULL,
     sealed     INTEGER NOT NULL,
     sha256     TEXT
   ) STRICT;
   CREATE INDEX layer_parent ON layer (parent_id);
   CREATE TABLE entry (
     name       TEXT PRIMARY KEY,
     kind       TEXT NOT NULL CHECK (kind IN ('image', 'snapshot', 'volume')),
     disk_id    TEXT NOT NULL UNIQUE,
     layer_id   TEXT NOT NULL UNIQUE REFERENCES layer (id),
     created_at TEXT NOT NULL
   ) STRICT;`,
  `ALTER TABLE layer ADD COLUMN summed INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE entry ADD COLUMN flattening INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE deleted (
     disk_id    TEXT PRIMARY KEY,
     name       TEXT NOT NULL,
     kind       TEXT NOT NULL,
     layer_id   TEXT NOT NULL UNIQUE REFERENCES layer (id),
     created_at TEXT NOT NULL,
     deleted_at TEXT NOT NULL
   ) STRICT;`,
];
