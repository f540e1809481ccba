/** A well-known address that serves models. */
export interface Preset {
  readonly id: string;
  readonly title: string;
  readonly driver: string;
  readonly baseUrl: string;
  readonly catalogueProvider: string | null;
  readonly isLocal: boolean;
  readonly needsCredential: boolean;
  readonly credentialVariable: string | null;
}

type HostedRow = readonly [id: string, title: string, baseUrl: string, catalogue: string | null, variable: string];
type LocalRow = readonly [id: string, title: string, baseUrl: string];

const HOSTED: readonly HostedRow[] = [
  ['openai', 'OpenAI', 'https://api.openai.com/v1', 'openai', 'OPENAI_API_KEY'],
  ['anthropic', 'Anthropic', 'https://api.anthropic.com/v1', 'anthropic', 'ANTHROPIC_API_KEY'],
  ['gemini', 'Google Gemini', 'https://generativelanguage.googleapis.com/v1beta', 'google', 'GEMINI_API_KEY'],
  ['openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1', 'openrouter', 'OPENROUTER_API_KEY'],
  ['groq', 'Groq', 'https://api.groq.com/openai/v1', 'groq', 'GROQ_API_KEY'],
  ['mistral', 'Mistral', 'https://api.mistral.ai/v1', 'mistral', 'MISTRAL_API_KEY'],
  ['deepseek', 'DeepSeek', 'https://api.deepseek.com/v1', 'deepseek', 'DEEPSEEK_API_KEY'],
  ['together', 'Together AI', 'https://api.together.xyz/v1', 'together', 'TOGETHER_API_KEY'],
  ['fireworks', 'Fireworks', 'https://api.fireworks.ai/inference/v1', 'fireworks', 'FIREWORKS_API_KEY'],
  ['xai', 'xAI', 'https://api.x.ai/v1', 'x-ai', 'XAI_API_KEY'],
  ['cerebras', 'Cerebras', 'https://api.cerebras.ai/v1', 'cerebras', 'CEREBRAS_API_KEY'],
  ['deepinfra', 'DeepInfra', 'https://api.deepinfra.com/v1/openai', 'deepinfra', 'DEEPINFRA_API_KEY'],
  ['perplexity', 'Perplexity', 'https://api.perplexity.ai', 'perplexity', 'PERPLEXITY_API_KEY'],
  ['nvidia', 'NVIDIA NIM', 'https://integrate.api.nvidia.com/v1', null, 'NVIDIA_API_KEY'],
  ['moonshot', 'Moonshot AI', 'https://api.moonshot.ai/v1', 'moonshotai', 'MOONSHOT_API_KEY'],
  ['cohere', 'Cohere', 'https://api.cohere.com', 'cohere', 'COHERE_API_KEY'],
  ['jina', 'Jina AI', 'https://api.jina.ai/v1', null, 'JINA_API_KEY'],
  ['hugging-face', 'Hugging Face', 'https://router.huggingface.co/v1', null, 'HF_TOKEN'],
];

/** Those whose driver has their name; all others speak OpenAI's dialect. */
const OWN_DRIVERS: ReadonlySet<string> = new Set(['openai', 'anthropic', 'gemini', 'cohere', 'jina', 'ollama', 'vllm']);

const LOCAL: readonly LocalRow[] = [
  ['ollama', 'Ollama', 'http://127.0.0.1:11434'],
  ['vllm', 'vLLM', 'http://127.0.0.1:8000/v1'],
  ['sglang', 'SGLang', 'http://127.0.0.1:30000/v1'],
  ['lm-studio', 'LM Studio', 'http://127.0.0.1:1234/v1'],
  ['llama-cpp', 'llama.cpp', 'http://127.0.0.1:8080/v1'],
  ['localai', 'LocalAI', 'http://127.0.0.1:8080/v1'],
];

/** Addresses to choose from: hosted ones first, then servers on machines of one's own. */
export const PRESETS: readonly Preset[] = [
  ...HOSTED.map(([id, title, baseUrl, catalogueProvider, credentialVariable]) => ({
    id,
    title,
    baseUrl,
    catalogueProvider,
    credentialVariable,
    driver: OWN_DRIVERS.has(id) ? id : 'openai-compatible',
    isLocal: false,
    needsCredential: true,
  })),
  ...LOCAL.map(([id, title, baseUrl]) => ({
    id,
    title,
    baseUrl,
    catalogueProvider: null,
    credentialVariable: null,
    driver: OWN_DRIVERS.has(id) ? id : 'openai-compatible',
    isLocal: true,
    needsCredential: false,
  })),
];

/** What the catalogue calls a provider: what its operator says, else what its address tells, else its own name. */
export function catalogueNameOf({
  catalogueProvider,
  baseUrl,
  name,
}: {
  catalogueProvider: string | null;
  baseUrl: string;
  name: string;
}): string {
  const preset = PRESETS.find((known) => !known.isLocal && new URL(known.baseUrl).host === new URL(baseUrl).host);
  return catalogueProvider ?? preset?.catalogueProvider ?? name;
}
