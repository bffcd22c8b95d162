-- A permit given or refused, with all that was read for it. `spent_at`: the first byte that changes the switch was about to leave.
-- Spent and without an outcome: whoever spent it died within the procedure.
CREATE TABLE permit (
    id              INTEGER PRIMARY KEY,
    job             INTEGER NOT NULL REFERENCES job (id),
    at              INTEGER NOT NULL,
    procedure       TEXT NOT NULL,
    serial          TEXT NOT NULL DEFAULT '',
    evidence        TEXT NOT NULL,
    override_reason TEXT,
    refused         TEXT,
    text            TEXT NOT NULL DEFAULT '',
    spent_at        INTEGER,
    outcome         TEXT CHECK (outcome IN ('done', 'undone', 'half', 'lost'))
);
CREATE INDEX permit_job ON permit (job);

-- Configurations that this tool itself put on a switch, by the hash of their normal form.
CREATE TABLE config_stage (
    serial TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    job    INTEGER NOT NULL REFERENCES job (id),
    at     INTEGER NOT NULL,
    PRIMARY KEY (serial, sha256)
) WITHOUT ROWID;

-- A switch that is neither as it was nor as it should be: a mark on the switch, until somebody proves its state.
CREATE TABLE taint (
    id         INTEGER PRIMARY KEY,
    switch     TEXT NOT NULL,
    serial     TEXT NOT NULL DEFAULT '',
    job        INTEGER NOT NULL REFERENCES job (id),
    at         INTEGER NOT NULL,
    procedure  TEXT NOT NULL DEFAULT '',
    text       TEXT NOT NULL,
    cleared_at INTEGER,
    cleared_by INTEGER REFERENCES job (id)
);
CREATE INDEX taint_switch ON taint (switch) WHERE cleared_at IS NULL;
