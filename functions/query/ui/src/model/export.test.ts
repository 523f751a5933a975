import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { asJson, asNdjson, asText, cli, curl, daysBetween, mongoshRecord, mongoshUids, quoted } from "./export.ts";
import type { LogRecord } from "./record.ts";

const HOSTILE = [
  "plain-1.2",
  "two words",
  "it's",
  "''",
  "",
  '$HOME `id` $(id) $x \\ \\n ! # * ? [a] {b,c} ~ ; & | < > "',
  "-rf",
  "\x1b[201~\nid\n",
  "\t\r\x01\x7f\x9b",
  "'\x1b\\'",
  "\u202egnp.exe\u200b",
  "Größe 日本 🎉 👩‍👩‍👧",
  "a\\",
  "\n",
  "<script>alert(1)</script>",
  "%s %n",
  "=x",
  "مرحبا",
];

function record(fields: Record<string, unknown>): LogRecord {
  return { id: "6b00065b31262e90968c082c", time: "2026-11-20T08:35:39.165953Z", ...fields };
}

test("a shell passes on what is quoted", () => {
  for (const text of HOSTILE) {
    const said = execFileSync("bash", ["-c", `printf %s ${quoted(text)}`], { encoding: "utf8" });
    assert.equal(said, text, JSON.stringify(text));
    assert.doesNotMatch(quoted(text), /\p{Cc}|[\u202e\u200b]/u);
  }
  const all = HOSTILE.map(quoted).join(" ");
  const said = execFileSync("bash", ["-c", `printf '%s\\0' ${all}`], { encoding: "utf8" });
  assert.deepEqual(said.split("\0").slice(0, -1), HOSTILE);
});

test("words are quoted where they must be", () => {
  for (const [word, expect] of [
    ["6f1a4e0e-6f0c", "6f1a4e0e-6f0c"],
    ["a b", "'a b'"],
    ["it's", "'it'\\''s'"],
    ["=x", "'=x'"],
    ["", "''"],
    ["a\x1b'\\", "$'a\\033\\'\\\\'"],
    ["\u202e", "$'\\342\\200\\256'"],
  ] as const) {
    assert.equal(quoted(word), expect);
  }
});

test("an address becomes a curl command", () => {
  for (const [url, expect] of [
    ["http://localhost:8080/logs/1", "curl -sg --compressed http://localhost:8080/logs/1"],
    [
      "http://localhost/logs?q=it's [a]&service=a,b",
      "curl -sg --compressed 'http://localhost/logs?q=it%27s%20[a]&service=a,b'",
    ],
    ["http://localhost/transactions/a\u202e", "curl -sg --compressed http://localhost/transactions/a%E2%80%AE"],
  ] as const) {
    assert.equal(curl(url), expect);
  }
});

test("a view becomes a logbraid command", () => {
  for (const [subject, query, expect] of [
    [{ uid: "6f1a" }, {}, "logbraid get 6f1a"],
    [
      { uid: "6f1a" },
      { level: "ERROR", service: "a,b", q: "two words" },
      "logbraid get --level=ERROR --service=a,b 6f1a 'two words'",
    ],
    [{ uid: "6f1a" }, { follow: "1" }, "logbraid get --follow 6f1a"],
    [{ uid: "-x" }, { q: "-y" }, "logbraid get -- -x -y"],
    [
      "search",
      { q: "/a|b/i", from: "-15m", to: "2026-11-20", logger: "a", host: "h" },
      "logbraid search --from=-15m --to=2026-11-20 --logger=a --host=h '/a|b/i'",
    ],
    ["search", { log_uid: "it's" }, "logbraid search '--uid=it'\\''s'"],
    [
      "search",
      { "field.order": "4 2", "field.a:string": "", "field.n>": "5", "field.n!": "5" },
      "logbraid search '--field=order=4 2' --field=a:string= '--field=n>=5' '--field=n!=5'",
    ],
    ["tail", { service: "a", from: "-1h", to: "-1m" }, "logbraid tail -f --service=a"],
  ] as const) {
    assert.deepEqual(cli(subject, Object.entries<string>(query)), { command: expect });
  }
  assert.deepEqual(cli("search", new URLSearchParams("service=a+b")), { command: "logbraid search '--service=a b'" });
});

