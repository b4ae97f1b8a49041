import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { LocalWorkspace, type OpMap } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { slowCooker } from "../../lib/components/slow-cooker/workload";

const root = path.join(__dirname, "..", "..");

/** What `meshfence verify --format json` says, as far as the journey asks. */
export interface Proof {
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly port: number;
    readonly predicted: string;
    readonly observed: string;
    readonly mtls?: { readonly state: string };
  }[];
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The command line, Docker, Pulumi and the cluster, for one journey. State and kubeconfig are in a folder of its own, so that nothing of
 * the user's is touched and whatever is left can be seen.
 */
export class Machine {
  readonly stack = "e2e";
  readonly clusterName = "meshfence-e2e";
  private readonly home = mkdtempSync(path.join(tmpdir(), "meshfence-e2e-"));
  private readonly stackFile = path.join(root, `Pulumi.${this.stack}.yaml`);
  private readonly kubeconfig = path.join(this.home, "kubeconfig");
  private readonly backend = path.join(this.home, "state");
  private readonly env: NodeJS.ProcessEnv = {
    ...process.env,
    KUBECONFIG: this.kubeconfig,
    PULUMI_BACKEND_URL: `file://${this.backend}`,
    PULUMI_CONFIG_PASSPHRASE: "only for this journey",
    PULUMI_STACK: undefined,
    NO_COLOR: "1",
  };
  private filesBefore: ReadonlySet<string> = new Set();
  private networksBefore: ReadonlySet<string> = new Set();
  private config: { [key: string]: unknown } = {};
  private cleaned: Promise<void> | undefined;

  /** @param configuration a stack file whose configuration the sandbox gets */
  async prepare(configuration: string | undefined): Promise<void> {
    assert.ok(!existsSync(this.stackFile), `${this.stackFile} is there already: remove it, it would be overwritten`);
    assert.deepEqual(await this.containers(), [], `the cluster ${this.clusterName} is there already: remove it`);
    this.filesBefore = new Set(await this.untracked());
    this.networksBefore = new Set(await this.networks());
    const given = configuration === undefined ? {} : parse(readFileSync(configuration, "utf8"));
    this.config = { ...given.config, "meshfence:clusterName": this.clusterName };
    writeFileSync(this.stackFile, stringify({ config: this.config }));
    mkdirSync(this.backend);
  }

  /** Removes whatever a journey that failed has left, once: an interrupted journey fails, too. */
  cleanUp(): Promise<void> {
    this.cleaned ??= this.removeEverything();
    return this.cleaned;
  }

