import { InvalidArgumentError } from 'commander';

/** Creates the parser of an option that is a whole number. It throws an {@link InvalidArgumentError} for any other text. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`Pass a whole number from ${least} to ${most}.`);
};
