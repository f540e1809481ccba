import { defineConfig } from 'vitest/config';

const shared = {
  globals: true,
  setupFiles: ['reflect', 'properties', 'truthful', 'waits'].map((name) => `test/support/${name}.setup.ts`),
  testTimeout: 20_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    root: `${import.meta.dirname}/..`,
    projects: [
      { test: { ...shared, name: 'unit', include: ['src/**/*.spec.ts'] } },
      {
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/{architecture,e2e}/**/*.spec.ts'],
          globalSetup: 'test/support/database.setup.ts',
        },
      },
      {
        // Whole servers, killed and restarted: after the others and one file at a time, or they take each other's time.
        test: {
          ...shared,
          name: 'process',
          include: ['test/process/**/*.spec.ts'],
          globalSetup: 'test/support/build.setup.ts',
          testTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
