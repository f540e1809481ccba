import type { Reasoning } from '../conversation.js';
import type { Notes } from '../notes.js';
import type { ChatFamily } from './chat-families.js';

/** All efforts that any dialect has, weakest first. */
const ORDER = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
const LOW_BUDGET = 2048;
const MEDIUM_BUDGET = 8192;

/** The effort that a family knows and that comes nearest to what was asked for. */
export function writeEffort(reasoning: Reasoning | undefined, family: ChatFamily, notes: Notes): string | undefined {
  if (!reasoning || (reasoning.mode === 'off' && family.efforts.length === 0)) return undefined;
  const { effort = effortOf(reasoning), name } = reasoning;
  if (family.efforts.length === 0) {
    notes.drop(name);
    return undefined;
  }
  if (effort === undefined) return undefined; // the model's own measure
  const nearest = family.efforts.includes(effort) ? effort : nearestTo(effort, family.efforts);
  if (nearest !== reasoning.effort) notes.lose(name);
  return nearest;
}

function effortOf({ mode, budgetTokens }: Reasoning): string | undefined {
  if (mode === 'off') return 'minimal';
  if (budgetTokens === undefined) return undefined;
  if (budgetTokens <= LOW_BUDGET) return 'low';
  return budgetTokens <= MEDIUM_BUDGET ? 'medium' : 'high';
}

function nearestTo(effort: string, known: readonly string[]): string | undefined {
  const wanted = ORDER.indexOf(effort);
  if (wanted === -1) return undefined;
  return known.toSorted((a, b) => Math.abs(ORDER.indexOf(a) - wanted) - Math.abs(ORDER.indexOf(b) - wanted))[0];
}
