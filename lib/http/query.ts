import * as v from 'valibot';
import { InputError } from '../errors.ts';
import type { HttpRequest } from './request.ts';

const flag = v.picklist(['true', 'false']);

/** Reads a query parameter that is `true` or `false`; `false` if it is missing. @throws {InputError} */
export function readFlag(query: HttpRequest['query'], name: string): boolean {
  const { [name]: text = 'false' } = query;
  if (!v.is(flag, text)) throw new InputError({ [name]: ['Must be a valid boolean.'] });
  return text === 'true';
}
