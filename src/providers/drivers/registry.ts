import { anthropic } from './anthropic/anthropic.js';
import { azureOpenai } from './azure/azure-openai.js';
import { bedrock } from './bedrock/bedrock.js';
import { cohere } from './cohere/cohere.js';
import type { Driver } from './driver.js';
import { gemini } from './gemini/gemini.js';
import { jina } from './jina/jina.js';
import { ollama } from './ollama/ollama.js';
import { openai, openaiCompatible } from './openai/openai.js';
import { vertex } from './vertex/vertex.js';
import { vllm } from './vllm/vllm.js';

const DRIVERS: ReadonlyMap<string, Driver> = new Map(
  [openai, openaiCompatible, azureOpenai, anthropic, gemini, vertex, bedrock, ollama, vllm, cohere, jina].map(
    (driver) => [driver.name, driver],
  ),
);

/** Every driver there is, in the order forms show them. */
export function allDrivers(): readonly Driver[] {
  return [...DRIVERS.values()];
}

/** The driver of that name, if there is one. */
export function findDriver(name: string): Driver | undefined {
  return DRIVERS.get(name);
}
