/** A session that was not used for this long has ended. */
export const SESSION_IDLE_SECONDS = 12 * 3600;

/** A session ends after this long, used or not. */
export const SESSION_LIFETIME_SECONDS = 7 * 86_400;
