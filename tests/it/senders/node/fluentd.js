// Fluentd's protocol by npm's packages: every mode, acknowledgements, and a shared key with a user.

import fluentOrg from "@fluent-org/logger";
import fluentLogger from "fluent-logger";

const UID = process.argv[2];
const ADDRESSES = JSON.parse(process.argv[3]);
const SECURITY = { clientHostname: "shop", sharedKey: "hunter2", username: "ann", password: "secret" };

const address = (input) => {
  const at = ADDRESSES[input].lastIndexOf(":");
  return { host: ADDRESSES[input].slice(0, at), port: Number(ADDRESSES[input].slice(at + 1)) };
};
const seen = {};

/** Sends a record by @fluent-org/logger. Returns when the server has it, or how it fails. */
async function byFluentOrg(message, options, input = "forward") {
  const client = new fluentOrg.FluentClient("shop", {
    ack: { ackTimeout: 5000 },
    socket: { ...address(input), timeout: 5000 },
    ...options,
  });
  try {
    const sent = client.emit("order", { message, log_uid: UID, lines: [1, { a: null }] });
    await client.flush();
    await sent;
    return "sent";
  } catch (error) {
    return error.constructor.name;
  } finally {
    await client.shutdown().catch(() => {});
  }
}

/** Sends a record by fluent-logger. Returns when the server has it, or how it fails. */
function byFluentLogger(message, options, input = "forward") {
  return new Promise((resolve) => {
    const sender = fluentLogger.createFluentSender("shop", {
      ...address(input),
      ackResponseTimeout: 5000,
      flushInterval: 10,
      requireAckResponse: true,
      // By default it writes to the standard output.
      internalLogger: { info() {}, error() {} },
      ...options,
    });
    const done = (error) => {
      sender.end(null, null, () => {});
      resolve(error ? error.name : "sent");
    };
    sender.on("error", done);
    sender.emit("order", { message, log_uid: UID, lines: [1, { a: null }] }, done);
  });
}

for (const eventMode of ["Message", "Forward", "PackedForward", "CompressedPackedForward"]) {
  seen[`org ${eventMode}`] = await byFluentOrg(`org ${eventMode}`, { eventMode });
}
for (const eventMode of ["Message", "PackedForward", "CompressedPackedForward"]) {
  seen[`logger ${eventMode}`] = await byFluentLogger(`logger ${eventMode}`, { eventMode });
}
seen["org key"] = await byFluentOrg("org key", { security: SECURITY }, "guarded");
seen["logger key"] = await byFluentLogger("logger key", { security: SECURITY }, "guarded");
const stranger = { ...SECURITY, sharedKey: "hunter3" };
seen["logger stranger"] = await byFluentLogger("logger stranger", { security: stranger }, "guarded");
console.log(JSON.stringify(seen));
process.exit(0);
