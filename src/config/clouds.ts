/** The clouds whose identity of the machine (a role, a managed identity) providers can be called with. */
export const CLOUDS = ['aws', 'azure', 'google'] as const;
export type Cloud = (typeof CLOUDS)[number];
