import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../manage/program.ts';
import manifest from '../../package.json' with { type: 'json' };
import { CHANGING_CALLS, OTHER_CALLS, READING_CALLS } from '../support/manage-commands.ts';

/** The commands that run something, each with its name as it is typed. */
const commandsOf = (command: Command, name: string[] = []): [string, Command][] =>
  command.commands.length === 0
    ? [[name.join(' '), command]]
    : command.commands.flatMap((one) => commandsOf(one, [...name, one.name()]));

const COMMANDS = commandsOf(createProgram());

describe('the command line', () => {
  it.each(COMMANDS)('shows --stage and --yes in the help of %s', (_, command) => {
    const help = command.helpInformation();
    expect(help).toMatch(/^ {2}--stage <name> .*deployed stage/m);
    expect(help).toMatch(/^ {2}--yes /m);
  });

  it('prints the version of package.json', async () => {
    let printed = '';
    const program = createProgram().configureOutput({ writeOut: (text) => (printed += text) });
    await expect(program.parseAsync(['--version'], { from: 'user' })).rejects.toThrow(
      expect.objectContaining({ exitCode: 0 }),
    );
    expect(printed).toBe(`${manifest.version}\n`);
  });

  it('has no command that the tests of stages leave out', () => {
    const calls = [...CHANGING_CALLS, ...READING_CALLS, ...OTHER_CALLS];
    const tried = COMMANDS.filter(([name]) =>
      calls.some((call) => call.join(' ') === name || call.join(' ').startsWith(`${name} `)),
    );
    expect(tried).toEqual(COMMANDS);
  });
});
