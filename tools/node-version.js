import semver from 'semver';

/**
 * Says that a version of Node is not supported, and what to do.
 *
 * @param {string} version as in `process.version`, for example `v22.5.0`
 * @param {string} range the range of `engines.node` in package.json
 * @returns {string | undefined} undefined if the version is supported
 */
export function unsupportedNode(version, range) {
  if (semver.satisfies(version, range, { includePrerelease: true })) return undefined;
  return `Latchkey needs Node ${range}; this is ${version}. Install a supported version and run the command again.`;
}
