/** Second factors as people and scripts use them, against one `npm start`. */
import { spawnSync } from "node:child_process";
import { codeAt } from "@postern/core/credential/totp.fixture";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, homeOf, type Local, startLocal } from "../support/local.ts";
import { startAtTerminal } from "./running.ts";

const hasTerminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux");
const password = "a long password";
const period = 30_000;

let local: Local;
beforeAll(async () => {
  local = await startLocal();
}, 120_000);
afterAll(() => local.remove());

async function invite(user: string): Promise<string> {
  const add = ["users", "add", "--roles=access", user, `--data-dir=${local.dataDir}`, "--format=json"];
  const { invite_url } = JSON.parse((await local.postern(add)).stdout) as { invite_url: string };
  return invite_url;
}

const loginAs = (user: string) => ["login", `--proxy=${local.ready.http}`, `--user=${user}`];

test("a script sets one up by its secret and a code, and logs in with the next", async () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  const run = (args: string[], more = {}) =>
    local.postern(args, { env: { POSTERN_PASSWORD: password, ...more } });
  const shown = codeAt(secret, Date.now());
  const accept = ["users", "accept", await invite("carol"), `--otp=${shown}`];
  const accepted = await run(accept, { POSTERN_OTP_SECRET: "gezd gnbv gy3t qojq gezd gnbv gy3t qojq" });
  expect(accepted).toMatchObject({ code: 0, stdout: "the password of carol has been set\n" });

  const without = await run(loginAs("carol"));
  expect(without).toMatchObject({ code: 2, stdout: "" });
  expect(without.stderr).toContain("--otp");
  const used = await run([...loginAs("carol"), `--otp=${shown}`]);
  expect(used).toMatchObject({ code: 1, stdout: "" });
  expect(used.stderr).toMatch(/wrong, or was used before.*hint: wait for the next one/s);
  const next = codeAt(secret, Date.now() + period);
  expect(await run([...loginAs("carol"), `--otp=${next}`])).toMatchObject({ code: 0 });
});

test.runIf(hasTerminal)(
  "a person sets one up with an authenticator app, and is asked for its codes",
  async () => {
    const env = { ...process.env, POSTERN_HOME: homeOf(local.dataDir), NO_COLOR: "1" };
    const accepting = startAtTerminal(["users", "accept", await invite("dave")], 100, env);
    const asked = async (running: typeof accepting, question: string) =>
      await eventually(question, () => (running.output().includes(question) ? true : undefined));
    await asked(accepting, "New password");
    accepting.type(`${password}\r`);
    await asked(accepting, "The same again");
    accepting.type(`${password}\r`);
    await asked(accepting, "Add a second factor");
    accepting.type("y");
    await asked(accepting, "Code that the app shows");
    const secret = /into it: ([A-Z2-7 ]+)/.exec(accepting.output())?.[1]?.replaceAll(" ", "") ?? "";
    expect(accepting.output()).toMatch(/[█▀▄]{20}/u); // the QR code
    accepting.type("000000\r");
    await asked(accepting, "that isn't the app's code of now");
    accepting.type(`${"\b".repeat(6)}${codeAt(secret, Date.now())}\r`);
    expect(await accepting.end).toBe(0);
    expect(accepting.output()).not.toContain(password);

    const login = startAtTerminal(loginAs("dave"), 100, env);
    await asked(login, "Password of dave");
    login.type(`${password}\r`);
    await asked(login, "Code of the second factor");
    login.type(`${codeAt(secret, Date.now() + period)}\r`);
    expect(await login.end).toBe(0);
    expect(login.output()).toContain("logged in to local as dave");
  },
);
