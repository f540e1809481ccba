import { describeChat } from './openai-suite/chat.js';
import { describeFailures } from './openai-suite/failures.js';
import { describeOperations } from './openai-suite/operations.js';
import type { Target } from './openai-suite/target.js';
import { describeTools } from './openai-suite/tools.js';

/** All that the official SDK does, against anything with a simulator at its far end. `target` is asked within tests. */
export function describeOpenAiClient(name: string, target: Target): void {
  describe(`${name}, as the openai SDK sees it`, () => {
    describe('chat', () => describeChat(target));
    describe('tools and structured output', () => describeTools(target));
    describe('other operations', () => describeOperations(target));
    describe('failures', () => describeFailures(target));
  });
}
