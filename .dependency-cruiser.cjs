/**
 * The rooms of `src` as data: which room may import which others. A room is a folder; its floor is its distance from
 * the ground. A line here is the architecture; a change of it is a decision (see docs/adr).
 */
const mayImport = {
  // floor 0
  common: [],
  config: ['common'],
  // floor 1
  snapshot: ['common'],
  journal: ['config', 'common'],
  database: ['config', 'common'],
  // floor 2
  audit: ['database', 'config', 'common'],
  vault: ['audit', 'database', 'config', 'common'],
  identity: ['audit', 'vault', 'database', 'config', 'common'],
  // floor 3
  secrets: ['vault', 'identity', 'audit', 'common'],
  catalogue: ['identity', 'audit', 'database', 'config', 'snapshot', 'common'],
  providers: ['catalogue', 'vault', 'identity', 'audit', 'database', 'config', 'snapshot', 'common'],
  models: ['providers', 'catalogue', 'identity', 'audit', 'database', 'snapshot', 'common'],
  profiles: ['models', 'providers', 'identity', 'audit', 'database', 'config', 'snapshot', 'common'],
  tokens: ['profiles', 'identity', 'audit', 'database', 'snapshot', 'common'],
  // floor 4
  routing: [
    'limits', // the compiler reads its rows, too
    'tokens',
    'profiles',
    'models',
    'providers',
    'catalogue',
    'identity',
    'vault',
    'audit',
    'database',
    'snapshot',
    'journal',
    'config',
    'common',
  ],
  limits: [
    'tokens',
    'profiles',
    'models',
    'providers',
    'identity',
    'audit',
    'database',
    'snapshot',
    'journal',
    'config',
    'common',
  ],
  idempotency: ['vault', 'database', 'journal', 'config', 'common'],
  responses: ['usage', 'limits', 'database', 'journal', 'config', 'common'], // what comes late goes into both books at once
  usage: [
    'tokens',
    'profiles',
    'models',
    'providers',
    'identity',
    'vault',
    'audit',
    'database',
    'snapshot',
    'journal',
    'config',
    'common',
  ],
  // floor 5
  relay: ['routing', 'limits', 'idempotency', 'responses', 'providers', 'snapshot', 'journal', 'config', 'common'],
  // floor 6
  observability: [
    'relay',
    'usage',
    'routing',
    'limits',
    'idempotency',
    'responses',
    'vault',
    'identity',
    'audit',
    'database',
    'snapshot',
    'journal',
    'config',
    'common',
  ],
  // floor 7
  simulator: ['common'],
  // `server` (the processes) and `cli` stand above the app, and may import anything.
};

const folderRules = Object.entries(mayImport).map(([folder, allowed]) => ({
  name: `${folder} may import only: ${allowed.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...folderRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every-room-has-a-line-here',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${Object.keys(mayImport).join('|')}|server|cli)/|^src/[^/]+$` },
      to: {},
    },
    {
      name: 'insides-stay-inside',
      comment: 'Other rooms see the module and its services, never its tables, its HTTP shapes or its controllers.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/[^/]+/.*\\.(entity|dto|controller)\\.ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'data-plane-has-no-database',
      comment: 'No chain of imports leads from the relay to the database; only the wiring of modules may.',
      severity: 'error',
      from: { path: '^src/relay/', pathNot: '\\.(module|spec)\\.ts$' },
      to: { path: 'node_modules/(typeorm|pg|@nestjs/typeorm)/', reachable: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node'] },
  },
};
