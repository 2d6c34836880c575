import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../manage/program.ts';
import manifest from '../../package.json' with { type: 'json' };
import { CHANGING_CALLS, OTHER_CALLS, READING_CALLS } from '../support/manage-commands.ts';

/** Lists the commands that have an action, by their full names. */
const commandsOf = (command: Command, name: string[] = []): [string, Command][] =>
  command.commands.length === 0
    ? [[name.join(' '), command]]
    : command.commands.flatMap((one) => commandsOf(one, [...name, one.name()]));

const COMMANDS = commandsOf(createProgram());

/** Returns the help of a command as it is printed. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  return help;
}

describe('manage', () => {
  it.each(COMMANDS)('lists --stage and --yes in the help of %s', (_, command) => {
    const help = helpOf(command);
    expect(help).toMatch(/^ {2}--stage <name> .*deployed stage/m);
    expect(help).toMatch(/^ {2}--yes /m);
  });

  it.each(COMMANDS)('prints an example in the help of %s', (name, command) => {
    expect(helpOf(command)).toContain(`\nExample: npm run manage -- ${name}`);
  });

  it('prints the version of package.json', async () => {
    let printed = '';
    const program = createProgram().configureOutput({ writeOut: (text) => (printed += text) });
    await expect(program.parseAsync(['--version'], { from: 'user' })).rejects.toThrow(
      expect.objectContaining({ exitCode: 0 }),
    );
    expect(printed).toBe(`${manifest.version}\n`);
  });

  it.each(CHANGING_CALLS)(
    'rejects %s %s on a stage without a terminal and without --yes',
    async (...call) => {
      const { isTTY } = process.stdin;
      process.stdin.isTTY = false;
      try {
        const running = createProgram().parseAsync([...call, '--stage', 'prod'], { from: 'user' });
        await expect(running).rejects.toThrow(
          'Standard input is not a terminal, so the command cannot ask. Pass --yes.',
        );
      } finally {
        process.stdin.isTTY = isTTY;
      }
    },
  );

  it('has no command without a test on a stage', () => {
    const calls = [...CHANGING_CALLS, ...READING_CALLS, ...OTHER_CALLS];
    const tested = COMMANDS.filter(([name]) =>
      calls.some((call) => call.join(' ') === name || call.join(' ').startsWith(`${name} `)),
    );
    expect(tested).toEqual(COMMANDS);
  });
});
