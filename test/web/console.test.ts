/** The console end to end: what `npm start` serves, in a real browser. */
import { once } from "node:events";
import { request } from "node:http";
import { createClient } from "@postern/client/client";
import { generateProofKey } from "@postern/client/proof";
import { codeAt } from "@postern/core/credential/totp.fixture";
import { second } from "@postern/core/time";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clients, isInstalled } from "../clients/support/installed.ts";
import { expectAccessible } from "./support/browser.ts";
import { logIn, type Person, startWebStage, type WebStage } from "./support/stage.ts";

/** An escape sequence, a direction override and markup. */
const hostile = "select '\u001b[31mred', '\u202egpj.exe', '<img src=x onerror=alert(1)>'";
const escaped = "select '\\u001b[31mred', '\\u202egpj.exe', '<img src=x onerror=alert(1)>'";

/** For a page: what a script in it could get of the login that the browser keeps. */
const takeLogin = `(async () => {
  const settled = (request) => new Promise((resolve) => request.addEventListener("success", () => resolve(request.result)));
  const database = await settled(indexedDB.open("postern"));
  const { accessToken, key } = await settled(database.transaction("login").objectStore("login").get("login"));
  return { accessToken, exported: await crypto.subtle.exportKey("pkcs8", key.privateKey).catch(String) };
})()`;

