import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { CloudFormationClient, type CloudFormationClientConfig } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';
import { progress } from 'serverless/lib/utils/serverless-utils/log.js';
import { explainSystemError } from '../tools/kit/failure.ts';
import { warn } from '../tools/kit/terminal.ts';
import { FOLDER, type FunctionDefinition, writeArtifacts } from './artifacts.ts';
import { explainAwsError } from './aws-error.ts';
import type { Template } from './cloudformation.ts';
import { describeKept, describeOutputs } from './messages.ts';
import { findObstacles } from './preflight.ts';
import { report } from './report.ts';
import {
  type DeploymentSettings,
  functionEnvironment,
  isFunctionName,
  isSettingName,
  problemsOf,
  readSetting,
  readSettings,
} from './settings.ts';
import { findStack, runsDeployment, type Stack } from './stack.ts';
import { finishTemplate } from './template.ts';
import { unknownSettingWarnings } from './unknown-settings.ts';

interface Serverless {
  readonly serviceDir: string;
  readonly service: {
    readonly functions: Record<string, FunctionDefinition>;
    readonly provider: {
      readonly compiledCloudFormationTemplate: Template;
      /** Set by the framework if the artifacts equal the last ones that were uploaded. */
      shouldNotDeploy?: boolean;
    };
  };
  readonly pluginManager: { getPlugins(): readonly FrameworkPlugin[] };
  readonly processedInput: { readonly commands: readonly string[] };
  getProvider(name: 'aws'): {
    getStage(): string;
    getRegion(): string;
    readonly naming: { getStackName(): string };
    getAwsSdkV3Config(): Promise<CloudFormationClientConfig>;
  };
}

/** A plugin of the framework. Only the one that deploys has this method. */
interface FrameworkPlugin {
  getMostRecentObjects?(): Promise<readonly { readonly Key: string }[]>;
}

interface VariableRequest {
  readonly address: string;
  resolveVariable(variable: string): Promise<string>;
}

/** The events of commands that need a deployed stage. The errors of the framework do not name the region. */
const NEED_A_STAGE = [
  'before:info:info',
  'before:logs:logs',
  'before:deploy:list:log',
  'before:rollback:rollback',
];

/** Packages, checks and describes deployments. The framework sends the requests that change a stack. */
export default class DeployPlugin {
  /** Resolves `${setting:NAME}` and `${environment:FUNCTION}` in `serverless.yml`. */
  readonly configurationVariablesSources = {
    environment: {
      resolve: async ({ address, resolveVariable }: VariableRequest) => {
        if (!isFunctionName(address))
          throw new Error(`The function ${address} does not exist (lib/settings/details.ts).`);
        return { value: functionEnvironment(address, await resolveVariable('sls:stage'), process.env) };
      },
    },
    setting: {
      resolve: async ({ address, resolveVariable }: VariableRequest) => {
        if (!isSettingName(address))
          throw new Error(`The setting ${address} does not exist (deploy/settings.ts).`);
        return { value: readSetting(address, await resolveVariable('sls:stage'), process.env) };
      },
    },
  };
  readonly hooks: Readonly<Record<string, () => Promise<void> | void>>;
  readonly #serverless: Serverless;
  #removed: Stack | undefined;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.hooks = {
      // The first event of a deployment, too. Packaging takes seconds.
      'before:package:cleanup': async () => {
        this.#checkSettings();
        await this.#checkFolder();
        if (this.#command === 'deploy') await this.#checkStage();
        this.#leaveOut();
      },
      'before:package:createDeploymentArtifacts': () => this.#package(),
      // At this event, the framework has merged `resources` of serverless.yml but has not written the template.
      'after:aws:package:finalize:mergeCustomProviderResources': () =>
        finishTemplate(serverless.service.provider.compiledCloudFormationTemplate),
      'after:aws:deploy:deploy:checkForChanges': () => this.#deployAfterRollback(),
      ...Object.fromEntries(NEED_A_STAGE.map((event) => [event, () => this.#assertDeployed()])),
      'before:remove:remove': async () => {
        this.#removed = await this.#assertDeployed();
      },
      'after:remove:remove': () => this.#describeKept(),
      finalize: () => this.#describeOutputs(),
    };
  }

  get #target() {
    const provider = this.#serverless.getProvider('aws');
    return { stage: provider.getStage(), region: provider.getRegion() };
  }

  get #settings(): DeploymentSettings {
    return readSettings(this.#target.stage, process.env);
  }

  get #command(): string {
    return this.#serverless.processedInput.commands.join(' ');
  }

