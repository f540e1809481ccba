import type { JsonObject, Operation } from '../../../snapshot/snapshot.js';
import type { Driver } from '../driver.js';
import { authorizeBedrock, signBedrock } from './bedrock-credential.js';
import { classifyBedrock } from './bedrock-errors.js';

const FEW = 16;

/** Amazon Bedrock's Converse API, the same for all of its models. Base URL: `https://bedrock-runtime.{region}.amazonaws.com`. */
export const bedrock: Driver = {
  name: 'bedrock',
  title: 'Amazon Bedrock',
  dialect: 'bedrock',
  operations: ['chat'],
  credentialForm: [
    {
      name: 'keys',
      label: 'Bedrock API key, or AWS keys (JSON)',
      isSecret: true,
      isRequired: true,
      help: '{"accessKeyId": "…", "secretAccessKey": "…", "sessionToken"?: "…", "region"?: "…"}, or what aws configure export-credentials prints.',
    },
  ],
  allowsNoCredential: false,
  authorize: authorizeBedrock,
  sign: signBedrock,
  speaks: () => 'bedrock-converse',
  headers: {},
  clientHeaders: [],
  path: (_, upstreamId, isStreamed) =>
    `/model/${encodeURIComponent(upstreamId)}/${isStreamed ? 'converse-stream' : 'converse'}`,
  // Models are listed at another host; this one answers 404, as servers without a list do.
  modelsPath: () => '/foundation-models',
  readModels: () => undefined,
  tinyCalls: tinyConversation,
  classify: classifyBedrock,
};

function tinyConversation(operation: Operation): readonly JsonObject[] {
  if (operation !== 'chat') return [];
  const messages = [{ role: 'user', content: [{ text: 'Say ok.' }] }];
  return [{ messages, inferenceConfig: { maxTokens: FEW } }];
}
