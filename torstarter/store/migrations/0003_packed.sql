-- Transcripts of jobs that have ended: the rows of `transcript` from first_seq to last_seq as one zstd frame (layout: store/pack.c),
-- which took their place. plain_bytes counts the recorded bytes; each direction's count at the end of the block stands in *_to.
CREATE TABLE transcript_z (
    id          INTEGER PRIMARY KEY,
    job         INTEGER NOT NULL REFERENCES job (id),
    first_seq   INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL CHECK (last_seq >= first_seq),
    received_to INTEGER NOT NULL,
    typed_to    INTEGER NOT NULL,
    plain_bytes INTEGER NOT NULL,
    frame       BLOB NOT NULL,
    UNIQUE (job, first_seq)
);
