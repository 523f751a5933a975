// The records that the tests put. They are the same at every run, apart from the time and the end of the uids, so that a run
// on a database with earlier runs finds its own.

/** A record as a sender writes it. */
export type Sent = { readonly log_uid: string; readonly [field: string]: unknown };

const NOW = Date.now() / 1000;
/** The first record's time: long enough ago that nothing counts as going on. */
const START = Math.floor(NOW) - 300;
const RUN = Math.floor(NOW * 10).toString(36);

/** Returns a uid that no other run has. */
export function uid(name: string): string {
  return `browser-${name}-${RUN}`;
}

const NUMBERS: Readonly<Record<string, number>> = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 };

/** Returns a record `ms` after the start. */
export function sent(
  log_uid: string,
  ms: number,
  service: string,
  level: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): Sent {
  return {
    log_uid,
    service,
    created: START + Math.round(ms * 1000) / 1e6,
    levelname: level,
    levelno: NUMBERS[level] ?? 0,
    message,
    msg: message,
    name: `${service}.core`,
    fqdn: "shop-1",
    process: 1000 + service.length,
    ...more,
  };
}

const VENDOR_ERROR = `Traceback (most recent call last):
  File "/srv/shop/ordering/vendor.py", line 64, in order
    self.send(sku)
  File "/usr/lib/python3.12/site-packages/requests/api.py", line 59, in request
    return session.request(method=method, url=url)
  File "/usr/lib/python3.12/site-packages/requests/sessions.py", line 589, in request
    resp = self.send(prep)
VendorError: order for WIDGET-1 rejected by vendor “Größe & Söhne”`;

/** Nine records of three services, with one error and a silence of 50.5 ms: the order of the documentation. */
export function order(name = "order"): Sent[] {
  const own = uid(name);
  return [
    sent(own, 0, "purchasing", "INFO", "check availability for 1000 widgets", { sku: "WIDGET-1", buyer: "alice" }),
    sent(own, 20.0, "inventory", "DEBUG", "reading stock table for WIDGET-1", { sku: "WIDGET-1" }),
    sent(own, 20.3, "inventory", "INFO", "check avails for WIDGET-1 x 1000\nstock=5000\nreserved=0\nfree=5000"),
    sent(own, 23.1, "purchasing", "INFO", "Got inventory information for product id: WIDGET-1"),
    sent(own, 24.1, "ordering", "INFO", "order item WIDGET-1 x 1000 for alice", { sku: "WIDGET-1", status: 202 }),
    sent(own, 35.4, "ordering", "ERROR", "vendor order failed, attempt 1", { exc_text: VENDOR_ERROR, sku: "WIDGET-1" }),
    sent(own, 46.4, "ordering", "INFO", "vendor accepted, reference VND-007000"),
    sent(own, 46.8, "purchasing", "INFO", "order placed, vendor reference VND-007000"),
    sent(own, 97.3, "ordering", "INFO", "confirm order VND-007000", { sku: "WIDGET-2" }),
  ];
}

/** A record that a task started, or how it ended. */
export function task(
  own: string,
  ms: number,
  service: string,
  path: string,
  status: string,
  message: string,
  more = {},
): Sent {
  return sent(own, ms, service, status === "failed" ? "ERROR" : "INFO", message, { task: path, status, ...more });
}

const REJECTED = { error: "VendorError: rejected by vendor “Größe & Söhne”", duration_ms: 11.5 };

/** The order of the documentation, with its tasks. */
export function withTasks(name: string): Sent[] {
  const own = uid(name);
  return [
    task(own, 0, "purchasing", "1", "started", "purchase 1000 of WIDGET-1"),
    task(own, 0.7, "purchasing", "1/1", "started", "check availability"),
    sent(own, 20, "inventory", "DEBUG", "reading stock table", { task: "1/1" }),
    task(own, 135, "purchasing", "1/1", "succeeded", "check availability: succeeded", { duration_ms: 134.3 }),
    task(own, 136, "purchasing", "1/2", "started", "order"),
    task(own, 195, "ordering", "1/2/1/1", "started", "ask the vendor, attempt 1"),
    task(own, 206, "ordering", "1/2/1/1", "failed", "ask the vendor, attempt 1: failed", REJECTED),
    task(own, 207, "ordering", "1/2/1/2", "started", "ask the vendor, attempt 2"),
    task(own, 220, "ordering", "1/2/1/2", "succeeded", "vendor accepted", { duration_ms: 12.6 }),
    task(own, 233, "purchasing", "1/2", "succeeded", "order placed", { duration_ms: 97.3 }),
    task(own, 233.2, "purchasing", "1", "succeeded", "purchase 1000 of WIDGET-1: succeeded", { duration_ms: 233.2 }),
    task(own, 240, "billing", "3f9a1c-1", "started", "bill the customer"),
  ];
}

/** Small numbers that look random and are the same at every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const SERVICES = ["gateway", "orders", "inventory", "payments", "ordering"];
const TEXTS = [
  "reserve widgets of",
  "cache miss for key",
  "request finished for",
  "pool is free for",
  "token confirmed for",
];

/** Many records of five services. One in a hundred is a warning, one in five hundred an error. */
export function many(name: string, count: number, everyMs = 3): Sent[] {
  const own = uid(name);
  const next = random(count);
  return Array.from({ length: count }, (_, index) => {
    const level = index % 500 === 250 ? "ERROR" : index % 100 === 50 ? "WARNING" : next() < 0.3 ? "DEBUG" : "INFO";
    const service = SERVICES[Math.floor(next() * SERVICES.length)] ?? "";
    const text = TEXTS[Math.floor(next() * TEXTS.length)] ?? "";
    return sent(own, index * everyMs, service, level, `${text} ${index.toString(36)} no. ${index}`, {
      fqdn: `host-${index % 3}`,
      seq: index,
    });
  });
}

/** Two records of each of many services. */
export function services(name: string, count: number, levelOf: (index: number) => string): Sent[] {
  const own = uid(name);
  return Array.from({ length: 2 * count }, (_, index) =>
    sent(own, index, `service-${index % count}`, levelOf(index % count), `record ${index}`),
  );
}
