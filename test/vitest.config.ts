import { defineConfig } from 'vitest/config';

const shared = {
  globals: true,
  setupFiles: ['test/support/reflect.setup.ts'],
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
    ],
  },
});
