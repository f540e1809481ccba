import type { Operation } from '../../../snapshot/snapshot.js';
import { textForm, type CredentialForm } from '../credential-form.js';
import type { Driver, Place } from '../driver.js';
import { ENTRA_SCOPE, exchangeEntra } from './entra-exchange.js';
import { openaiDialect, PATHS, speaksLikeOthers } from '../openai/openai.js';

const VERSION_HEADER = 'api-version';
/** The latest that is no preview. */
const DEFAULT_VERSION = '2024-10-21';
const DEPLOYMENTS_VERSION = '2023-03-15-preview';
/** Below the resource itself; all others belong to a deployment. */
const WITHOUT_DEPLOYMENT: ReadonlySet<Operation> = new Set<Operation>(['responses']);

const FORMS: readonly CredentialForm[] = [
  textForm('API key', 'A key of the resource.'),
  {
    kind: 'json',
    title: 'Entra application',
    fields: [
      { name: 'tenantId', label: 'Directory (tenant) id', isSecret: false, isRequired: true },
      { name: 'clientId', label: 'Application (client) id', isSecret: false, isRequired: true },
      { name: 'clientSecret', label: 'Client secret', isSecret: true, isRequired: true },
      {
        name: 'authorityHost',
        label: 'Authority',
        isSecret: false,
        isRequired: false,
        help: 'https://login.microsoftonline.com unless this is another cloud of Azure.',
      },
    ],
  },
  textForm('Entra access token', `For ${ENTRA_SCOPE}; one that something renews in a file is given as file:/path.`),
];

/**
 * Azure OpenAI: many deployments on one resource, each a model whose upstream id is the deployment's name. A base URL that
 * ends in `/openai/v1` is the newer form, in which the name goes in the body; every other gets a path for each deployment
 * (https://learn.microsoft.com/azure/ai-foundry/openai/reference).
 */
export const azureOpenai: Driver = {
  ...openaiDialect({
    name: 'azure-openai',
    title: 'Azure OpenAI',
    speaks: speaksLikeOthers, // the versions that are no preview have no `/responses`
    operations: Object.keys(PATHS).filter(
      (operation) => operation !== 'rerank' && operation !== 'moderation',
    ) as Operation[],
    credentialForms: FORMS,
    allowsNoCredential: false,
  }),
  authorize,
  exchange: exchangeEntra,
  identity: 'azure',
  path: (operation, upstreamId, _, place) => pathOf(operation, upstreamId, place),
  furtherModels: (place) => (isNewForm(place) ? [] : [{ path: deploymentsPath(place), replacesFirst: true }]),
  modelsPath: (place) => (isNewForm(place) ? '/models' : `${rootOf(place)}/models${versionOf(place)}`),
};

/** Keys have another header than access tokens, which are JSON Web Tokens. */
function authorize(credential: string): Record<string, string> {
  return credential.startsWith('eyJ') ? { authorization: `Bearer ${credential}` } : { 'api-key': credential };
}

function pathOf(operation: Operation, deployment: string, place: Place): string {
  const path = PATHS[operation] ?? `/${operation}`;
  if (isNewForm(place)) return path;
  const owner = WITHOUT_DEPLOYMENT.has(operation) ? '' : `/deployments/${encodeURIComponent(deployment)}`;
  return `${rootOf(place)}${owner}${path}${versionOf(place)}`;
}

function isNewForm({ basePath }: Place): boolean {
  return basePath.endsWith('/v1');
}

function rootOf({ basePath }: Place): string {
  return basePath.endsWith('/openai') ? '' : '/openai';
}

/** The last version that lists them without Azure's management API; not every resource still has it. */
function deploymentsPath(place: Place): string {
  return `${rootOf(place)}/deployments?${VERSION_HEADER}=${DEPLOYMENTS_VERSION}`;
}

/** An operator pins it by the extra header of that name. */
function versionOf({ extraHeaders }: Place): string {
  return `?${VERSION_HEADER}=${encodeURIComponent(extraHeaders[VERSION_HEADER] ?? DEFAULT_VERSION)}`;
}
