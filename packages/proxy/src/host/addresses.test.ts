import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { peerAddresses } from "./addresses.ts";

const info = (address: string, internal = false): NetworkInterfaceInfo =>
  ({
    address,
    internal,
    family: address.includes(":") ? "IPv6" : "IPv4",
    netmask: "",
    mac: "",
    cidr: null,
    ...(address.includes(":") && { scopeid: 0 }),
  }) as NetworkInterfaceInfo; // a union whose members the address chooses between

const interfaces = {
  lo: [info("127.0.0.1", true), info("::1", true)],
  eth0: [info("10.0.0.1"), info("2001:db8::1"), info("fe80::1"), info("169.254.172.2")],
};

test("a host that listens everywhere is found at each address that leads out of its machine", () => {
  expect(peerAddresses({ host: "0.0.0.0", port: 5440 }, interfaces)).toEqual(["10.0.0.1:5440"]);
  expect(peerAddresses({ host: "::", port: 5440 }, interfaces)).toEqual([
    "10.0.0.1:5440",
    "[2001:db8::1]:5440",
  ]);
  expect(peerAddresses({ host: "0.0.0.0", port: 5440 }, { lo: interfaces.lo })).toEqual(["127.0.0.1:5440"]);
});

test("a host that listens at one address is found there, and there are eight at most", () => {
  expect(peerAddresses({ host: "10.1.2.3", port: 1 }, interfaces)).toEqual(["10.1.2.3:1"]);
  const many = { eth0: Array.from({ length: 20 }, (_, at) => info(`10.0.0.${at}`)) };
  expect(peerAddresses({ host: "0.0.0.0", port: 1 }, many)).toHaveLength(8);
});
