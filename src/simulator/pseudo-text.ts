/** Words that are one token each, with the space before them, in the o200k and cl100k vocabularies. */
const WORDS = `
bee hive honey flower field garden wind sun rain cloud river stone tree leaf root seed bloom wing dance circle line path
north south east west near far high low slow fast bright dark warm cold sweet soft loud quiet early late morning evening
summer winter spring autumn day night hour week month year first last next other same many few all some none every each
both more less most least above below inside outside around between before after during until since while where when
there here this that these those with without from into over under about against across along among behind beside beyond
toward through within upon and or but so then than because although if unless whether either neither not only also even
still just almost always never often sometimes again already soon today tomorrow yesterday home house door window wall
floor room table chair book page word letter number color sound light shadow water fire earth air metal wood glass paper
cloth food bread milk salt sugar tea coffee fruit apple orange lemon cherry grape nut rice corn wheat grass hill valley
mountain forest lake sea ocean island beach sand rock cave bridge road street city town village farm market shop school
church tower castle king queen worker guard scout friend child mother father brother sister family group team crowd voice
song story dream hope fear joy love care work play rest sleep walk run jump fly swim climb carry bring take give send keep
hold find lose seek watch listen speak`
  .trim()
  .split(/\s+/)
  .map((word) => ` ${word}`);

/** A number from a text, the same for the same text (FNV-1a over at most its first and last 512 characters). */
export function seedOf(text: string): number {
  const sample = text.length > 1024 ? text.slice(0, 512) + text.slice(-512) : text;
  let hash = 0x811c9dc5;
  for (let i = 0; i < sample.length; i++) hash = Math.imul(hash ^ sample.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** `count` pieces of a pseudo answer, one token each; joined they are the text. */
export function pieces(seed: number, count: number): string[] {
  const text: string[] = [];
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text.push(i === 0 ? 'The' : (WORDS[(state >>> 16) % WORDS.length] ?? ' bee'));
  }
  return text;
}

/** Cuts a given text, JSON for one, into pieces of at most four characters; each counts as a token. */
export function slices(text: string): string[] {
  return text.match(/[^]{1,4}/gu) ?? [];
}

/** The simulator's own count of a prompt: one token for every run of characters between spaces. */
export function countTokens(text: string): number {
  let count = 0;
  let wasSpace = true;
  for (let i = 0; i < text.length; i++) {
    const isSpace = text.charCodeAt(i) <= 32;
    if (wasSpace && !isSpace) count++;
    wasSpace = isSpace;
  }
  return count;
}
