-- What any kind of job has.
CREATE TABLE job (
    id           INTEGER PRIMARY KEY,
    type         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'PASSED', 'FAILED', 'ERROR', 'CANCELLED', 'LOST')),
    priority     INTEGER NOT NULL DEFAULT 0,
    submitted_by TEXT NOT NULL DEFAULT '',
    submitted_at INTEGER NOT NULL,
    started_at   INTEGER,
    finished_at  INTEGER,
    attempt      INTEGER NOT NULL DEFAULT 1,
    parent_job   INTEGER REFERENCES job (id),
    worker       TEXT NOT NULL DEFAULT '',
    lease_until  INTEGER,
    fence        INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX job_state ON job (state);
CREATE INDEX job_submitted ON job (submitted_at);

-- A job on one switch.
CREATE TABLE switch_job (
    job             INTEGER PRIMARY KEY REFERENCES job (id),
    switch          TEXT NOT NULL,
    rack            TEXT NOT NULL DEFAULT '',
    role            TEXT NOT NULL DEFAULT '',
    platform        TEXT NOT NULL,
    console         TEXT NOT NULL,
    serial_expected TEXT,
    serial_found    TEXT,
    mac             TEXT,
    model           TEXT,
    firmware_wanted TEXT,
    firmware_found  TEXT,
    config_hash     TEXT,
    phase           TEXT NOT NULL DEFAULT 'OOB_CONNECT',
    failure_code    TEXT,
    failure_text    TEXT,
    remedy          TEXT,
    passed          INTEGER NOT NULL DEFAULT 0,
    plugins         INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX switch_job_switch ON switch_job (switch);
CREATE INDEX switch_job_failure ON switch_job (failure_code);

CREATE TABLE phase_run (
    job          INTEGER NOT NULL REFERENCES job (id),
    seq          INTEGER NOT NULL,
    plugin       TEXT NOT NULL,
    phase        TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('RUNNING', 'PASSED', 'FAILED', 'ERROR', 'SKIPPED', 'CANCELLED', 'LOST')),
    started_at   INTEGER NOT NULL,
    finished_at  INTEGER,
    failure_code TEXT,
    text         TEXT,
    remedy       TEXT,
    -- The bytes that justify the verdict.
    event         INTEGER,
    query         TEXT,
    template      TEXT,
    template_line INTEGER,
    answer_row    INTEGER,
    answer_line   INTEGER,
    column_name   TEXT,
    raw           TEXT,
    word          TEXT,
    word_place    TEXT,
    wanted        TEXT,
    PRIMARY KEY (job, seq)
) WITHOUT ROWID;

-- One command with its output and its time, or a note.
CREATE TABLE log_event (
    job             INTEGER NOT NULL REFERENCES job (id),
    seq             INTEGER NOT NULL,
    phase_run       INTEGER NOT NULL,
    phase           TEXT NOT NULL,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    mode            TEXT NOT NULL DEFAULT '',
    query           TEXT NOT NULL DEFAULT '',
    command         TEXT NOT NULL DEFAULT '',
    output          TEXT,
    status          TEXT NOT NULL DEFAULT 'sent',
    duration_us     INTEGER,
    transcript_from INTEGER,
    transcript_to   INTEGER,
    PRIMARY KEY (job, seq)
) WITHOUT ROWID;

-- Every byte both ways, secrets masked; `from_byte` counts each direction on its own.
CREATE TABLE transcript (
    job       INTEGER NOT NULL REFERENCES job (id),
    seq       INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('i', 'o', 'm')),
    from_byte INTEGER NOT NULL,
    bytes     BLOB NOT NULL,
    PRIMARY KEY (job, seq)
) WITHOUT ROWID;

-- Components as found.
CREATE TABLE power_supply (
    job INTEGER NOT NULL REFERENCES job (id), slot TEXT NOT NULL, status TEXT NOT NULL, failed INTEGER NOT NULL DEFAULT 0,
    model TEXT, serial TEXT, input_a REAL, output_w REAL, text TEXT,
    PRIMARY KEY (job, slot)
) WITHOUT ROWID;
CREATE TABLE fan (
    job INTEGER NOT NULL REFERENCES job (id), slot TEXT NOT NULL, status TEXT NOT NULL, failed INTEGER NOT NULL DEFAULT 0,
    kind TEXT, speed_percent REAL, airflow TEXT, text TEXT,
    PRIMARY KEY (job, slot)
) WITHOUT ROWID;
CREATE TABLE uplink (
    job INTEGER NOT NULL REFERENCES job (id), interface TEXT NOT NULL, status TEXT NOT NULL, failed INTEGER NOT NULL DEFAULT 0,
    peer_wanted TEXT, peer_interface_wanted TEXT, peer_found TEXT, peer_interface_found TEXT, gateway TEXT, text TEXT,
    PRIMARY KEY (job, interface)
) WITHOUT ROWID;
CREATE TABLE transceiver (
    job INTEGER NOT NULL REFERENCES job (id), interface TEXT NOT NULL, lane TEXT NOT NULL, status TEXT NOT NULL,
    failed INTEGER NOT NULL DEFAULT 0, rx_dbm REAL, tx_dbm REAL, rx_min_dbm REAL, rx_max_dbm REAL, tx_min_dbm REAL, tx_max_dbm REAL,
    model TEXT, serial TEXT, text TEXT,
    PRIMARY KEY (job, interface, lane)
) WITHOUT ROWID;
CREATE TABLE image (
    job INTEGER NOT NULL REFERENCES job (id), slot TEXT NOT NULL, status TEXT NOT NULL, failed INTEGER NOT NULL DEFAULT 0,
    version TEXT, text TEXT,
    PRIMARY KEY (job, slot)
) WITHOUT ROWID;

-- Who holds which console, beside a flock on a file per console.
CREATE TABLE console_lock (
    console       TEXT PRIMARY KEY,
    host          TEXT NOT NULL,
    pid           INTEGER NOT NULL,
    process_start INTEGER NOT NULL,
    job           INTEGER NOT NULL REFERENCES job (id),
    since         INTEGER NOT NULL
) WITHOUT ROWID;
