import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archive } from './archive.ts';
import { bundle } from './bundle.ts';
import { nativeFiles } from './native-files.ts';
import { type Artifact, report } from './report.ts';

interface FunctionDefinition {
  readonly handler: string;
  package?: { artifact: string };
}

interface Serverless {
  readonly serviceDir: string;
  readonly service: {
    readonly functions: Readonly<Record<string, FunctionDefinition>>;
    readonly provider: { readonly compiledCloudFormationTemplate: { readonly Resources: Resources } };
  };
}

type Resources = Readonly<
  Record<string, { readonly Type: string; readonly Properties?: { StageName?: unknown } }>
>;

const FOLDER = '.serverless';

/** Makes the artifact of each function in place of the framework, which bundles nothing. */
export default class PackagingPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    this.hooks = {
      'before:package:createDeploymentArtifacts': () => this.#package(),
      'before:package:finalize': async () => this.#leaveStageToTemplate(),
    };
  }

  async #package(): Promise<void> {
    const { serviceDir: root, service } = this.#serverless;
    await mkdir(join(root, FOLDER), { recursive: true });
    const artifacts: Artifact[] = [];
    for (const [name, definition] of Object.entries(service.functions)) {
      const entry = definition.handler.replace(/\.[^./]+$/, '.ts');
      const { files: bundled, startBytes, externals } = await bundle(root, entry);
      const files = { ...bundled, ...(await nativeFiles(root, externals)) };
      const zip = archive(files);
      const path = join(FOLDER, `${name}.zip`);
      await writeFile(join(root, path), zip);
      definition.package = { artifact: path };
      artifacts.push({ name, files, zipBytes: zip.byteLength, startBytes });
    }
    process.stdout.write(`${report(artifacts)}\n`);
  }

  /** The stage is a resource of the template (deploy/resources/stage.yml); a deployment that names it would make another. */
  #leaveStageToTemplate(): void {
    const { Resources } = this.#serverless.service.provider.compiledCloudFormationTemplate;
    for (const { Type, Properties } of Object.values(Resources)) {
      if (Type === 'AWS::ApiGateway::Deployment') delete Properties?.StageName;
    }
  }
}
