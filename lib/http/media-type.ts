import { parseHeaderValue } from './header-value.ts';

/** The types that a body is parsed as, each in its one spelling; in this order where a wildcard leaves the choice. */
const PARSED = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'] as const;
export type ParsedMediaType = (typeof PARSED)[number];

/** Finds how a body of a content type is parsed, by the rules of Django REST framework: any case, wildcards, parameters. */
export function parsedMediaTypeOf(contentType: string): ParsedMediaType | undefined {
  const [main, sub] = splitAtSlash(parseHeaderValue(contentType).value);
  return PARSED.find((candidate) => {
    const [candidateMain, candidateSub] = splitAtSlash(candidate);
    return (main === '*' || main === candidateMain) && (sub === '*' || sub === candidateSub);
  });
}

function splitAtSlash(type: string): [string, string] {
  const slash = type.indexOf('/');
  return slash < 0 ? [type, ''] : [type.slice(0, slash), type.slice(slash + 1)];
}
