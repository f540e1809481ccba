import type { Verdict } from './try-agent.ts';

const HEADS = ['client', 'lane', 'tried', 'verdict', 'calls', 'seconds'];

/** All verdicts as a table for the eye; what is wrong, and who else was called, below it. */
export function toTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ client, lane, scenario, problems, calls, seconds }) => [
    client,
    lane,
    scenario,
    problems.length === 0 ? 'ok' : 'FAILED',
    String(calls),
    seconds.toFixed(1),
  ]);
  const widths = HEADS.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [HEADS, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, '', ...verdicts.flatMap(remarks)].join('\n');
}

function remarks({ client, lane, scenario, problems, hosts }: Verdict): string[] {
  const where = `${client}, ${lane}, ${scenario}`;
  return [
    ...problems.map((problem) => `FAILED ${where}: ${problem}`),
    ...(hosts.length > 0 ? [`note   ${where}: would have called ${hosts.join(', ')}`] : []),
  ];
}
