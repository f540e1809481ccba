/** One field of the form in which an operator enters a credential. */
export interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly isSecret: boolean;
  readonly isRequired: boolean;
  readonly help?: string;
}

/** A way to give a credential as a value; `GET /admin/v1/drivers` shows it. */
export interface CredentialForm {
  /** `text`: the value is that of the one field. `json`: it is a JSON object of the fields. */
  readonly kind: 'text' | 'json';
  readonly title: string;
  readonly fields: readonly CredentialField[];
}

/** The one field that most have. */
const API_KEY: CredentialField = { name: 'apiKey', label: 'API key', isSecret: true, isRequired: true };

export const KEY_FORMS: readonly CredentialForm[] = [{ kind: 'text', title: 'API key', fields: [API_KEY] }];

/** For servers that may want none. */
export const OPTIONAL_KEY_FORMS: readonly CredentialForm[] = [
  { kind: 'text', title: 'API key', fields: [{ ...API_KEY, isRequired: false }] },
];

/** A form of one secret text. */
export function textForm(title: string, help?: string): CredentialForm {
  const field = { name: 'value', label: title, isSecret: true, isRequired: true };
  return { kind: 'text', title, fields: [help === undefined ? field : { ...field, help }] };
}
