import type { Operation } from '../snapshot/snapshot.js';
import type { Cloud } from '../config/clouds.js';
import type { CredentialForm } from './drivers/credential-form.js';
import type { Driver } from './drivers/driver.js';

/** One field of the form in which a credential is entered. */
export class CredentialFieldView {
  name!: string;
  label!: string;
  isSecret!: boolean;
  isRequired!: boolean;
  help!: string | null;
}

/** A way to give a credential. */
export class CredentialFormView {
  /**
   * `text`: `credential.value` is that of the one field. `json`: it is a JSON object of the fields, as text. `identity`:
   * `credential.reference` is `reference`, and there is nothing to enter.
   */
  kind!: 'text' | 'json' | 'identity';
  title!: string;
  fields!: CredentialFieldView[];
  /** @example "identity:aws" */
  reference!: string | null;
  /** Whether the caller may give it so. */
  isAllowed!: boolean;
}

/** A dialect that the gateway speaks. */
export class DriverView {
  name!: string;
  title!: string;
  dialect!: string;
  operations!: Operation[];
  credentialForms!: CredentialFormView[];
  /** Whether a provider may have `endpoints`. */
  takesEndpoints!: boolean;
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

/** Shows a driver. `clouds` are those whose identity of this machine the caller may use. */
export function toDriverView(driver: Driver, clouds: readonly Cloud[]): DriverView {
  const { name, title, dialect, operations, allowsNoCredential, takesEndpoints = false, identity } = driver;
  const forms = driver.credentialForms.map(toFormView);
  const credentialForms = identity ? [...forms, toIdentityForm(identity, clouds.includes(identity))] : forms;
  const known = { name, title, dialect, operations: [...operations] };
  return { ...known, credentialForms, takesEndpoints, allowsNoCredential };
}

function toFormView({ kind, title, fields }: CredentialForm): CredentialFormView {
  const shown = fields.map(({ help = null, ...field }) => ({ ...field, help }));
  return { kind, title, fields: shown, reference: null, isAllowed: true };
}

function toIdentityForm(cloud: Cloud, isAllowed: boolean): CredentialFormView {
  return { kind: 'identity', title: IDENTITY_TITLES[cloud], fields: [], reference: `identity:${cloud}`, isAllowed };
}

const IDENTITY_TITLES: Readonly<Record<Cloud, string>> = {
  aws: "The role of the gateway's machine",
  azure: "The managed identity of the gateway's machine",
  google: "The service account of the gateway's machine",
};
