interface Resource {
  readonly Type: string;
  Condition?: string;
  DependsOn?: string | readonly string[];
  readonly Properties?: { StageName?: unknown } & Record<string, unknown>;
}

/** A CloudFormation template that the framework has compiled. */
export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Condition?: string; Value: unknown }>;
  Conditions?: Record<string, unknown>;
}
