/** What a token and an authorizer need to know of a user. */
export interface Account {
  readonly id: number;
  /** Case-sensitive, exactly as Django stored it. */
  readonly username: string;
  readonly email: string;
  readonly isActive: boolean;
}