describe.runIf(isInstalled(clients.chromium))("in the console", () => {
  let stage: WebStage;
  let alice: Person;
  let auditor: Person;

  beforeAll(async () => {
    stage = await startWebStage();
    alice = stage.local.ready;
    auditor = await stage.addUser("carol", ["auditor"]);
  }, 120_000);
  afterAll(() => stage.stop());

  test("every page asks whoever isn't logged in to do so, in the server's words where that fails", async () => {
    const page = await stage.open("/activity");
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await expectAccessible(page);
    await logIn(page, { ...alice, password: "wrong" });
    expect(await textOf(page, "alert")).toContain("ser or password is wrong");
    await expectAccessible(page);
  });

  test("alice sees the databases and what to type, also after a reload, until she logs out", async () => {
    const page = await stage.openAs(alice, "/login");
    await page.waitForURL("/");
    const row = page.getByRole("row", { name: "aurora" });
    await row.getByText("env=dev").waitFor();
    const line = await row.getByRole("code").innerText();
    expect(line.trim()).toBe("postern db connect --db-user=alice --db-name=postgres aurora");
    await row.getByRole("button", { name: "Copy" }).click();
    await row.getByText("Copied").waitFor();
    await expectAccessible(page);
    await page.reload();
    await row.waitFor();
    expect(await page.getByRole("banner").innerText()).toMatch(/local\s+alice/);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
  });

  test("the activity is not for alice, and her browser asks nobody for it", async () => {
    const page = await stage.openAs(alice);
    const asked: string[] = [];
    page.on("request", (sent) => asked.push(new URL(sent.url()).pathname));
    expect(await page.getByRole("link", { name: "Activity" }).count()).toBe(0);
    await page.goto("/activity");
    await page.getByText("Your roles don't show the audit log").waitFor();
    expect(asked).toContain("/v1/status");
    expect(asked).not.toContain("/v1/audit");
    await expectAccessible(page);
  });

  test("an auditor sees what people did, and hostile text as what it is", async () => {
    await runStatement(hostile);
    const page = await stage.openAs(auditor);
    await page.getByRole("link", { name: "Activity" }).click();
    const row = page.getByRole("row").filter({ hasText: escaped });
    await row.waitFor();
    expect(await row.innerText()).toMatch(/db\.session\.query.*TDB02I\s+alice\s+aurora/);
    await row.getByRole("button", { expanded: false }).click();
    const event = await page.getByText('"event": "db.session.query"').innerText();
    expect(JSON.parse(event)).toMatchObject({ db_query: hostile, user: "alice", success: true });
    const shown = await page.locator("body").innerText();
    for (const character of ["\u001b", "\u202e"]) expect(shown).not.toContain(character);
    await expectAccessible(page);
  });

  test("the activity is filtered, refreshed, and goes back page by page", async () => {
    const page = await stage.openAs(auditor, "/activity");
    const rows = page.getByRole("row").filter({ has: page.getByRole("time") });
    for (let count = 0; count < 101; count += 1)
      await stage.admin.call("createToken", { body: { type: "db" } });
    await page.getByLabel("Event", { exact: true }).fill("join_token.create");
    await page.getByLabel("User").fill("local-admin");
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByText("100 newest events").waitFor();
    expect(await rows.count()).toBe(100);
    await page.getByRole("button", { name: "Older" }).click();
    await page.getByText(/^10\d events$/).waitFor();
    const times: (string | null)[] = await page
      .locator("time")
      .evaluateAll((all) => all.map((each) => each.getAttribute("datetime")));
    expect(times.filter((time, index) => String(time) > String(times[index - 1] ?? time))).toEqual([]);
    await page.getByLabel("User").fill("nobody");
    await page.getByLabel("Time").selectOption("Last hour");
    await page.getByText("0 events").waitFor();
  });

  test("a login that is over leads back to the login, saying so", async () => {
    const page = await stage.openAs(auditor, "/activity");
    const other = await page.context().newPage();
    await other.goto("/");
    await other.getByRole("button", { name: "Log out" }).click();
    await other.getByRole("heading", { name: "Log in" }).waitFor();
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    expect(await page.getByRole("status").innerText()).toMatch(/login.*(over|ended|expired)/);
  });

  test("a login that is over takes none along that another tab opened since", async () => {
    const page = await stage.openAs(auditor, "/activity");
    const other = await page.context().newPage();
    await other.goto("/");
    await other.getByRole("button", { name: "Log out" }).click();
    await logIn(other, alice);
    await other.getByRole("heading", { name: "Databases" }).waitFor();
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("banner").getByText("alice").waitFor();
    await other.reload();
    await other.getByRole("button", { name: "Log out" }).waitFor();
    expect(await other.getByRole("banner").innerText()).toContain("alice");
  });

  test("a user who is locked out is told so, and can log out", async () => {
    const dave = await stage.addUser("dave", ["access"]);
    const page = await stage.openAs(dave);
    const spec = { target: { user: dave.user }, message: "call security" };
    await stage.admin.call("writeResource", {
      body: { resource: { kind: "lock", version: "v2", metadata: { name: "incident" }, spec } },
    });
    await page.reload();
    expect(await textOf(page, "alert")).toContain("call security");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Log in" }).waitFor();
  });

  test("what a login keeps opens nothing for who takes it along", async () => {
    const page = await stage.openAs(alice);
    const taken = await page.evaluate<{ accessToken: string; exported: string }>(takeLogin);
    expect(taken.exported).toMatch(/not extractable/);
    const key = await generateProofKey();
    const thief = createClient({ url: stage.local.ready.http, key, accessToken: () => taken.accessToken });
    await expect(thief.call("getStatus", {})).rejects.toMatchObject({ code: "auth.invalid" });
  });

  test("an invite gives a password and a second factor, and then nothing more", async () => {
    const address = await stage.invite("erin", ["access"]);
    const secret = new URL(address).hash.slice(1);
    const page = await stage.open(address);
    await page.getByRole("heading", { name: "Welcome, erin" }).waitFor();
    expect(await addressesOf(page)).not.toContain(secret);

    const password = "correct horse battery";
    await choosePassword(page, "short", "shorter");
    expect(await page.getByRole("alert").allInnerTexts()).toEqual([
      "at least 10 characters",
      "these two differ",
    ]);
    await expectAccessible(page);
    await choosePassword(page, password, password);

    const totpSecret = (await page.getByRole("code").innerText()).trim();
    await enterCode(page, "000 000", "Confirm");
    expect(await textOf(page, "alert")).toContain("code");
    await expectAccessible(page);
    await enterCode(page, codeAt(totpSecret, Date.now()), "Confirm");
    await page.getByRole("heading", { name: "All set" }).waitFor();
    const line = await page.getByRole("code").innerText();
    expect(line.trim()).toBe(`postern login --proxy=${new URL(address).host} --user=erin`);
    await expectAccessible(page);

    await page.getByRole("link", { name: "Log in" }).click();
    await logIn(page, { user: "erin", password });
    await enterCode(page, "000000", "Confirm");
    expect(await textOf(page, "alert")).not.toBe("");
    await expectAccessible(page);
    // Each code is good once: the next one, which the server takes as early as that.
    await enterCode(page, codeAt(totpSecret, Date.now() + 30 * second), "Confirm");
    await page.getByRole("button", { name: "Log out" }).waitFor();

    await page.goto(address);
    await page.getByRole("heading", { name: "This invite can't be used" }).waitFor();
    expect(await textOf(page, "alert")).toContain("invite");
    await expectAccessible(page);
  });

  test("an invite is taken without a second factor, too; without its secret the page says what to do", async () => {
    const page = await stage.open(await stage.invite("frank", ["access"]));
    const password = "another long password";
    await choosePassword(page, password, password);
    await page.getByRole("button", { name: "without a second factor" }).click();
    await page.getByRole("link", { name: "Log in" }).click();
    await logIn(page, { user: "frank", password });
    await page.getByRole("heading", { name: "Databases" }).waitFor();
    await page.goto("/invite");
    expect(await page.getByRole("heading").first().innerText()).toBe("No invite");
    await expectAccessible(page);
  });

  test("the pages are of this machine alone, and what isn't theirs is the API's to answer", async () => {
    const { host, port } = new URL(stage.local.ready.http);
    expect(await ask("/", { host: `evil.example.com:${port}` })).toMatchObject({ status: 421 });
    expect(await ask("/", { host, origin: "https://evil.example.com" })).toMatchObject({ status: 403 });
    expect(await ask("/login", { host }, "HEAD")).toMatchObject({
      status: 200,
      type: "text/html; charset=utf-8",
    });
    const problem = "application/problem+json";
    expect(await ask("/login", { host }, "POST")).toMatchObject({
      status: 405,
      type: problem,
      allow: "GET, HEAD",
    });
    for (const path of [
      "/nothing",
      "/login/",
      "/assets/nothing.js",
      "/assets/..%2findex.html",
      "/assets/../build.ts",
    ])
      expect(await ask(path, { host })).toMatchObject({ status: 404, type: problem });
  });

  test("no page had anything to complain of: no error, no warning, nothing that its policy forbids", () => {
    expect(stage.complaints).toEqual([]);
  });

  async function ask(path: string, headers: Record<string, string>, method = "GET") {
    const { port } = new URL(stage.local.ready.http);
    const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }).end();
    const [response] = await once(asked, "response");
    response.resume();
    return {
      status: response.statusCode,
      type: response.headers["content-type"],
      allow: response.headers.allow,
    };
  }

  async function runStatement(sql: string): Promise<void> {
    const { ready } = stage.local;
    const flags = [`--proxy=${new URL(ready.http).host}`, "--user=alice", "--password-stdin"];
    expect(await stage.local.postern(["login", ...flags], { input: ready.password })).toMatchObject({
      code: 0,
    });
    const target = ["--db-user=alice", "--db-name=postgres", "aurora"];
    expect(await stage.local.postern(["db", "query", ...target, sql])).toMatchObject({ code: 0 });
  }
});

async function choosePassword(page: Page, password: string, again: string): Promise<void> {
  await page.getByLabel("New password").fill(password);
  await page.getByLabel("The same again").fill(again);
  await page.getByRole("button", { name: "Continue" }).click();
}

async function enterCode(page: Page, code: string, button: string): Promise<void> {
  await page.getByLabel("6-digit code").fill(code);
  await page.getByRole("button", { name: button }).click();
}

/** What is said in an element of this role, once there is one. */
function textOf(page: Page, role: "alert"): Promise<string> {
  return page.getByRole(role).first().innerText();
}

/** Where the page has been, as the browser remembers it. */
async function addressesOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send("Page.getNavigationHistory");
  return [page.url(), ...entries.map(({ url }) => url)].join(" ");
}
