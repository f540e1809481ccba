import { describeFailures } from './anthropic-suite/failures.js';
import { describeMessages } from './anthropic-suite/messages.js';
import type { Target } from './anthropic-suite/target.js';
import { describeTools } from './anthropic-suite/tools.js';

/** All that the official SDK does, against anything with a simulator at its far end. `target` is asked within tests. */
export function describeAnthropicClient(name: string, target: Target): void {
  describe(`${name}, as the Anthropic SDK sees it`, () => {
    describe('messages', () => describeMessages(target));
    describe('tools, structured output and thinking', () => describeTools(target));
    describe('failures', () => describeFailures(target));
  });
}
