/** Held while migrations run. The numbers are arbitrary; they only have to differ from each other and stay. */
export const MIGRATION_LOCK = 7_246_001;

/** The first of two numbers of a leader's lock; the second is the job's. */
export const LEADER_LOCK_CLASS = 7_246_002;
