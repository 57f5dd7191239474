import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { assertFree, choosePorts } from "./ports.ts";

let taken: Server;
let busy: number;
beforeEach(async () => {
  taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  busy = (taken.address() as AddressInfo).port;
});
afterEach(() => taken.close());

const any = { httpPort: 0, pgPort: 0 };

test("any free ports are three different ones, and free", async () => {
  const { http, pg, aurora } = await choosePorts(any, 0);
  expect(new Set([http, pg, aurora]).size).toBe(3);
  await assertFree(http, "--http-port");
});

test("a busy one is named, with its flag", async () => {
  const refused = (flag: string) => ({
    code: "resource.exists",
    message: expect.stringContaining(String(busy)),
    data: { hint: expect.stringContaining(flag) },
  });
  await expect(choosePorts({ ...any, httpPort: busy }, 0)).rejects.toMatchObject(refused("--http-port"));
  await expect(choosePorts({ ...any, pgPort: busy }, 0)).rejects.toMatchObject(refused("--pg-port"));
  await expect(assertFree(busy, "--pg-port")).rejects.toMatchObject(refused("--pg-port"));
});

test("the stand-in listens where it did, unless that is taken or asked for", async () => {
  const { aurora } = await choosePorts(any, 0);
  expect(await choosePorts(any, aurora)).toMatchObject({ aurora });
  expect((await choosePorts(any, busy)).aurora).not.toBe(busy);
  expect((await choosePorts({ httpPort: aurora, pgPort: 0 }, aurora)).aurora).not.toBe(aurora);
});
