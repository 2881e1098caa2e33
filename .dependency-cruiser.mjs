/**
 * Arrows between folders point one way. In `shared`, a folder may import only folders to its left.
 */
const ORDER = [
  'kernel',
  'crypto',
  'audit',
  'ledger',
  'automation',
  'engine',
  'access',
  'identity',
  'privacy',
  'vendors',
  'watch',
  'evidence',
];

const leftOnly = ORDER.map((folder, i) => ({
  name: `shared-${folder}-looks-left`,
  comment: `shared/${folder} may import only ${ORDER.slice(0, i).join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^shared/${folder}/` },
  to: { path: `^shared/(${ORDER.slice(i + 1).join('|') || 'none'})/` },
}));

/** The same for the folders of `infra`. */
const INFRA_ORDER = [
  'config',
  'naming',
  'authority',
  'declarations',
  'lock',
  'build',
  'constructs',
  'stacks',
];

const infraLeftOnly = INFRA_ORDER.map((folder, i) => ({
  name: `infra-${folder}-looks-left`,
  comment: `infra/${folder} may import only ${INFRA_ORDER.slice(0, i).join(', ') || 'nothing of infra'}`,
  severity: 'error',
  from: { path: `^infra/${folder}/` },
  to: { path: '^infra/', pathNot: `^infra/(${INFRA_ORDER.slice(0, i + 1).join('|')})/` },
}));

/** Constants and pure functions that a port's promise is stated with. */
const BESIDE_PORTS = '^shared/[^/]+/(ports)\\.ts$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...leftOnly,
    ...infraLeftOnly,
    {
      name: 'no-cycles',
      comment: 'imports of types do not close a circle either',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'shared-stands-alone',
      comment: 'the domain imports neither what runs it nor what deploys it',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(infra|functions|cli|bench|test)/' },
    },
    {
      name: 'only-wiring-chooses-adapters',
      severity: 'error',
      from: { pathNot: '^(functions/wiring|cli|bench|shared/[^/]+/adapters)/' },
      to: { path: '^shared/[^/]+/adapters/' },
    },
    {
      name: 'only-adapters-know-stores-and-clouds',
      severity: 'error',
      from: {
        path: '^(shared|functions|cli)/',
        pathNot: '^(shared/[^/]+/adapters|functions/wiring)/',
      },
      to: { path: ['node_modules/@aws-sdk', '^(node:)?sqlite$'] },
    },
    {
      name: 'ports-import-types-only',
      severity: 'error',
      from: { path: BESIDE_PORTS, pathNot: '^shared/(engine|ledger)/ports\\.ts$' },
      to: { path: '^shared/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'functions-do-not-know-the-cli',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(cli|infra|bench)/' },
    },
    {
      name: 'framework-does-not-know-resources',
      comment: 'endpoints, requests, responses and evidence know no resource of the API',
      severity: 'error',
      from: { path: '^functions/framework/' },
      to: { path: '^functions/(?!framework/)' },
    },
    {
      name: 'resources-do-not-know-their-wiring',
      comment: 'wiring connects resources to ports; the API description is made from all of them',
      severity: 'error',
      from: { path: '^functions/http/', pathNot: '^functions/http/openapi/' },
      to: { path: '^functions/(wiring|http/openapi)/' },
    },
    {
      name: 'functions-do-not-know-the-embedded-runtime',
      comment:
        'what is deployed must not depend on its stand-ins for API Gateway, SQS and an issuer',
      severity: 'error',
      from: { path: '^functions/', pathNot: '^functions/embedded/' },
      to: { path: '^functions/embedded/' },
    },
    {
      name: 'nothing-unresolved',
      comment: 'the build makes the modules `virtual:…`',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^virtual:' },
    },
  ],
  options: {
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|cdk\\.out)/' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
    },
  },
};
