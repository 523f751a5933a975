import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { exceptionText, parseException, summary } from "./exception.ts";
import type { Exception } from "./exceptions/types.ts";

function fixture(name: string): string {
  return readFileSync(new URL(`exceptions/fixtures/${name}.txt`, import.meta.url), "utf8");
}

/** Writes exceptions as lines: `* title` for a root cause, `- title` for others; below it own frames, and how many others. */
function shown(exceptions: readonly Exception[] | undefined): string[] {
  return (exceptions ?? []).flatMap(({ title, frames, isRoot }) => {
    const lines = [`${isRoot ? "*" : "-"} ${title}`];
    let libraries = 0;
    const flush = () => {
      if (libraries > 0) lines.push(`  [${libraries}]`);
      libraries = 0;
    };
    for (const { file, line, function: name, code, isLibrary } of frames) {
      if (isLibrary) {
        libraries += 1;
        continue;
      }
      flush();
      const place = line === undefined ? file : `${file}:${line}`;
      lines.push(`  ${[place, name, code].filter((part) => part !== undefined).join(" | ")}`);
    }
    flush();
    return lines;
  });
}

const EXPECTED: Record<string, string[]> = {
  "python-chain": [
    "* json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
    '  /srv/shop/order.py:7 | ask | return client.post("https://vendor", "<html>" + sku)',
    "  [4]",
    "- VendorError: order for WIDGET-1 rejected by vendor “Größe & Söhne”",
    "  /srv/shop/order.py:12 | order | return ask(sku)",
    '  /srv/shop/order.py:9 | ask | raise VendorError(f"order for {sku} rejected by vendor “Größe & Söhne”") from problem',
    "- OrderError: cannot refund\nsecond line of the message",
    "  /srv/shop/order.py:42 | <module> | main()",
    '  /srv/shop/order.py:32 | main | if mode == "chain": order("WIDGET-1")',
    "  /srv/shop/order.py:14 | order | refund(sku)",
    '  /srv/shop/order.py:16 | refund | raise OrderError("cannot refund\\nsecond line of the message")',
  ],
  "python-group": [
    "- ExceptionGroup: workers failed (3 sub-exceptions)",
    "  /srv/shop/order.py:34 | main | try: workers()",
    '  /srv/shop/order.py:30 | workers | raise ExceptionGroup("workers failed", group)',
    "* json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
    '  /srv/shop/order.py:7 | ask | return client.post("https://vendor", "<html>" + sku)',
    "  [4]",
    "- VendorError: order for W-0 rejected by vendor “Größe & Söhne”",
    '  /srv/shop/order.py:25 | workers | ask("W-%d" % i)',
    '  /srv/shop/order.py:9 | ask | raise VendorError(f"order for {sku} rejected by vendor “Größe & Söhne”") from problem',
    "* json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
    '  /srv/shop/order.py:7 | ask | return client.post("https://vendor", "<html>" + sku)',
    "  [4]",
    "- VendorError: order for W-1 rejected by vendor “Größe & Söhne”",
    '  /srv/shop/order.py:25 | workers | ask("W-%d" % i)',
    '  /srv/shop/order.py:9 | ask | raise VendorError(f"order for {sku} rejected by vendor “Größe & Söhne”") from problem',
    "* KeyError: 'missing'",
    '  /srv/shop/order.py:28 | workers | try: {}["missing"]',
    "- OrderError: all failed",
    "  /srv/shop/order.py:42 | <module> | main()",
    '  /srv/shop/order.py:36 | main | raise OrderError("all failed") from g',
  ],
  "python-deep": [
    "* RecursionError: maximum recursion depth exceeded",
    "  /srv/shop/order.py:42 | <module> | main()",
    '  /srv/shop/order.py:37 | main | if mode == "deep": deep(0)',
    "  /srv/shop/order.py:18 | deep | return deep(n + 1)",
    "  /srv/shop/order.py:18 | deep | return deep(n + 1)",
    "  /srv/shop/order.py:18 | deep | return deep(n + 1)  [Previous line repeated 995 more times]",
  ],
  "python-syntax": [
    "* SyntaxError: invalid syntax",
    "  /srv/shop/order.py:42 | <module> | main()",
    '  /srv/shop/order.py:38 | main | if mode == "syntax": compile("def f(:\\n  pass", "config.py", "exec")',
    "  config.py:1 | def f(:",
  ],
  "python-note": [
    "* ValueError: bad\nwhile reading order 7",
    "  /srv/shop/order.py:42 | <module> | main()",
    '  /srv/shop/order.py:40 | main | e = ValueError("bad"); e.add_note("while reading order 7"); raise e',
  ],
  "java-chain": [
    "- java.lang.Exception: cannot order",
    "  Order.java:10 | Order.order",
    "  Order.java:13 | Order.lambda$main$0",
    "  [1]",
    "  Order.java:13 | Order.main",
    "  [7]",
    "- Order$VendorException: order for W-1 rejected\nsecond line",
    "  Order.java:7 | Order.ask",
    "- java.lang.IllegalStateException: connection is closed already",
    "  Order.java:4 | Order$Connection.close",
    '* java.lang.NumberFormatException: For input string: "W-1"',
    "  [3]",
    "  Order.java:5 | Order.parse",
  ],
  "node-stack": [
    "* Error: ENOENT: no such file or directory, open '/no/such'",
    "  [2]",
    "  file:///srv/shop/order.mjs:5",
    "  [3]",
  ],
  "node-cause": [
    "- Error: cannot order",
    "  file:///srv/shop/order.mjs:4 | order",
    "  file:///srv/shop/order.mjs:7",
    "  [1]",
    "- VendorError: order rejected\n  second line",
    "  file:///srv/shop/order.mjs:3 | ask",
    "  file:///srv/shop/order.mjs:4 | order",
    "  [1]",
    "* SyntaxError: Unexpected token '<', \"<html>\" is not valid JSON",
    "  [1]",
    "  file:///srv/shop/order.mjs:3 | ask",
    "  file:///srv/shop/order.mjs:4 | order",
    "  file:///srv/shop/order.mjs:7",
    "  [3]",
  ],
  "node-errors": [
    "- AggregateError: All promises were rejected",
    "- Error: cannot order",
    "  file:///srv/shop/order.mjs:4 | order",
    "  file:///srv/shop/order.mjs:6",
    "  [1]",
    "* VendorError",
    "* TypeError: x is not a function",
    "  file:///srv/shop/order.mjs:6",
    "  [3]",
  ],
  "dotnet-inner": [
    "- System.InvalidOperationException: cannot order",
    "  C:\\src\\Shop\\Orders.cs:16 | Shop.Orders.OrderAsync(String sku)",
    "  C:\\src\\Shop\\Program.cs:3 | Program.<Main>$(String[] args)",
    "- Shop.VendorException: order for W-1 rejected\nsecond line",
    "  C:\\src\\Shop\\Vendor.cs:25 | Shop.Vendor.Ask(String sku)",
    "  C:\\src\\Shop\\Orders.cs:12 | Shop.Orders.OrderAsync(String sku)",
    "* System.FormatException: The input string 'W-1' was not in a correct format.",
    "  [2]",
    "  C:\\src\\Shop\\Vendor.cs:21 | Shop.Vendor.Ask(String sku)",
  ],
  "go-panic": [
    "* panic: runtime error: index out of range [5] with length 3 [recovered]\npanic: cannot order W-1",
    "  /srv/shop/order.go:14 | main.order.func1",
    "  [1]",
    "  /srv/shop/order.go:8 | main.ask",
    "  /srv/shop/order.go:17 | main.order",
    "  [1]",
    "  /srv/shop/main.go:9 | main.main",
    "- goroutine 18 [chan receive]",
    "  /srv/shop/refund.go:7 | main.refund",
    "  /srv/shop/main.go:6 | main.main",
  ],
  "rust-panic": [
    "* index out of bounds: the len is 3 but the index is 5",
    "  [3]",
    "  ./o.rs:1 | o::ask",
    "  ./o.rs:2 | o::main",
    "  [1]",
  ],
};