test("a view that no command shows says so", () => {
  for (const [subject, query, expect] of [
    [{ uid: "a\0b" }, {}, "No command can have NUL or half a character in it."],
    ["search", { q: "\ud800" }, "No command can have NUL or half a character in it."],
    ["search", { "not.service": "a" }, "logbraid has no option for not.service=a."],
    ["search", { "field.n>5": "" }, "logbraid has no option for field.n>5."],
    [{ uid: "a" }, { log_uid: "b" }, "logbraid has no option for log_uid=b."],
  ] as const) {
    assert.deepEqual(cli(subject, Object.entries<string>(query)), { problem: expect });
  }
});

test("a record becomes a line with its exception below", () => {
  const records = [
    record({
      levelname: "ERROR",
      service: "shop",
      name: "shop.cart",
      message: "failed\r\nagain",
      exc_text: "E:\n  x\n",
    }),
    record({ message: "\x1b[2J<b>\0\t\x9b" }),
    record({ sku: "W-1" }),
  ];
  assert.equal(
    asText(records),
    `2026-11-20T08:35:39.165953Z ERROR shop shop.cart: failed
    again
    E:
      x
2026-11-20T08:35:39.165953Z - - -: \\x1b[2J<b>\\x00\t\\x9b
2026-11-20T08:35:39.165953Z - - -: sku=W-1
`,
  );
});

test("records are exported as they are", () => {
  const records = [
    JSON.parse('{"id":"1","time":"t","__proto__":{"a":1},"message":"\\u0000\\u202e</script>\\ud800\\n"}') as LogRecord,
    record({ n: 1.5, deep: [[{}]] }),
  ];
  assert.deepEqual(JSON.parse(asJson(records)), records);
  assert.deepEqual(
    asNdjson(records)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    records,
  );
  assert.deepEqual([asJson([]), asNdjson([]), asText([])], ["[]\n", "", ""]);
});

test("mongosh finds the same record", () => {
  const day = 'db.getCollection("kinesis_logs_2026-11-20")';
  assert.equal(mongoshRecord(record({})), `${day}.findOne({_id: ObjectId("6b00065b31262e90968c082c")})`);
  assert.equal(mongoshRecord(record({ id: '")' })), `${day}.findOne({_id: "\\")"})`);
  assert.equal(
    mongoshUids(["6f1a"], ["2026-11-20"], "shop_"),
    'db.getCollection("shop_2026-11-20").find({$or: [{log_uid: "6f1a"}, {"source.ids": "6f1a"}]}).sort({_id: 1})',
  );
  assert.equal(
    mongoshUids(["a", "b"], ["2026-11-19", "2026-11-20"]),
    '["2026-11-19", "2026-11-20"].flatMap(day => db.getCollection("kinesis_logs_" + day).find({$or: [{log_uid: {$in: ["a", "b"]}}, {"source.ids": {$in: ["a", "b"]}}]}).sort({_id: 1}).toArray())',
  );
  for (const text of [...HOSTILE, "\0", "\ud800", "\u{e0041}"]) {
    const query = mongoshUids([text], ["2026-11-20"]);
    assert.doesNotMatch(query, /[\p{Cc}\p{Cf}]/u);
    // What mongosh reads: the texts between the braces.
    const [, read = ""] = /\{log_uid: (".*")\}, /.exec(query) ?? [];
    assert.equal(JSON.parse(read), text);
  }
});

test("a transaction's days are counted", () => {
  for (const [from, to, expect] of [
    ["2026-11-20T08:35:39Z", "2026-11-20T09:00:00Z", ["2026-11-20"]],
    ["2026-02-28T23:59:59.999Z", "2026-03-01T00:00:00Z", ["2026-02-28", "2026-03-01"]],
    ["2026-11-20T00:00:00Z", "2027-11-20T00:00:00Z", undefined],
    ["2026-11-20T00:00:00Z", "2026-11-19T00:00:00Z", undefined],
    ["x", "y", undefined],
  ] as const) {
    assert.deepEqual(daysBetween(from, to, 31), expect);
  }
});
