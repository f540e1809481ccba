/** What somebody thinks of an answer. The property names are the column names. */
export interface FeedbackRecord {
  readonly request_id: string;
  readonly tenant_id: string;
  readonly project_id: string;
  readonly token_id: string;
  /** 0 to 1. */
  readonly score: number;
  readonly given_at: string;
}
