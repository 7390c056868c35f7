// The arrows of docs/architecture.md. Type-only imports count: a type is knowledge of another room, too.
// src/base is the ground floor of all.
const from = (path, ...allowed) => ({
  from: { path },
  to: { path: '^(src|stages)/', pathNot: [path, '^src/base/', ...allowed] },
});
const only = (name, path, ...allowed) => ({ name, severity: 'error', ...from(path, ...allowed) });

/** The one word list: anything may say its words. */
const names = '^src/science/names\\.ts$';

/** The way of a pipeline inside the engine: each step knows those before it. */
const engineSteps = ['files', 'paths', 'yaml', 'schema', 'params', 'templates', 'stages', 'graph'];

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('base-knows-only-itself', '^src/base/'),
    // What is an experiment's in the command line, an extension says.
    only('cli-calls-engine-and-tracking', '^src/cli/', '^src/(engine|tracking)/'),
    only('extensions-bring-an-experiment-to-the-cli', '^src/extensions/', '^src/(cli|engine|compute|report)/'),
    only('main-joins-cli-and-extensions', '^src/main\\.ts$', '^src/(cli|extensions)/'),
    only(
      'backend-install-writes-what-the-choice-finds',
      '^src/backend-install/',
      '^src/compute/(backend-choice|native/native-location)\\.ts$',
    ),
    only(
      'stages-see-the-engine-through-its-context-only',
      '^stages/',
      '^src/(params|compute|synthetic|science|report|tracking)/',
      '^src/engine/stage-context\\.ts$',
    ),
    only('compute-knows-only-itself', '^src/compute/'),
    only('synthetic-knows-only-itself', '^src/synthetic/', '^src/science/data/'),
    only('params-know-words-only', '^src/params/', names),
    only('science-computes', '^src/science/', '^src/(compute|params)/'),
    { name: 'names-know-nothing', severity: 'error', from: { path: names }, to: { path: '.' } },
    {
      // A program that loaded the declarations would change with every description in them, and its fingerprint, too.
      name: 'params-are-types-for-programs',
      severity: 'error',
      from: { path: '^(src/science|stages)/' },
      to: { path: '^src/params/', pathNot: '^src/params/access/', dependencyTypesNot: ['type-only'] },
    },
    only('engine-knows-only-itself', '^src/engine/'),
    only('tracking-knows-only-itself', '^src/tracking/'),
    only('report-knows-names-and-evaluation', '^src/report/', '^src/science/evaluation/', names),
    ...engineSteps.map((step, at) =>
      only(
        `engine-${step}-knows-what-comes-before`,
        `^src/engine/${step}/`,
        `^src/engine/(${engineSteps.slice(0, at).join('|')})/`,
      ),
    ),
    only('engine-store-knows-files-only', '^src/engine/store/', '^src/engine/files/'),
    only('engine-planning-below-running', '^src/engine/planning/', `^src/engine/(${engineSteps.join('|')}|store)/`),
    only('engine-executors-know-no-plan', '^src/engine/executors/', '^src/engine/stage-context\\.ts$'),
    only(
      'engine-running-knows-no-sweeps',
      '^src/engine/running/',
      `^src/engine/(${engineSteps.join('|')}|planning|store|executors)/`,
      '^src/engine/(stage-context|settings)\\.ts$',
    ),
    only('science-data-needs-only-compute', '^src/science/data/', '^src/(compute|params)/', names),
    only('science-models-and-losses-below-training', '^src/science/(models|losses)/', '^src/(compute|params)/', names),
    only(
      'science-training-below-methods',
      '^src/science/training/',
      '^src/(compute|params)/',
      '^src/science/(data|models|losses)/',
      names,
    ),
    only('science-evaluation-stands-alone', '^src/science/evaluation/'),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
