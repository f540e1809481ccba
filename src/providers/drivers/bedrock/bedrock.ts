import type { JsonObject, Operation } from '../../../snapshot/snapshot.js';
import { textForm, type CredentialForm } from '../credential-form.js';
import type { Driver } from '../driver.js';
import { authorizeBedrock, signBedrock } from './bedrock-credential.js';
import { classifyBedrock } from './bedrock-errors.js';
import { controlPlaneOf, FOUNDATION_MODELS, INFERENCE_PROFILES, readBedrockModels } from './bedrock-models.js';

const FEW = 16;

const FORMS: readonly CredentialForm[] = [
  textForm('Bedrock API key'),
  {
    kind: 'json',
    title: 'AWS keys',
    fields: [
      { name: 'accessKeyId', label: 'Access key id', isSecret: false, isRequired: true },
      { name: 'secretAccessKey', label: 'Secret access key', isSecret: true, isRequired: true },
      {
        name: 'sessionToken',
        label: 'Session token',
        isSecret: true,
        isRequired: false,
        help: 'Of temporary keys. Those that something renews in a file are given as file:/path.',
      },
      { name: 'region', label: 'Region', isSecret: false, isRequired: false, help: 'That of the host if left out.' },
    ],
  },
];

/** Amazon Bedrock's Converse API, the same for all of its models. Base URL: `https://bedrock-runtime.{region}.amazonaws.com`. */
export const bedrock: Driver = {
  name: 'bedrock',
  title: 'Amazon Bedrock',
  dialect: 'bedrock',
  operations: ['chat'],
  credentialForms: FORMS,
  allowsNoCredential: false,
  authorize: authorizeBedrock,
  sign: signBedrock,
  identity: 'aws',
  speaks: () => 'bedrock-converse',
  headers: {},
  clientHeaders: [],
  path: (_, upstreamId, isStreamed) =>
    `/model/${encodeURIComponent(upstreamId)}/${isStreamed ? 'converse-stream' : 'converse'}`,
  modelsPath: () => FOUNDATION_MODELS,
  modelsAt: controlPlaneOf,
  furtherModels: () => [{ path: INFERENCE_PROFILES }],
  readModels: readBedrockModels,
  tinyCalls: tinyConversation,
  classify: classifyBedrock,
};

function tinyConversation(operation: Operation): readonly JsonObject[] {
  if (operation !== 'chat') return [];
  const messages = [{ role: 'user', content: [{ text: 'Say ok.' }] }];
  return [{ messages, inferenceConfig: { maxTokens: FEW } }];
}
