-- What a job was judged by beside the switch's own words, so that it can be judged again: both JSON, secrets masked.
-- `site`: its part of the site, as a site file says it; `run`: {nonce_seed, only, skip, override_serial, override_reason}.
CREATE TABLE job_site (
    job  INTEGER PRIMARY KEY REFERENCES job (id),
    site TEXT NOT NULL,
    run  TEXT NOT NULL
);
