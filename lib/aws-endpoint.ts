/** The domains of the AWS partitions, by the prefixes of their regions. */
const DOMAINS: readonly (readonly [prefix: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
];

/**
 * Returns the endpoint of an AWS service in a region.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/rande.html
 */
export function awsEndpoint(service: string, region: string): string {
  const [, domain] = DOMAINS.find(([prefix]) => region.startsWith(prefix)) ?? ['', 'amazonaws.com'];
  return `https://${service}.${region}.${domain}`;
}
