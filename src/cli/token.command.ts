import { Command, InvalidArgumentError } from 'commander';
import type { Page } from '../common/http/paging.js';
import { adminApi, type AdminApi } from './admin-api.js';

/** What is said of a token. */
interface Listed {
  readonly id: string;
  readonly name: string;
  readonly publicId: string;
  readonly status: string;
  readonly lastUsedAt: string | null;
}

/** A token's text; there when it is new. */
interface Issued {
  readonly token: string | null;
}

interface Place {
  readonly project?: string;
}

interface IssueOptions extends Place {
  readonly profile?: string[];
  readonly scope?: string[];
  readonly expires?: string;
}

/** `waggle token issue|list|rotate|revoke`: clients' credentials, on a running server. */
export const tokenCommand = new Command('token').description('issue, list, rotate and revoke clients’ tokens');

tokenCommand
  .command('issue <name>')
  .description('issue a token and print its text, which is shown this once')
  .option('--project <name>', 'the project it belongs to')
  .option('--profile <names...>', 'the profiles it may call; all of the project unless given')
  .option('--scope <operations...>', 'the operations it may call; all unless given')
  .option('--expires <time>', 'when it stops working, such as 2027-01-01T00:00:00Z')
  .action(async (name: string, { profile, scope, expires, ...place }: IssueOptions) => {
    const body = { name, profiles: profile ?? null, scopes: scope ?? null, expiresAt: expires ?? null };
    const { token } = await adminApi(process.env).call<Issued>('POST', `/tokens${within(place)}`, body);
    print([token ?? '']);
  });

tokenCommand
  .command('list')
  .description('list the tokens: name, public id, status, last used')
  .option('--project <name>', 'only those of this project')
  .action(async (place: Place) => {
    const lines: string[] = [];
    for await (const token of all(adminApi(process.env), place)) lines.push(lineOf(token));
    print(lines.length > 0 ? lines : ['There are no tokens']);
  });

tokenCommand
  .command('rotate <name>')
  .description('give a token a new text and print it')
  .option('--project <name>', 'the project it belongs to')
  .option('--overlap <seconds>', 'for how long the old text still works', wholeNumber, 0)
  .action(async (name: string, { overlap, ...place }: Place & { overlap: number }) => {
    const api = adminApi(process.env);
    const { id } = await find(api, name, place);
    const { token } = await api.call<Issued>('POST', `/tokens/${id}/rotate`, { overlapSeconds: overlap });
    print([token ?? '']);
  });

tokenCommand
  .command('revoke <name>')
  .description('end a token for good, everywhere within a second')
  .option('--project <name>', 'the project it belongs to')
  .action(async (name: string, place: Place) => {
    const api = adminApi(process.env);
    const { id } = await find(api, name, place);
    await api.call('POST', `/tokens/${id}/revoke`);
    print([`Revoked ${name}`]);
  });

function find(api: AdminApi, name: string, place: Place): Promise<Listed> {
  return api.call('GET', `/tokens/by-name/${encodeURIComponent(name)}${within(place)}`);
}

async function* all(api: AdminApi, place: Place): AsyncGenerator<Listed> {
  for (let cursor: string | null = ''; cursor !== null;) {
    const query: string = within({ ...place, limit: '200', ...(cursor && { cursor }) });
    const { items, nextCursor }: Page<Listed> = await api.call('GET', `/tokens${query}`);
    yield* items;
    cursor = nextCursor;
  }
}

function within(query: object): string {
  const text = new URLSearchParams(query as Record<string, string>).toString();
  return text === '' ? '' : `?${text}`;
}

function lineOf({ name, publicId, status, lastUsedAt }: Listed): string {
  return `${name}  ${publicId}  ${status}  ${lastUsedAt === null ? 'never used' : `used ${lastUsedAt}`}`;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
