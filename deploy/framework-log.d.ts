declare module 'serverless/lib/utils/serverless-utils/log.js' {
  /** The progress that the framework shows below its output at a terminal. */
  export const progress: {
    /** Removes the progress and does not show it again. */
    clear(): void;
  };
}
