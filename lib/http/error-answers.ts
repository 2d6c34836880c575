import { answerTo, type FailureGroup } from './answers.ts';
import type { Middleware } from './middleware.ts';

/** Answers whatever was thrown by the table of answers. */
export const errorAnswers = (group: FailureGroup): Middleware => ({
  onError: (request) => {
    request.response = answerTo(request.error, group, request.event.id);
  },
});
