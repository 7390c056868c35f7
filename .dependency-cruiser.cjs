// The arrows of docs/architecture.md. Type-only imports count: a type is knowledge of another room, too.
// src/base is the ground floor of all.
const from = (path, ...allowed) => ({
  from: { path },
  to: { path: '^(src|stages)/', pathNot: [path, '^src/base/', ...allowed] },
});

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'base-knows-only-itself', severity: 'error', ...from('^src/base/') },
    {
      name: 'cli-calls-engine-tracking-report',
      severity: 'error',
      ...from('^src/cli/', '^src/(engine|tracking|report)/', '^src/science/tensor/backend-choice\\.ts$'),
    },
    {
      name: 'backend-install-writes-what-the-choice-finds',
      severity: 'error',
      ...from(
        '^src/backend-install/',
        '^src/science/tensor/(backend-choice|native-location)\\.ts$',
        '^src/engine/store/atomic-file\\.ts$',
      ),
    },
    {
      name: 'stages-see-the-engine-through-its-context-only',
      severity: 'error',
      ...from('^stages/', '^src/(science|report|tracking)/', '^src/engine/stage-context\\.ts$'),
    },
    { name: 'science-knows-only-itself', severity: 'error', ...from('^src/science/') },
    { name: 'engine-knows-only-itself', severity: 'error', ...from('^src/engine/') },
    { name: 'tracking-knows-only-itself', severity: 'error', ...from('^src/tracking/') },
    { name: 'report-knows-evaluation-only', severity: 'error', ...from('^src/report/', '^src/science/evaluation/') },
    { name: 'engine-files-is-the-ground-floor', severity: 'error', ...from('^src/engine/files/') },
    {
      name: 'engine-pipeline-knows-files-only',
      severity: 'error',
      ...from('^src/engine/pipeline/', '^src/engine/files/'),
    },
    { name: 'engine-store-knows-files-only', severity: 'error', ...from('^src/engine/store/', '^src/engine/files/') },
    {
      name: 'engine-planning-below-running',
      severity: 'error',
      ...from('^src/engine/planning/', '^src/engine/(files|pipeline|store)/'),
    },
    {
      name: 'engine-executors-know-no-plan',
      severity: 'error',
      ...from('^src/engine/executors/', '^src/engine/stage-context\\.ts$'),
    },
    {
      name: 'engine-running-knows-no-sweeps',
      severity: 'error',
      ...from(
        '^src/engine/running/',
        '^src/engine/(files|pipeline|planning|store|executors)/',
        '^src/engine/(stage-context|settings)\\.ts$',
      ),
    },
    {
      name: 'science-tensor-is-the-ground-floor',
      severity: 'error',
      ...from('^src/science/tensor/'),
    },
    {
      name: 'science-data-needs-only-tensor',
      severity: 'error',
      ...from('^src/science/data/', '^src/science/tensor/'),
    },
    {
      name: 'science-models-and-losses-below-training',
      severity: 'error',
      ...from('^src/science/(models|losses)/', '^src/science/(tensor|models|losses)/'),
    },
    {
      name: 'science-training-below-methods',
      severity: 'error',
      ...from('^src/science/training/', '^src/science/(tensor|data|models|losses)/'),
    },
    { name: 'science-evaluation-stands-alone', severity: 'error', ...from('^src/science/evaluation/') },
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
