/** Says which ids mean a model, as `@pydantic/genai-prices` writes it. */
export type MatchRule =
  | { readonly or: readonly MatchRule[] }
  | { readonly and: readonly MatchRule[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };

/** Whether the rule takes the id. Only rules of the bundled catalogue are ever run: they may hold expressions. */
export function matches(rule: MatchRule, id: string): boolean {
  if ('or' in rule) return rule.or.some((part) => matches(part, id));
  if ('and' in rule) return rule.and.every((part) => matches(part, id));
  return matchesText(rule, id);
}

function matchesText(rule: Exclude<MatchRule, { or: unknown } | { and: unknown }>, id: string): boolean {
  if ('equals' in rule) return id === rule.equals;
  if ('starts_with' in rule) return id.startsWith(rule.starts_with);
  if ('ends_with' in rule) return id.endsWith(rule.ends_with);
  if ('contains' in rule) return id.includes(rule.contains);
  return new RegExp(rule.regex).test(id);
}
