// Long enough for a slow or busy machine: these only end what hangs, they assert no speed.

/** How long one test or hook may take, in milliseconds, unless it sets a longer limit itself. */
export const TEST_MS = 120_000;
/** The same for tests that enumerate, load or emulate something. */
export const LONG_TEST_MS = 600_000;
/** How long a process may take to start, in milliseconds. */
export const START_MS = 90_000;
/** How long a response, or an effect that a test polls for, may take, in milliseconds. */
export const ANSWER_MS = 60_000;
