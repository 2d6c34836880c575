// Runs the handler of an unpacked artifact: one message per invocation, one reply per message.
import { pathToFileURL } from 'node:url';

const module = process.argv[2] ?? '';
const { handler } = await import(pathToFileURL(module).href);

process.on('disconnect', () => process.exit());
process.on('message', ({ id, event, remainingMs }) => {
  const end = performance.now() + remainingMs;
  const context = { awsRequestId: String(id), getRemainingTimeInMillis: () => end - performance.now() };
  Promise.resolve()
    .then(() => handler(event, context))
    .then(
      (result) => process.send?.({ kind: 'result', id, result }),
      (error) => process.send?.({ kind: 'error', id, message: String(error?.message ?? error) }),
    );
});
