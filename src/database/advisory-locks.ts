/** Held while migrations run. The numbers are arbitrary; they only have to differ from each other and stay. */
export const MIGRATION_LOCK = 7_246_001;

/** Held by the leader for as long as it leads. */
export const LEADER_LOCK = 7_246_002;

/** Held while partitions of the ledger are made. */
export const MONTHS_LOCK = 7_246_003;

/** Held while the bundled catalogue is loaded. */
export const CATALOGUE_LOCK = 7_246_004;
