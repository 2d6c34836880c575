/** Returns the last lines of a help text: one command that works as shown. */
export const exampleOf = (command: string): string => `\nExample: npm run manage -- ${command}`;
