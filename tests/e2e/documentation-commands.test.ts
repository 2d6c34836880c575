import { describe, expect, it } from 'vitest';
import { createProgram } from '../../manage/program.ts';
import { BLOCKS, commandsOf, INLINE_COMMANDS, PAGES, readPage } from '../support/documentation.ts';
import { checkCommand, SCRIPTS } from '../support/documented-commands.ts';

const commands = BLOCKS.filter(({ language }) => language === 'sh' || language === 'console').flatMap(
  (block) =>
    commandsOf(block)
      .flatMap(({ text }) => text.replace(/\s+#.*$/, '').split(' && '))
      .map((text) => ({ place: block.place, run: block.run, text })),
);

describe('the documentation', () => {
  it('has commands to check', () => {
    expect(commands.length).toBeGreaterThan(30);
    expect(INLINE_COMMANDS.length).toBeGreaterThan(20);
  });

  it.each(commands)('shows a command that its program accepts: $text ($place)', async ({ text, run }) => {
    // Those that are run need no other check.
    if (text.startsWith('curl ')) expect(run).toBe('service');
    else await checkCommand(text);
  });

  it.each(INLINE_COMMANDS)('names a command that its program accepts: $text ($place)', async ({ text }) => {
    await checkCommand(text, true);
  });

  it.each(PAGES)('names in %s only scripts that exist', (page) => {
    const named = [...readPage(page).matchAll(/npm run ([a-z][\w:-]*)/g)].map(([, name = '']) => name);
    for (const name of named) expect(SCRIPTS).toContain(name);
  });

  it('names every command of the command line in docs/operations.md', () => {
    const [, section = ''] = readPage('docs/operations.md').split(/^## The command line$/m);
    const [table = ''] = section.split(/^## /m);
    for (const group of createProgram().commands) {
      expect(table).toContain(`\`${group.name()}`);
      for (const one of group.commands) {
        expect(table).toMatch(new RegExp(`\`(${group.name()} )?${one.name()}\\b`));
      }
    }
  });
});
