import { InvalidArgumentError, Option } from 'commander';
import { isStageName, STAGE_NAME_RULE } from './settings.ts';

/** Creates the option `--stage`. It rejects an empty name, such as an unset shell variable. */
export const stageOption = (description: string): Option =>
  new Option('--stage <name>', description).argParser((name: string) => {
    if (isStageName(name)) return name;
    throw new InvalidArgumentError(STAGE_NAME_RULE);
  });
