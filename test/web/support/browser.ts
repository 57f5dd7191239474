/** Debian's Chromium, and what its pages complain of. */
import axeCore from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { chromiumPath } from "../../clients/support/installed.ts";

/** It is one machine's, and asks nobody else for anything. */
const flags = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** For pages, as is axe's source: this file itself knows no browser's names. */
const tellViolations = `addEventListener("securitypolicyviolation", ({ violatedDirective, sample }) => {
  console.error("violation", violatedDirective, sample);
});`;

export function launchBrowser(): Promise<Browser> {
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: chromiumPath, args: [...flags, ...asRoot] });
}

/** A profile whose pages have axe in them. */
export async function openProfile(
  browser: Browser,
  url: string,
  complaints: string[],
): Promise<BrowserContext> {
  const profile = await browser.newContext({ baseURL: url });
  profile.setDefaultTimeout(20_000);
  await profile.addInitScript(axeCore.source);
  await profile.addInitScript(tellViolations);
  profile.on("weberror", (error) => complaints.push(String(error.error())));
  profile.on("console", (message) => {
    if (!isRefusal(message.text())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  return profile;
}

/** A page as somebody has it who was never here: no other is open, and nothing is kept. Quicker than a new profile. */
export async function openPage(profile: BrowserContext, url: string): Promise<Page> {
  const others = profile.pages();
  const page = await profile.newPage();
  await Promise.all(others.map((each) => each.close()));
  const session = await profile.newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin: url, storageTypes: "all" });
  return page;
}

/** Chromium tells of every answer that isn't 2xx; those are what tests are about. */
function isRefusal(text: string): boolean {
  return /^Failed to load resource: the server responded with a status of 4\d\d/.test(text);
}

/** In light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    expect({ colorScheme, found }).toEqual({ colorScheme, found: [] });
  }
}

declare global {
  /** What axe's source leaves in a page. */
  var axe: typeof axeCore;
}
