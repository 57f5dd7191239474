import { Document, isMap } from "yaml";
import type { ServiceConfig } from "./service-config.ts";

/** The YAML that `parseServiceConfig` reads, laid out as the guide shows it: what is small stands on one line. */
export function formatServiceConfig(config: ServiceConfig): string {
  const document = new Document(config);
  const small = config.db_service.databases.flatMap((_, index) =>
    ["labels", "tls", "aws"].map((key) => ["db_service", "databases", index, key]),
  );
  for (const path of [["postern", "join"], ...small]) {
    const node: unknown = document.getIn(path, true);
    if (isMap(node)) node.flow = true;
  }
  return document.toString({ indentSeq: false, lineWidth: 0 });
}
