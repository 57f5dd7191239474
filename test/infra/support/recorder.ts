/** Pulumi under mocks, with a record of every resource that the program registers. */
import type { createRequire } from "node:module";
import type { LinkProperties, Resource } from "./graph.ts";
import { call, newResource } from "./provider.ts";

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean;
  getObject(): unknown;
}
interface RegisterOutputsRequest {
  getUrn(): string;
  getOutputs(): unknown;
}
type Callback = (error: unknown, response: unknown) => void;

/** The parts of `@pulumi/pulumi` 3.215 that are used here; the package lives in `.sst` and so has no types for us. */
interface MockMonitor {
  newUrn(parent: string, type: string, name: string): string;
  registerResource(request: RegisterRequest, callback: Callback): unknown;
  registerResourceOutputs(request: RegisterOutputsRequest, callback: Callback): unknown;
}
export interface Pulumi {
  runtime: {
    setMocks(mocks: object, project: string, stack: string, preview: boolean): void;
    runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
  };
}
interface Serializer {
  deserializeProperties(value: unknown): unknown;
  isRpcSecret(value: unknown): boolean;
  unwrapRpcSecret(value: unknown): unknown;
}

export interface Recording {
  readonly pulumi: Pulumi;
  readonly resources: Resource[];
  readonly links: Record<string, LinkProperties>;
}

/** Pulumi's MockMonitor shows a mock neither parent nor options, so this listens at the monitor itself. */
export function record(require: ReturnType<typeof createRequire>, app: string, stage: string): Recording {
  const pulumi: Pulumi = require("@pulumi/pulumi");
  const {
    MockMonitor,
  }: { MockMonitor: { prototype: MockMonitor } } = require("@pulumi/pulumi/runtime/mocks.js");
  const serializer: Serializer = require("@pulumi/pulumi/runtime/rpc.js");
  const recording: Recording = { pulumi, resources: [], links: {} };
  pulumi.runtime.setMocks({ newResource, call }, app, stage, false);

  const monitor = MockMonitor.prototype;
  // As the engine makes them; the mock's own would show the stack in the types of links.
  monitor.newUrn = (parent, type, name) => {
    const parentType = parent.split("::")[2] ?? "";
    const isTop = parentType === "" || parentType === "pulumi:pulumi:Stack";
    return `urn:pulumi:${stage}::${app}::${isTop ? type : `${parentType}$${type}`}::${name}`;
  };
  const original: MockMonitor = Object.create(Object.prototype, Object.getOwnPropertyDescriptors(monitor));
  monitor.registerResource = function (request, callback) {
    recording.resources.push({
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      protect: request.getProtect() === true,
      retainOnDelete: request.getRetainondelete(),
      inputs: plain(serializer, serializer.deserializeProperties(request.getObject())) as Resource["inputs"],
    });
    return original.registerResource.call(this, request, callback);
  };
  monitor.registerResourceOutputs = function (request, callback) {
    if (request.getUrn().includes("sst:sst:LinkRef::")) {
      // Made by SST's Link.Ref, which registers exactly these outputs.
      const link = plain(serializer, serializer.deserializeProperties(request.getOutputs())) as {
        target: string;
        properties: LinkProperties;
      };
      recording.links[link.target] = link.properties;
    }
    return original.registerResourceOutputs.call(this, request, callback);
  };
  return recording;
}

/** Secrets as what they hold: the graph is read by tests alone. */
function plain(serializer: Serializer, value: unknown): unknown {
  if (serializer.isRpcSecret(value)) return plain(serializer, serializer.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map((item) => plain(serializer, item));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(serializer, item)]));
}
