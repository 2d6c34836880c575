import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { START_MS } from '../../tools/harness/time-limits.ts';

/** Chromium of Debian, or that of the variable `CHROMIUM`. */
const PROGRAM = process.env.CHROMIUM || '/usr/bin/chromium';

/** Why a browser cannot be started, for the title of a test; empty if it can. */
export const WITHOUT_BROWSER = existsSync(PROGRAM) ? '' : ' (Chromium is missing: see CONTRIBUTING.md)';

/** Starts Chromium. It sends no requests of its own. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: PROGRAM,
    timeout: START_MS,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      // Letters have the distances of their font in small screenshots, too.
      '--font-render-hinting=none',
    ],
  });
