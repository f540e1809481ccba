/** What this process knows of the allowances of providers and models. It answers at once and from memory. */
export interface AllowanceView {
  /** Whether the provider, or this model of it, has used up what it may do for now. */
  isUsedUp(providerId: string, modelId: string): boolean;
}

/** The view where nothing is limited. */
export const NO_ALLOWANCES: AllowanceView = { isUsedUp: () => false };
