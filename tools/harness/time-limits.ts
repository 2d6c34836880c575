// Long enough for a machine that is ten times slower. They end what hangs, and assert no speed.

/** How long one test or hook may take, in milliseconds, unless it sets a longer limit itself. */
export const TEST_MS = 300_000;
/** The same for tests that enumerate, load or emulate something. */
export const LONG_TEST_MS = 1_800_000;
/** How long a process may take to start, in milliseconds. */
export const START_MS = 240_000;
/** How long a response, or an effect that a test polls for, may take, in milliseconds. */
export const ANSWER_MS = 120_000;
