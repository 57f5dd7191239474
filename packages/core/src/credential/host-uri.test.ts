import { expect, test } from "vitest";
import { formatHostUri, hostIdOf } from "./host-uri.ts";

const hostId = "ho_01JD5Z3K8Q0123456789ABCDEF";
const among = (...names: string[]) => hostIdOf("prod:1", { subjectAltName: names.join(", ") });

test("a host certificate's id is read beside the names that clients dial", () => {
  const uri = formatHostUri("prod:1", hostId);
  expect(uri).toBe(`postern://prod%3A1/hosts/${hostId}`);
  expect(among("DNS:db.example.com", "IP Address:10.0.0.1", `URI:${uri}`)).toBe(hostId);
});

test("a certificate of another cluster, or with no host's id, names no host", () => {
  const wrong = [
    formatHostUri("prod:2", hostId),
    formatHostUri("prod:1", ""),
    formatHostUri("prod:1", "ls_01JD5Z3K8Q0123456789ABCDEF"),
    formatHostUri("prod:1", `${hostId}/x`),
    `x${formatHostUri("prod:1", hostId)}`,
  ];
  for (const uri of wrong) expect(among(`URI:${uri}`)).toBeUndefined();
  expect(among(`DNS:${formatHostUri("prod:1", hostId)}`)).toBeUndefined();
  expect(among(`DNS:"a, URI:${formatHostUri("prod:1", hostId)}"`)).toBeUndefined();
  expect(hostIdOf("prod:1", { subjectAltName: undefined })).toBeUndefined();
});