  /** Ends the command with a message. The framework would print an error between lines about the stack and itself. */
  #fail(message: string): never {
    progress.clear();
    warn(message);
    process.exit(1);
  }

  #checkSettings(): void {
    const warnings = unknownSettingWarnings(process.env);
    if (warnings.length > 0) progress.clear();
    for (const warning of warnings) warn(warning);
    const problems = problemsOf(this.#target, process.env);
    if (problems.length > 0) {
      this.#fail(`The settings are not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    }
  }

  /** Checks that artifacts can be written. The framework would print a stack trace. */
  async #checkFolder(): Promise<void> {
    const folder = join(this.#serverless.serviceDir, FOLDER);
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
    } catch (error) {
      const explanation = explainSystemError(error);
      if (explanation === undefined) throw error;
      this.#fail(explanation);
    }
  }

  /** Removes the functions that a setting turns off, with their routes. The local service has all functions. */
  #leaveOut(): void {
    if (this.#settings.DOCS === 'false') delete this.#serverless.service.functions.docs;
  }

  async #package(): Promise<void> {
    const { serviceDir, service } = this.#serverless;
    print(report(await writeArtifacts(serviceDir, service.functions), this.#command === 'package'));
  }

  async #checkStage(): Promise<void> {
    const { TABLE_NAME, CREATE_TABLE, OBTAIN_RESERVED_CONCURRENCY, JWT_SECRET_PARAMETER } = this.#settings;
    const plan = {
      ...this.#target,
      tableName: TABLE_NAME,
      isTableNamed: Boolean(process.env.TABLE_NAME),
      createTable: CREATE_TABLE === 'true',
      reservedConcurrency: OBTAIN_RESERVED_CONCURRENCY,
      secretParameter: JWT_SECRET_PARAMETER,
    };
    const stack = await this.#findStack();
    const config = await this.#serverless.getProvider('aws').getAwsSdkV3Config();
    const clients = {
      dynamodb: new DynamoDBClient(config),
      lambda: new LambdaClient(config),
      ssm: new SSMClient(config),
    };
    const obstacles = await this.#request(() => findObstacles(plan, stack, clients));
    if (obstacles.length > 0) this.#fail(`Nothing was deployed.\n${obstacles.join('\n')}`);
  }

  /** Deploys if the stack does not run the last upload. The framework only compares the artifacts with the last upload. */
  async #deployAfterRollback(): Promise<void> {
    const { service, pluginManager } = this.#serverless;
    if (service.provider.shouldNotDeploy !== true) return;
    const deployer = pluginManager.getPlugins().find((plugin) => plugin.getMostRecentObjects !== undefined);
    const [latest] = (await deployer?.getMostRecentObjects?.()) ?? [];
    const stack = await this.#findStack();
    if (latest === undefined || stack === undefined) return;
    const client = new CloudFormationClient(await this.#serverless.getProvider('aws').getAwsSdkV3Config());
    const isCurrent = await this.#request(() => runsDeployment(client, stack, posix.dirname(latest.Key)));
    if (!isCurrent) service.provider.shouldNotDeploy = false;
  }

  #findStack(): Promise<Stack | undefined> {
    const provider = this.#serverless.getProvider('aws');
    return this.#request(async () =>
      findStack(new CloudFormationClient(await provider.getAwsSdkV3Config()), provider.naming.getStackName()),
    );
  }

  async #assertDeployed(): Promise<Stack> {
    const stack = await this.#findStack();
    if (stack !== undefined) return stack;
    const { stage, region } = this.#target;
    this.#fail(`The stage ${stage} is not deployed in ${region}. Check --stage, and --region or AWS_REGION.`);
  }

  /** Runs requests to AWS. Reports a failure in one sentence. */
  async #request<Result>(send: () => Promise<Result>): Promise<Result> {
    try {
      return await send();
    } catch (error) {
      const explanation = explainAwsError(error);
      if (explanation === undefined) throw error;
      this.#fail(explanation);
    }
  }

  async #describeOutputs(): Promise<void> {
    if (!['deploy', 'info', 'rollback'].includes(this.#command)) return;
    const stack = await this.#findStack();
    if (stack !== undefined) print(describeOutputs(stack));
  }

  #describeKept(): void {
    if (this.#removed === undefined) return;
    print(describeKept(this.#removed, { ...this.#target, ...this.#settings }));
  }
}

const print = (text: string): boolean => process.stdout.write(`${text}\n`);
