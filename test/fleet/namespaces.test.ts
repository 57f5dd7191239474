/** Hosts on machines of their own: each in a network namespace, with the control plane behind https. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createServer, type Server as TlsServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { formatServiceConfig } from "@postern/core/config/format";
import { issueCertificate } from "@postern/local/postgres/certificate";
import { encodeFrontend } from "@postern/wire/messages/frontend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openTls, readToEnd, say, WireClient } from "../proxy/support/wire-client.ts";
import { eventually } from "../support/local.ts";
import { type Postern, startPostern } from "../support/postern.ts";
import { createNetwork, type Machine, type Network, namespacesProblem } from "./support/namespaces.ts";
import { relay } from "./support/relay.ts";
import { freePort, makePlace, type Place, type Service, startService } from "./support/service.ts";

const problem = namespacesProblem();
if (problem !== undefined) console.warn(`left out: hosts in network namespaces, as ${problem}`);

const day = 86_400_000;

describe.skipIf(problem !== undefined)("hosts in network namespaces of their own", () => {
  let network: Network;
  let postern: Postern;
  let front: TlsServer;
  let database: Server;
  const places: Place[] = [];
  const hosts: Service[] = [];
  const relays: ChildProcess[] = [];

  beforeAll(async () => {
    network = createNetwork(2);
    const port = await freePort();
    const origin = `https://${network.address}:${port}`;
    postern = await startPostern({ origin });
    front = await serveTls(network.address, port, Number(new URL(postern.url).port));
    database = await relay(`${network.address}:${postern.aurora.port}`, `127.0.0.1:${postern.aurora.port}`);
    for (const machine of network.machines) hosts.push(await startHost(machine, origin));
    await postern.login();
  });

  afterAll(async () => {
    for (const { process } of [...hosts, ...relays.map((each) => ({ process: each }))])
      process.kill("SIGKILL");
    await Promise.all(hosts.map(({ finished }) => finished));
    database?.close();
    front?.close();
    await postern?.remove();
    network?.remove();
    for (const place of places) place.remove();
  });

  /** https as a load balancer has it, by an authority that the hosts are told to trust. */
  async function serveTls(address: string, port: number, target: number): Promise<TlsServer> {
    const now = Date.now();
    const times = { notBefore: now - day, notAfter: now + day };
    const issuer = await issueCertificate({ commonName: "test CA", isAuthority: true, ...times });
    const names = { dns: [], ip: [address] };
    const { certificate, key } = await issueCertificate({ commonName: "test", names, issuer, ...times });
    writeFileSync(caFile(), issuer.certificate);
    const server = createServer({ cert: certificate, key }, (socket) => {
      const other = connect(target, "127.0.0.1");
      for (const each of [socket, other]) each.on("error", () => undefined);
      socket.on("close", () => other.destroy()).pipe(other);
      other.on("close", () => socket.destroy()).pipe(socket);
    });
    await once(server.listen(port, address), "listening");
    return server;
  }

  function caFile(): string {
    return join(postern.dataDir, "test-ca.pem");
  }

  /** Joins by a token that names its address; the database is where it says, by a route of its machine. */
  async function startHost({ address, prefix }: Machine, origin: string): Promise<Service> {
    const place = makePlace(5440);
    places.push(place);
    const { token } = await postern.admin.call("createToken", { body: { type: "db", names: [address] } });
    writeFileSync(place.token, token, { mode: 0o600 });
    writeFileSync(place.config, configuration(place, address, origin), { mode: 0o600 });
    await startRelay(prefix);
    return await startService(place, { prefix, env: { NODE_EXTRA_CA_CERTS: caFile() } });
  }

  function configuration({ folder, port }: Place, address: string, origin: string): string {
    const { aurora } = postern;
    const aws = {
      region: "us-west-1",
      account_id: null,
      resource_id: null,
      assume_role_arn: null,
      external_id: null,
    };
    return formatServiceConfig({
      version: "v1",
      postern: {
        proxy_server: origin,
        data_dir: join(folder, "data"),
        join: { method: "token", token: "./token" },
      },
      db_service: {
        listen_addr: `0.0.0.0:${port}`,
        public_addr: `${address}:${port}`,
        databases: [
          {
            name: "aurora",
            description: "",
            protocol: "postgres",
            uri: `localhost:${aurora.port}`,
            labels: { env: "dev" },
            tls: { ca_cert_file: aurora.caFile },
            aws,
          },
        ],
      },
    });
  }

  async function startRelay(prefix: readonly string[]): Promise<void> {
    const { port } = postern.aurora;
    const script = fileURLToPath(new URL("support/relay.program.ts", import.meta.url));
    const words = [...prefix, process.execPath, script, `127.0.0.1:${port}`, `${network.address}:${port}`];
    const [command = "", ...args] = words;
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    relays.push(child);
    await once(child.stdout, "data");
  }

  const Files = z.object({ root_cert_file: z.string(), cert_file: z.string(), key_file: z.string() });

  async function openSession({ address }: Machine) {
    const args = ["db", "login", "--db-user=alice", "--db-name=postgres", "--format=json", "aurora"];
    const files = Files.parse(JSON.parse((await postern.postern(args)).stdout));
    const ca = readFileSync(files.root_cert_file);
    const cert = readFileSync(files.cert_file);
    const key = readFileSync(files.key_file);
    const client = new WireClient(
      await openTls(5440, "direct", { ca, cert, key, servername: "", host: address }, address),
    );
    client.startUp({ user: "alice", database: "postgres" });
    const data = (await client.until("ReadyForQuery")).find(({ type }) => type === "BackendKeyData");
    if (data?.type !== "BackendKeyData") throw new Error("no cancel key");
    return { client, key: data };
  }

  async function sendCancel({ address }: Machine, key: Awaited<ReturnType<typeof openSession>>["key"]) {
    const socket = connect(5440, address);
    const answer = readToEnd(socket);
    socket.write(encodeFrontend({ ...key, type: "CancelRequest" }));
    return await answer;
  }

  test("they join over https and serve the database, healthy", async () => {
    for (const [index, { ready }] of hosts.entries()) {
      const public_addr = `${network.machines[index]?.address}:5440`;
      expect(ready).toMatchObject({ databases: ["aurora"], refused: [], public_addr });
    }
    const { resources } = await postern.admin.call("listResources", { params: { kind: "db_server" } });
    const healthy = resources.filter((each) => each.kind === "db_server" && each.status.health === "healthy");
    expect(healthy.length).toBeGreaterThanOrEqual(2);
  });

  test("a cancel that reaches the wrong one arrives at the other, over the network between them", async () => {
    const [one, two] = network.machines;
    if (!one || !two) throw new Error("two machines");
    const { client, key } = await openSession(one);
    client.send(say.query("select pg_sleep(60)"));
    const ended = client.error();
    const isOver = ended.then(() => true);
    await eventually("the cancel arrives", async () => {
      expect(await sendCancel(two, key)).toHaveLength(0);
      return (await Promise.race([isOver, delay(300, false)])) || undefined;
    });
    expect((await ended)?.code).toBe("57014");
    client.stream.destroy();
  });

  test("one whose network is gone is missed by nobody: new sessions find another, and cancels for it end", async () => {
    const [one, two] = network.machines;
    if (!one || !two) throw new Error("two machines");
    const { client, key } = await openSession(one);
    one.plug(false);
    const args = [
      "db",
      "query",
      "--db-user=alice",
      "--db-name=postgres",
      "--format=csv",
      "aurora",
      "select 1 as one",
    ];
    expect(await postern.postern(args)).toMatchObject({ code: 0, stdout: "one\n1\n" });
    expect(await sendCancel(two, key)).toHaveLength(0);
    one.plug(true);
    client.stream.destroy();
    (await openSession(one)).client.stream.destroy();
  });
});
