import type { Dialect } from '../../providers/drivers/driver.js';
import { chatTalk } from './chat-talk.js';
import { messageTalk } from './message-talk.js';
import type { ToolTalk } from './tool-talk.js';

/** How a dialect talks about tools; `undefined` for those whose requests we leave alone. */
export function talkOf(dialect: Dialect): ToolTalk | undefined {
  if (dialect === 'openai-chat') return chatTalk;
  return dialect === 'anthropic-messages' ? messageTalk : undefined;
}
