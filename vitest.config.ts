/** Which test files belong to which step of `npm test`, and how long one test may take. Never changes what is tested. */
import { defineConfig } from 'vitest/config';

const PROPERTY_FILES = '**/*.property.test.ts';

interface ProjectPlan {
  readonly name: string;
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
  readonly testTimeoutMs: number;
}

/** Every test file belongs to exactly one of these; test/architecture.test.ts checks it. */
export const PROJECTS: readonly ProjectPlan[] = [
  {
    name: 'unit',
    include: [
      'src/**/*.test.ts',
      'sdk/src/**/*.test.ts',
      'console/src/**/*.test.{ts,tsx}',
      'tools/**/*.test.ts',
      'bench/**/*.test.ts',
      'test/*.test.ts',
      'test/reference/**/*.test.ts',
    ],
    exclude: [PROPERTY_FILES],
    testTimeoutMs: 20_000,
  },
  {
    name: 'property',
    include: [
      'src/**/*.property.test.ts',
      'sdk/src/**/*.property.test.ts',
      'test/property/**/*.test.ts',
      'test/reference/**/*.property.test.ts',
    ],
    testTimeoutMs: 180_000,
  },
  { name: 'conformance', include: ['test/conformance/**/*.test.ts'], testTimeoutMs: 120_000 },
  { name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeoutMs: 300_000 },
  { name: 'simulation', include: ['test/simulation/**/*.test.ts'], testTimeoutMs: 300_000 },
  { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeoutMs: 180_000 },
];

export default defineConfig({
  test: {
    projects: PROJECTS.map(({ name, include, exclude = [], testTimeoutMs }) => ({
      extends: true,
      test: {
        name,
        include: [...include],
        exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
        testTimeout: testTimeoutMs,
        hookTimeout: testTimeoutMs,
      },
    })),
  },
});
