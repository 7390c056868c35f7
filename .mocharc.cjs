// `npm test` runs all tests; `npx mocha test/engine/graph.test.ts` those files alone.
const named = process.argv.slice(2).some((word) => word.endsWith('.test.ts'));

// Nothing that another user of the machine put into tsx's cache in the temporary directory is run.
process.env.TSX_DISABLE_CACHE = '1';

module.exports = {
  'node-option': ['import=tsx'],
  ...(named ? {} : { spec: ['test/**/*.test.ts'], parallel: true, jobs: 2 }),
  timeout: 60000,
  'forbid-only': true,
};
