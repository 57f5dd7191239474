import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatUnit } from "./systemd-unit.ts";

const facts = { node: process.execPath, program: "/opt/postern/bin/postern.js", config: "/etc/postern.yaml" };

/** The settings of a unit's text, by section and name. */
function settingsOf(unit: string): Map<string, string> {
  const settings = new Map<string, string>();
  let section = "";
  for (const line of unit.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const [, title] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (title !== undefined) section = title;
    else if (name !== undefined && value !== undefined) settings.set(`${section}.${name}`, value);
    else throw new Error(`not a line of a unit: ${line}`);
  }
  return settings;
}

test("a unit runs the service as a user of its own on a system that it can't change, and lets it end in peace", () => {
  const settings = settingsOf(formatUnit({ ...facts, node: "/usr/bin/node" }));
  expect(settings.get("Service.ExecStart")).toBe(
    "/usr/bin/node /opt/postern/bin/postern.js start --config /etc/postern.yaml",
  );
  expect(settings.get("Service.User")).toBe("postern");
  expect(settings.get("Service.ProtectSystem")).toBe("strict");
  expect(settings.get("Service.NoNewPrivileges")).toBe("yes");
  expect(settings.get("Service.Restart")).toBe("always");
  expect(Number(settings.get("Service.LimitNOFILE"))).toBeGreaterThan(12_000);
  expect(Number(settings.get("Service.TimeoutStopSec"))).toBeGreaterThan(10);
});

test("what lies in somebody's home is not hidden from it", () => {
  const home = formatUnit({ ...facts, node: "/home/me/.nvm/node" });
  expect(settingsOf(home).get("Service.ProtectHome")).toBe("read-only");
  expect(settingsOf(formatUnit({ ...facts, node: "/usr/bin/node" })).get("Service.ProtectHome")).toBe("yes");
});

test("paths with blanks, quotes and percent signs stay what they are", () => {
  const unit = formatUnit({ ...facts, node: "/usr/bin/node", config: '/etc/a b"%i$HOME.yaml' });
  expect(settingsOf(unit).get("Service.ExecStart")).toContain('--config "/etc/a b\\"%%i$$HOME.yaml"');
});

const hasSystemd = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.runIf(hasSystemd)("systemd finds nothing wrong with it", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-unit-"));
  try {
    const file = join(folder, "postern.service");
    writeFileSync(file, formatUnit(facts));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    // Where no systemd runs, it can't be asked for the units around it.
    const own = stderr.split("\n").filter((line) => line.includes("postern.service"));
    expect({ status, own }).toEqual({ status: 0, own: [] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