for (const [name, expect] of Object.entries(EXPECTED)) {
  test(name, () => {
    assert.deepEqual(shown(parseException(fixture(name))), expect);
    assert.deepEqual(shown(parseException(fixture(name).replaceAll("\n", "\r\n"))), expect, "with CRLF");
  });
}

test("short forms", () => {
  const cause = "The above exception was the direct cause of the following exception:";
  for (const [text, expect] of [
    // Python without frames, and what str() makes of sys.exc_info().
    [
      `KeyError: 'a'\n\n${cause}\n\nTraceback (most recent call last):\n  File "a.py", line 1, in f\nValueError`,
      ["* KeyError: 'a'", "- ValueError", "  a.py:1 | f"],
    ],
    [
      "(<class '__main__.VendorError'>, VendorError('rejected by vendor “Größe & Söhne”'), <traceback object at 0x7f9e>)",
      ["* VendorError: rejected by vendor “Größe & Söhne”"],
    ],
    ["(<class 'KeyError'>, KeyError(\"it's\\n\"), <traceback object at 0x7f9e>)", ["* KeyError: it's"]],
    [
      "(<class 'OSError'>, FileNotFoundError(2, 'No such file'), <traceback object at 0x7f9e>)",
      ["* FileNotFoundError(2, 'No such file')"],
    ],
    // Java in logback's forms, and what logbraid makes of an exception that is an object.
    [
      "java.io.IOException: gone\n\tat shop.Net.ask(Net.kt:12) ~[shop.jar:1.0]\nWrapped by: shop.OrderException: no\n\tat shop.Orders.order(Orders.scala:3)",
      [
        "* java.io.IOException: gone",
        "  Net.kt:12 | shop.Net.ask",
        "- shop.OrderException: no",
        "  Orders.scala:3 | shop.Orders.order",
      ],
    ],
    [
      'Exception in thread "main" java.lang.Error: x\n\tat a.B.c(Unknown Source)',
      ["* java.lang.Error: x", "  Unknown Source | a.B.c"],
    ],
    ["A: a\nCaused by: B: b\nCaused by: C: c", ["- A: a", "- B: b", "* C: c"]],
    ["A: a\nCaused by: B: b\n\tSuppressed: C: c", ["- A: a", "* B: b", "- C: c"]],
    [
      "TypeError: x is not a function\nTypeError: x is not a function\n    at order (/srv/shop/order.js:4:2)\nCaused by: Error: y",
      ["- TypeError: x is not a function", "  /srv/shop/order.js:4 | order", "* Error: y"],
    ],
    // Node's frames.
    [
      "Error: x\n    at Order.<anonymous> (/srv/shop/a b.js:4:2)\n    at async Promise.all (index 0)\n    at new Order (webpack:///./src/order.ts?a1b2:7:9)\n    at eval (eval at run (/srv/shop/x.js:1:2), <anonymous>:1:1)\n    at /srv/shop/node_modules/express/lib/router.js:9:1",
      [
        "* Error: x",
        "  /srv/shop/a b.js:4 | Order.<anonymous>",
        "  [1]",
        "  webpack:///./src/order.ts?a1b2:7 | new Order",
        "  eval at run (/srv/shop/x.js:1:2), <anonymous>:1 | eval",
        "  [1]",
      ],
    ],
    // .NET Framework, and several exceptions in one.
    [
      "Unhandled exception. A.XException: x ---> B.YException: y\n   at B.Y.F()\n   --- End of inner exception stack trace ---\n   at A.X.G() in /src/X.cs:line 3",
      ["- A.XException: x", "  /src/X.cs:3 | A.X.G()", "* B.YException: y", "   | B.Y.F()"],
    ],
    [
      "System.AggregateException: two (a) (b)\n ---> A.XException: a\n   at A.X.F()\n   --- End of inner exception stack trace ---\n   at A.X.All()\n ---> (Inner Exception #1) B.YException: b\n   at B.Y.G()<---\n",
      [
        "- System.AggregateException: two (a) (b)",
        "   | A.X.All()",
        "* A.XException: a",
        "   | A.X.F()",
        "* B.YException: b",
        "   | B.Y.G()",
      ],
    ],
    // Go: zap's stack traces have no title, those of pkg/errors do.
    [
      "main.order\n\t/srv/shop/order.go:17\nruntime.main\n\t/usr/local/go/src/runtime/proc.go:271",
      ["* Stack trace", "  /srv/shop/order.go:17 | main.order", "  [1]"],
    ],
    ["gone\nmain.order\n\t/srv/shop/order.go:17", ["* gone", "  /srv/shop/order.go:17 | main.order"]],
    ["goroutine 7 [running]:\nmain.f(0x1)\n\t/srv/f.go:3 +0x1", ["* goroutine 7 [running]", "  /srv/f.go:3 | main.f"]],
    // Rust: without a backtrace, before 1.73, and anyhow.
    ["thread 'main' panicked at src/main.rs:2:5:\nboom\nagain", ["* boom\nagain", "  src/main.rs:2"]],
    [
      "thread 'worker 1' panicked at 'boom', src/main.rs:2:5\nnote: run with `RUST_BACKTRACE=1`",
      ["* boom", "  src/main.rs:2"],
    ],
    [
      "cannot order\n\nCaused by:\n    0: vendor said no\n    1: connection refused\n\nStack backtrace:\n   0: shop::ask\n             at ./src/ask.rs:7:2",
      ["- cannot order", "  ./src/ask.rs:7 | shop::ask", "- vendor said no", "* connection refused"],
    ],
  ] as [string, string[]][]) {
    assert.deepEqual(shown(parseException(text)), expect, text);
  }
});

