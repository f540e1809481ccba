/** Placeholder until the embedded Postgres is in place. */
export default async function setup(): Promise<void> {}
