import { createProgram, run } from '../kit/run.ts';
import { tell, warn } from '../kit/terminal.ts';
import { wholeNumber } from '../kit/whole-number.ts';
import { startAxiosApp } from './axios-app.ts';
import { drive } from './drive.ts';
import { startLatchkeyApp } from './latchkey-app.ts';
import { type KitServer, startKitServer, tableOf } from './server.ts';

interface KitOptions {
  readonly port: number;
  readonly selfTest?: boolean;
  readonly json?: boolean;
}

/** The scenarios that the control fails (docs/mobile.md, "What the usual interceptor loses"). */
const CONTROL_FAILS = [
  ...['ahead', 'lost', 'cut', 'concurrent', 'clock-ahead', 'clock-behind'],
  ...['unavailable', 'throttled', 'portal'],
];

const program = createProgram(
  'npm run client-kit --',
  'Serve Latchkey behind the faults of a mobile network, and test whether a client keeps its login.',
)
  .option('--port <n>', 'the port; 0 for any free port', wholeNumber(0, 65_535), 8100)
  .option(
    '--self-test',
    'run the scenarios with the client of this project, and with an axios interceptor as the control',
  )
  .option('--json', 'print the results of the self-test as JSON')
  .addHelpText(
    'after',
    '\nA client under test uses the printed URL as its base URL. docs/mobile.md describes the control API.' +
      '\nThe data is in memory; nothing is stored. Ctrl-C ends the kit.' +
      '\nExit code 1: the client of this project failed a scenario, or the control did not fail as documented.' +
      '\n\nExample: npm run client-kit -- --port 8100 --self-test',
  )
  .allowExcessArguments(false)
  .action(async ({ port, selfTest, json }: KitOptions) => {
    const server = await startKitServer(port);
    if (selfTest !== true) {
      tell(`The kit listens on ${server.url}. POST ${server.url}/kit/next starts the first scenario.`);
      await new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
      await server.close();
      return;
    }
    await test(server, json ?? false).finally(() => server.close());
  });

async function test(server: KitServer, isJson: boolean): Promise<void> {
  await drive(server.url, startLatchkeyApp);
  const client = server.kit.verdicts;
  await drive(server.url, startAxiosApp);
  const control = server.kit.verdicts;
  if (isJson) tell(JSON.stringify({ client, control }));
  else
    tell(
      `@latchkey/client\n\n${tableOf(client)}\n\nControl: axios with an interceptor\n\n${tableOf(control)}`,
    );
  const failed = control.filter(({ passed }) => !passed).map(({ scenario }) => scenario);
  if (client.some(({ passed }) => !passed)) process.exitCode = 1;
  if (failed.join() !== CONTROL_FAILS.join()) {
    warn(
      `The control failed ${failed.join(', ') || 'no scenario'}; documented: ${CONTROL_FAILS.join(', ')}.`,
    );
    process.exitCode = 1;
  }
}

await run(program, (error) =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    ? 'The port is in use. Pass another one with --port.'
    : undefined,
);
