/** A response that its provider keeps: whose it is, and who has it. The property names are the column names. */
export interface KeptResponseRecord {
  /** The provider's own. */
  readonly id: string;
  readonly tenant_id: string;
  readonly project_id: string;
  readonly token_id: string;
  readonly profile_id: string;
  readonly provider_id: string;
  readonly model_id: string;
  readonly created_at: string;
  /** Whether it was still being made when its call ended. */
  readonly is_background?: boolean | null;
}
