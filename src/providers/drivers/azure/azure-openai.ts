import type { Operation } from '../../../snapshot/snapshot.js';
import type { Driver, Place } from '../driver.js';
import { openaiDialect, PATHS, speaksLikeOthers } from '../openai.js';

const VERSION_HEADER = 'api-version';
/** The latest that is no preview. */
const DEFAULT_VERSION = '2024-10-21';
/** Below the resource itself; all others belong to a deployment. */
const WITHOUT_DEPLOYMENT: ReadonlySet<Operation> = new Set<Operation>(['responses']);

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
    credentialForm: [
      {
        name: 'apiKey',
        label: 'API key or Entra token',
        isSecret: true,
        isRequired: true,
        help: 'A key of the resource, or an access token for https://cognitiveservices.azure.com/.default; a token that is renewed in a file is given as file:/path.',
      },
    ],
    allowsNoCredential: false,
  }),
  authorize,
  path: (operation, upstreamId, _, place) => pathOf(operation, upstreamId, place),
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

/** An operator pins it by the extra header of that name. */
function versionOf({ extraHeaders }: Place): string {
  return `?${VERSION_HEADER}=${encodeURIComponent(extraHeaders[VERSION_HEADER] ?? DEFAULT_VERSION)}`;
}
