import { plain, type Answer } from '../answer.js';
import { bedrockDialect } from '../bedrock/bedrock-dialect.js';
import type { SimulatedDialect } from '../dialect.js';
import { geminiDialect } from '../gemini/gemini-dialect.js';

interface CloudList {
  readonly answer: object;
  readonly dialect?: SimulatedDialect;
}

const LISTS: ReadonlyMap<string, CloudList> = new Map<string, CloudList>([
  [
    '/foundation-models',
    {
      dialect: bedrockDialect,
      answer: {
        modelSummaries: [
          {
            modelArn: 'arn:aws:bedrock:us-east-1::foundation-model/sim-chat',
            modelId: 'sim-chat',
            modelName: 'Simulated chat',
            providerName: 'Simulator',
            inputModalities: ['TEXT'],
            outputModalities: ['TEXT'],
            inferenceTypesSupported: ['ON_DEMAND'],
            modelLifecycle: { status: 'ACTIVE' },
          },
        ],
      },
    },
  ],
  [
    '/inference-profiles',
    {
      dialect: bedrockDialect,
      answer: {
        inferenceProfileSummaries: [
          {
            inferenceProfileId: 'us.simulator.sim-chat',
            inferenceProfileArn: 'arn:aws:bedrock:us-east-1:1:inference-profile/us.simulator.sim-chat',
            models: [{ modelArn: 'arn:aws:bedrock:us-west-2::foundation-model/simulator.sim-chat' }],
            status: 'ACTIVE',
            type: 'SYSTEM_DEFINED',
          },
        ],
      },
    },
  ],
  [
    '/v1beta1/publishers/google/models',
    {
      dialect: geminiDialect,
      answer: { publisherModels: [{ name: 'publishers/google/models/sim-chat', versionId: '001' }] },
    },
  ],
  [
    '/deployments',
    {
      answer: {
        object: 'list',
        data: [{ id: 'sim-deployed', model: 'gpt-4o', object: 'deployment', status: 'succeeded' }],
      },
    },
  ],
]);

/** The list of models that a cloud has at this path, if it has one there. */
export function listAsCloud(path: string): Answer | undefined {
  const list = LISTS.get(path);
  return list && plain(list.answer, {});
}

/** In whose dialect it is asked for. */
export function dialectOfList(path: string): SimulatedDialect | undefined {
  return LISTS.get(path)?.dialect;
}
