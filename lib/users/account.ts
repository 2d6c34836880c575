/** The data of a user that tokens and the authorizer need. */
export interface Account {
  readonly id: number;
  /** Case-sensitive, exactly as Django stored it. */
  readonly username: string;
  readonly email: string;
  readonly isActive: boolean;
}

/** An account with the name of its owner. */
export interface NamedAccount extends Account {
  readonly firstName: string;
  readonly lastName: string;
}
