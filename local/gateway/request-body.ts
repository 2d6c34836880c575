import type { IncomingMessage } from 'node:http';

/** The maximum size of a body (Amazon API Gateway quotas, "Payload size"). */
const MAX_BYTES = 10 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Reads the body of a request to its end, because some clients read no response before they have sent it. Returns undefined if it
 * is too large. Rejects if the connection ends first.
 */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  // A body has no meaning for these methods (RFC 9110 §9.3).
  if (request.method === 'GET' || request.method === 'HEAD') return Promise.resolve(NOTHING);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => resolve(bytes <= MAX_BYTES ? Buffer.concat(chunks) : undefined));
    request.on('error', reject);
  });
}
