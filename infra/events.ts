/** Where audit events go for subscribers, and where changes go that could not be delivered. */
sst.Linkable.wrap(sst.aws.Bus, (bus) => ({ properties: { name: bus.name }, include: [] }));

export const bus = new sst.aws.Bus("Bus");

new aws.cloudwatch.EventArchive("BusArchive", {
  description: "All events of the bus, for replaying them to a subscriber that was down",
  eventSourceArn: bus.arn,
  retentionDays: 90,
});

/** A message names a stretch of the table's stream, which is kept for 24 hours, and holds none of its data. */
export const deadLetters = new aws.sqs.Queue("StreamDeadLetters", {
  messageRetentionSeconds: 14 * 24 * 3600,
  sqsManagedSseEnabled: true,
});
