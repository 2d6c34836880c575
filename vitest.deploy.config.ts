import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Deploys to an emulator of AWS. These tests take minutes, so `npm test` leaves them out. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['tests/deploy/**/*.test.ts'], exclude: [] },
});
