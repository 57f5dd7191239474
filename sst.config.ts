// oxlint-disable-next-line typescript/triple-slash-reference -- It declares globals: there is nothing to import.
/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app({ stage }) {
    const production = stage === "production";
    return {
      name: "postern",
      home: "aws",
      version: "4.17.1",
      protect: production,
      removal: production ? "retain" : "remove",
      providers: { aws: { region: process.env["AWS_REGION"] ?? "us-east-1" } },
      // One sst-env.d.ts, at the root: the workspaces don't need their own.
      types: { ignore: ["packages", "functions"] },
    };
  },
  async run() {
    const { publicUrl } = await import("./infra/api.ts");
    const { proxyName } = await import("./infra/network.ts");
    await import("./infra/key-policies.ts");
    await import("./infra/triggers.ts");
    await import("./infra/proxy.ts");
    return { api: publicUrl, proxy: proxyName };
  },
});
