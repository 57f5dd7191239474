/** The certificate library, loaded after what its dependency container needs. Nothing else imports either. */
// oxlint-disable-next-line import/no-unassigned-import -- it is imported for what it adds to `Reflect`
import "reflect-metadata";

export * as x509 from "@peculiar/x509";
