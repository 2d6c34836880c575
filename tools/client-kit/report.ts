import { toTable } from '../kit/terminal.ts';
import type { Verdict } from './commands.ts';

/** Lays out verdicts as a table. */
export const tableOf = (verdicts: readonly Verdict[]): string =>
  toTable([
    ['scenario', 'result', 'reason'],
    ...verdicts.map(({ scenario, passed, reason = '' }) => [scenario, passed ? 'pass' : 'FAIL', reason]),
  ]);
