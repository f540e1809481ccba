import type { Prompt } from './scenarios.ts';

/** The lanes that every agent is run on: to an upstream that speaks as it does, and to one that does not. */
export type Lane = 'same' | 'translated';

/** An agent that is run: which one, and how. How it is set up is asked of the gateway, as its users do. */
export interface Agent {
  /** As the gateway calls it. */
  readonly client: string;
  /** As npm knows it. Pinned: what is tried is what is written down. */
  readonly package: string;
  /** Packages whose install scripts must run, as they put the agent's program in place. */
  readonly installScripts?: true;
  readonly command: string;
  readonly arguments: (prompt: string) => readonly string[];
  /** What keeps it from calling anybody else: telemetry, updates, lists of models. */
  readonly quiet: NodeJS.ProcessEnv;
  /** How it calls the tool that runs a shell command. */
  readonly shell: (command: string) => Required<Pick<Prompt, 'tool' | 'input'>>;
  /** Drivers of the upstreams, and what the upstream is asked for, on each lane. */
  readonly lanes: Readonly<Record<Lane, { readonly driver: string; readonly operation: string }>>;
  /** Tools that it has only with models that it knows by name, and what they are called with to write the proof. */
  readonly ownTools?: readonly OwnTool[];
  /** What a used-up budget looks like: whether it stops at once, and what it shows. */
  readonly broke: { readonly stopsAtOnce: boolean; readonly shows: RegExp };
}

/** `tool` as an upstream without namespaces knows it. */
export interface OwnTool extends Required<Pick<Prompt, 'tool' | 'input'>> {
  readonly model: string;
}

const REFUSED = /more than the allowance "nothing left/;
const CHAT_LANES = {
  same: { driver: 'openai-compatible', operation: 'chat' },
  translated: { driver: 'anthropic', operation: 'messages' },
} as const;

export const AGENTS: readonly Agent[] = [
  {
    client: 'claude-code',
    package: '@anthropic-ai/claude-code@2.1.332',
    installScripts: true,
    command: 'claude',
    arguments: (prompt) => ['-p', '--allowedTools', 'Bash', '--', prompt],
    quiet: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' },
    shell: (command) => ({ tool: 'Bash', input: { command, description: 'Writes a file' } }),
    lanes: {
      same: { driver: 'anthropic', operation: 'messages' },
      translated: { driver: 'openai-compatible', operation: 'chat' },
    },
    broke: { stopsAtOnce: true, shows: REFUSED },
  },
  {
    client: 'codex',
    package: '@openai/codex@0.171.0',
    command: 'codex',
    arguments: (prompt) => [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '--config=analytics.enabled=false',
      '--config=check_for_update_on_startup=false',
      '--config=features.plugins=false',
      '--config=features.apps=false',
      prompt,
    ],
    quiet: {},
    shell: (cmd) => ({ tool: 'exec_command', input: { cmd } }),
    lanes: {
      same: { driver: 'openai', operation: 'responses' },
      translated: { driver: 'anthropic', operation: 'messages' },
    },
    ownTools: [
      {
        model: 'gpt-5.5',
        tool: 'apply_patch',
        input: { input: '*** Begin Patch\n*** Add File: proof.txt\n+buzz\n*** End Patch\n' },
      },
      {
        model: 'gpt-6.2-sol',
        tool: 'functions__exec',
        input: { input: 'text(await tools.exec_command({ cmd: "echo buzz > proof.txt" }))' },
      },
    ],
    broke: { stopsAtOnce: true, shows: /Quota exceeded/ },
  },
  {
    client: 'opencode',
    package: 'opencode-ai@1.18.33',
    installScripts: true,
    command: 'opencode',
    arguments: (prompt) => ['run', prompt],
    quiet: {
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    },
    shell: (command) => ({ tool: 'bash', input: { command, description: 'Writes a file' } }),
    lanes: CHAT_LANES,
    broke: { stopsAtOnce: false, shows: REFUSED },
  },
  {
    client: 'continue',
    package: '@continuedev/cli@1.5.47',
    command: 'cn',
    arguments: (prompt) => ['-p', '--auto', prompt],
    quiet: { CONTINUE_TELEMETRY_ENABLED: '0', CONTINUE_METRICS_ENABLED: '0', NODE_USE_ENV_PROXY: '1' },
    shell: (command) => ({ tool: 'Bash', input: { command } }),
    lanes: CHAT_LANES,
    broke: { stopsAtOnce: false, shows: /more than the allowance \\?"nothing left/ },
  },
];
