import type { Operation } from '../snapshot/snapshot.js';
import type { Driver } from './drivers/driver.js';

/** One field of the form in which a credential is entered. */
export class CredentialFieldView {
  name!: string;
  label!: string;
  isSecret!: boolean;
  isRequired!: boolean;
  help!: string | null;
}

/** A dialect that the gateway speaks. */
export class DriverView {
  name!: string;
  title!: string;
  dialect!: string;
  operations!: Operation[];
  credentialForm!: CredentialFieldView[];
  /** Whether a provider without a credential is sensible. */
  allowsNoCredential!: boolean;
}

/** A well-known address, to choose from. */
export class PresetView {
  /** @example groq */
  id!: string;
  title!: string;
  driver!: string;
  /** @example "https://api.groq.com/openai/v1" */
  baseUrl!: string;
  /** What the model catalogue calls it; `null` when it has none. */
  catalogueProvider!: string | null;
  /** Whether it runs on machines of your own. */
  isLocal!: boolean;
  /** Whether calls need a credential. */
  needsCredential!: boolean;
  /** The environment variable that its own tools read the key from. */
  credentialVariable!: string | null;
}

/** Shows a driver. */
export function toDriverView({ credentialForm, operations, ...driver }: Driver): DriverView {
  const { name, title, dialect, allowsNoCredential } = driver;
  const form = credentialForm.map(({ help = null, ...field }) => ({ ...field, help }));
  return { name, title, dialect, operations: [...operations], credentialForm: form, allowsNoCredential };
}
