import * as v from 'valibot';
import type { ContractCase } from './cases.ts';

const textFields = v.record(v.string(), v.string());
const BOUNDARY = 'contract-boundary';

/** Encodes the fields of a body. Keeps the `${name}` placeholders of tokens. */
type BodyWriter = (fields: readonly (readonly [string, string])[]) => { type: string; body: string };

const BODY_WRITERS: Readonly<Record<string, BodyWriter>> = {
  form: (fields) => ({
    type: 'application/x-www-form-urlencoded',
    body: fields.map(([name, value]) => `${encodeText(name)}=${encodeText(value)}`).join('&'),
  }),
  multipart: (fields) => ({
    type: `multipart/form-data; boundary=${BOUNDARY}`,
    body: [
      ...fields.map(
        ([name, value]) =>
          `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      ),
      `--${BOUNDARY}--\r\n`,
    ].join(''),
  }),
};

const encodeText = (text: string): string =>
  encodeURIComponent(text).replace(/%24%7B(\w+)%7D/g, (_, name: string) => `\${${name}}`);

/**
 * Converts a case whose JSON body has only text fields to a form and to multipart. Django REST framework responds to all
 * three in the same way. Returns no cases if the body cannot be converted.
 */
export function inOtherBodyTypes(contractCase: ContractCase): ContractCase[] {
  const { request } = contractCase;
  const type = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const fields = type === 'application/json' ? textFieldsOf(request.body ?? '') : undefined;
  if (fields === undefined) return [];
  return Object.entries(BODY_WRITERS).map(([name, write]) => {
    const { type, body } = write(fields);
    const headers = Object.entries(request.headers).filter(([key]) => key.toLowerCase() !== 'content-type');
    return {
      ...contractCase,
      id: `${contractCase.id} as ${name}`,
      request: { ...request, headers: { ...Object.fromEntries(headers), 'Content-Type': type }, body },
    };
  });
}

function textFieldsOf(body: string): [string, string][] | undefined {
  try {
    const fields = Object.entries(v.parse(textFields, JSON.parse(body)));
    return fields.length > 0 && fields.every(([, value]) => value.isWellFormed()) ? fields : undefined;
  } catch {
    return undefined;
  }
}
