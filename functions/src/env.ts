/** What a deployment tells its functions, through SST's links: the one reader of `Resource`. Wrong or missing is fatal. */
import { Resource } from "sst";
import { z } from "zod";

const Named = z.object({ name: z.string().min(1) });
const Key = z.object({ keyId: z.string().min(1) });
const Settings = z.object({ clusterName: z.string().min(1), publicUrl: z.url() });

/** Each function is linked to what it needs and to nothing more, so each asks for its own. */
export const env = {
  tableName: (): string => read("Table", Named).name,
  busName: (): string => read("Bus", Named).name,
  keyId: (name: "UserCaKey" | "AccessTokenKey" | "HostCaKey"): string => read(name, Key).keyId,
  settings: (): z.infer<typeof Settings> => read("Settings", Settings),
};

function read<T>(name: string, schema: z.ZodType<T>): T {
  const linked: unknown = Reflect.get(Resource, name); // its type is made by `sst` and not kept here
  const parsed = schema.safeParse(linked);
  if (!parsed.success) throw new Error(`the link ${name} is not what it must be: ${parsed.error.message}`);
  return parsed.data;
}