  private async removeEverything(): Promise<void> {
    await this.deleteCluster();
    rmSync(this.stackFile, { force: true });
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Runs `meshfence COMMAND` on the stack. */
  run(command: string, ...args: string[]): Promise<Ended> {
    return this.process(process.execPath, this.commandLine(command, args), { minutes: 15 });
  }

  async succeeds(command: string, ...args: string[]): Promise<Ended> {
    const ended = await this.run(command, ...args);
    assert.equal(ended.status, 0, `meshfence ${command} ${args.join(" ")} failed:\n${ended.stdout}${ended.stderr}`);
    return ended;
  }

  /** Starts a command and kills it, with everything that it has started, at the first output that matches. */
  async killedAt(output: RegExp, command: string, ...args: string[]): Promise<void> {
    const child = spawn(process.execPath, this.commandLine(command, args), {
      cwd: root,
      env: this.env,
      detached: true,
    });
    let said = "";
    const matched = new Promise<void>((resolve, reject) => {
      child.stdout.on("data", (data) => {
        said += data;
        if (output.test(said)) resolve();
      });
      child.on("close", () => reject(new Error(`it ended before it said ${output}:\n${said}`)));
    });
    await matched;
    assert.ok(child.pid);
    process.kill(-child.pid, "SIGKILL");
    // What was in flight in the plugins ends with them.
    await sleep(2000);
  }

  async shell(command: string): Promise<void> {
    const { status, stderr } = await this.process("sh", ["-c", command], { minutes: 2 });
    assert.equal(status, 0, `${command} failed: ${stderr}`);
  }

  async verify(): Promise<Proof> {
    const args = ["verify", "--context", `kind-${this.clusterName}`, "--format", "json"];
    const main = path.join(root, "dist", "cli", "main.js");
    const { status, stdout, stderr } = await this.process(process.execPath, [main, ...args], { minutes: 5 });
    assert.equal(status, 0, `verify failed:\n${stdout}${stderr}`);
    return JSON.parse(stdout) as Proof;
  }

  /** How many resources a refresh found as they are, changed, gone. */
  async refresh(): Promise<OpMap> {
    const envVars = Object.fromEntries(
      Object.entries(this.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
    const stack = await LocalWorkspace.selectStack({ stackName: this.stack, workDir: root }, { envVars });
    const { summary } = await stack.refresh();
    return summary.resourceChanges ?? {};
  }

  /** Everything that Pulumi keeps of the stack, as text; nothing where there is none. */
  storedState(): string {
    const stacks = path.join(this.backend, ".pulumi", "stacks");
    if (!existsSync(stacks)) return "";
    const files = readdirSync(stacks, { recursive: true }).map(String);
    const kept = files.filter((file) => path.basename(file) === `${this.stack}.json`);
    return kept.map((file) => readFileSync(path.join(stacks, file), "utf8")).join("\n");
  }

  /** Files in the working directory that were not there before, other than what is built. */
  async newFiles(): Promise<string[]> {
    return (await this.untracked()).filter((file) => !this.filesBefore.has(file));
  }

  async containers(): Promise<string[]> {
    const nodes = `label=io.x-k8s.kind.cluster=${this.clusterName}`;
    return this.lines("docker", ["ps", "--all", "--format", "{{.Names}}", "--filter", nodes]);
  }

  async newNetworks(): Promise<string[]> {
    // All kind clusters share the network `kind`, and like kind itself the sandbox leaves it to the next.
    return (await this.networks()).filter((network) => network !== "kind" && !this.networksBefore.has(network));
  }

  async contexts(): Promise<string[]> {
    if (!existsSync(this.kubeconfig)) return [];
    const { contexts } = parse(readFileSync(this.kubeconfig, "utf8")) as { contexts?: { name: string }[] | null };
    return (contexts ?? []).map(({ name }) => name);
  }

  /** Removes the cluster as `kind delete cluster` does, without telling Pulumi. */
  async deleteCluster(): Promise<void> {
    const nodes = await this.containers();
    if (nodes.length > 0) await this.lines("docker", ["rm", "--force", "--volumes", ...nodes]);
  }

  async issuerSerial(): Promise<string> {
    const secret = await this.api().readNamespacedSecret({ namespace: "linkerd", name: "linkerd-identity-issuer" });
    return new X509Certificate(Buffer.from(secret.data?.["tls.crt"] ?? "", "base64")).serialNumber;
  }

  /** Waits for an event; the kubelet takes up to two minutes to hand a changed Secret to a pod. */
  async seesEvent(namespace: string, reason: string, since: Date): Promise<void> {
    const until = Date.now() + 180_000;
    while (Date.now() < until) {
      const { items } = await this.api().listNamespacedEvent({ namespace });
      if (items.some((event) => event.reason === reason && (event.lastTimestamp ?? event.eventTime ?? since) >= since))
        return;
      await sleep(3000);
    }
    throw new Error(`no event ${reason} in ${namespace} within three minutes`);
  }

  /** Requests of the client that succeeded and that did not, as its log tells since then: slow_cooker's `good/bad/failed`. */
  async clientReport(since: Date): Promise<{ good: number; bad: number }> {
    const namespace = "cilium-linkerd";
    const { items } = await this.api().listNamespacedPod({ namespace, labelSelector: `app=${slowCooker.name}` });
    const sinceSeconds = Math.ceil((Date.now() - since.getTime()) / 1000);
    let [good, bad] = [0, 0];
    for (const { metadata } of items) {
      const name = metadata?.name ?? "";
      const log = await this.api().readNamespacedPodLog({ namespace, name, container: slowCooker.name, sinceSeconds });
      for (const [, ok, wrong, failed] of log.matchAll(/\s(\d+)\/(\d+)\/(\d+)\s/g)) {
        good += Number(ok);
        bad += Number(wrong) + Number(failed);
      }
    }
    return { good, bad };
  }

  private api(): CoreV1Api {
    const config = new KubeConfig();
    config.loadFromFile(this.kubeconfig);
    config.setCurrentContext(`kind-${this.clusterName}`);
    return config.makeApiClient(CoreV1Api);
  }

  private commandLine(command: string, args: readonly string[]): string[] {
    return [path.join(root, "dist", "cli", "main.js"), command, "--stack", this.stack, ...args];
  }

  private untracked(): Promise<string[]> {
    return this.lines("git", ["ls-files", "--others", "--exclude=node_modules", "--exclude=dist", "--exclude=sdks"]);
  }

  private networks(): Promise<string[]> {
    return this.lines("docker", ["network", "ls", "--format", "{{.Name}}"]);
  }

  private async lines(command: string, args: readonly string[]): Promise<string[]> {
    const { status, stdout, stderr } = await this.process(command, args, { minutes: 2 });
    assert.equal(status, 0, `${command} ${args.join(" ")}: ${stderr}`);
    return stdout.split("\n").filter((line) => line !== "");
  }

  private process(command: string, args: readonly string[], { minutes }: { minutes: number }): Promise<Ended> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: root, env: this.env, timeout: minutes * 60_000 });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (data) => {
        stdout += data;
      });
      child.stderr.on("data", (data) => {
        stderr += data;
      });
      child.on("error", reject);
      child.on("close", (status) => resolve({ status, stdout, stderr }));
    });
  }
}