test("HTML stays text", () => {
  const text = 'Error: <img src=x onerror="alert(1)">\n    at <script> (</script>:1:2)';
  assert.deepEqual(shown(parseException(text)), [
    '* Error: <img src=x onerror="alert(1)">',
    "  </script>:1 | <script>",
  ]);
});

test("other texts are not recognised", () => {
  for (const text of [
    "",
    "ValueError: x",
    "True",
    "meet me at noon (today)",
    "(<class 'a'>, broken",
    "\0\u202e<b>",
    `Traceback (most recent call last):\n${'  File "a.py", line 1, in f\n'.repeat(3_001)}ValueError`,
    "Caused by: x\n".repeat(101),
    `Traceback (most recent call last):\n${"x".repeat(600_000)}`,
  ]) {
    assert.equal(parseException(text), undefined, text.slice(0, 80));
  }
});

test("a row shows the root cause", () => {
  const record = (fields: Record<string, unknown>) => ({ id: "", time: "", ...fields });
  const java = fixture("java-chain");
  for (const [fields, expect] of [
    [{}, undefined],
    [{ exc_text: "", exc_info: " " }, undefined],
    [{ exc_text: 7, exc_info: true }, undefined],
    [{ exc_text: java, exc_info: "other" }, 'java.lang.NumberFormatException: For input string: "W-1"'],
    [{ exc_text: " ", stack_trace: java }, 'java.lang.NumberFormatException: For input string: "W-1"'],
    [{ exc_text: fixture("python-note") }, "ValueError: bad while reading order 7"],
    [
      { exc_info: "(<class 'shop.VendorError'>, VendorError('no'), <traceback object at 0x1>)" },
      "shop.VendorError: no",
    ],
    [{ exc_text: "\nValueError: x\r\nmore" }, "ValueError: x"],
    [{ exc_text: "<b>\u202e" }, "<b>\u202e"],
  ] as const) {
    assert.equal(summary(record(fields)), expect, JSON.stringify(fields));
  }
  assert.equal(exceptionText(record({ exc_text: "a" })), "a");
});

// Linear time takes a fraction of a second, quadratic time minutes.
test("time is linear", { timeout: 60_000 }, () => {
  const parts = [
    "a",
    "a.",
    "a$",
    " ",
    "(",
    " (",
    "at ",
    "    at a (",
    "\tat a(A.java:1)",
    ":1",
    "1",
    "'",
    "' ",
    "\n",
    "\n\t",
    "\r",
    "A: a ---> ",
    "[",
    "Caused by: ",
    '"',
    ", ",
    "\\'",
    "|",
    "+-",
    "~",
    "0: ",
    "\nat a.b(c)",
  ];
  const heads = [
    "",
    "    at ",
    "   at a(",
    "   at a() in ",
    "Traceback (most recent call last):\n",
    '  File "',
    "(<class 'a'>, ",
    "(<class 'a'>, A('",
    "thread 'main' panicked at ",
    "thread '",
    "x\nCaused by:\n   ",
    "goroutine 1 [running]:\n",
    "\t",
    "Exception Group Traceback (most recent call last):\n +",
  ];
  for (const head of heads) {
    for (const part of parts) summary({ id: "", time: "", exc_text: head + part.repeat(200_000 / part.length) });
  }
});
