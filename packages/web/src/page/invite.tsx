import { createClient } from "@postern/client/client";
import { useCallback, useEffect, useState } from "react";
import { takeSecret } from "../address.ts";
import { Card } from "../ui/card.tsx";
import { Problem } from "../ui/problem.tsx";
import { useLoad } from "../ui/use-load.ts";
import { type Choice, Invitation } from "./invitation.tsx";

/** It is for whoever has the secret: nobody is logged in here. */
const client = createClient({ url: location.origin });

/** Where an invite's address leads. */
export function InvitePage() {
  const [secret, setSecret] = useState(takeSecret);
  useEffect(() => {
    const onChange = () => setSecret((before) => takeSecret() ?? before);
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  if (secret !== undefined) return <KnownInvite key={secret} secret={secret} />;
  return (
    <Card title="No invite">
      <p>
        This page is opened by an invite's address, whole. If you had it open before, follow that address
        again.
      </p>
    </Card>
  );
}

function KnownInvite({ secret }: { readonly secret: string }) {
  const loaded = useLoad(
    useCallback(() => client.call("describeInvite", { body: { invite: secret } }), [secret]),
  );
  switch (loaded.type) {
    case "loading":
      return null;
    case "failed":
      return (
        <Card title="This invite can't be used">
          <Problem error={loaded.error} />
        </Card>
      );
    case "loaded": {
      const { user, cluster_name } = loaded.value;
      const accept = async (choice: Choice) => {
        await client.call("acceptInvite", { body: { invite: secret, ...choice } });
      };
      return <Invitation user={user} clusterName={cluster_name} accept={accept} />;
    }
  }
}
