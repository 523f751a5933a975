import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const CSS = readFileSync(new URL("../style/colours.css", import.meta.url), "utf8");
/** The contrast that texts need (WCAG 2, level AA). */
const MIN_CONTRAST = 4.5;
/** How far two colours of a kind are apart at least, in OKLab times 100. About 2 can just be told apart. */
const MIN_DISTANCE = 9.5;

type Colour = readonly [number, number, number];
type Matrix = readonly [Colour, Colour, Colour];

/** What eyes see, in linear RGB: Machado, Oliveira and Fernandes 2009, severity 1. */
const EYES: Readonly<Record<string, Matrix>> = {
  all: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** The colours of a theme by their names. */
function theme(selector: string): Map<string, string> {
  const block = CSS.slice(CSS.indexOf(`${selector} {`)).split("}", 1)[0] ?? "";
  return new Map([...block.matchAll(/--([\w-]+): (#[\da-f]{6});/g)].map(([, name = "", hex = ""]) => [name, hex]));
}

function linear(hex: string): Colour {
  const part = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

function times(matrix: Matrix, [a, b, c]: Colour): Colour {
  const row = ([x, y, z]: Colour) => x * a + y * b + z * c;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

function contrast(a: string, b: string): number {
  const luminance = (hex: string) =>
    times(
      [
        [0.2126, 0.7152, 0.0722],
        [0, 0, 0],
        [0, 0, 0],
      ],
      linear(hex),
    )[0];
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

function oklab(colour: Colour): Colour {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    colour.map((part) => Math.min(1, Math.max(0, part))) as unknown as Colour,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones.map(Math.cbrt) as unknown as Colour,
  );
}

function distance(a: string, b: string, eye: Matrix): number {
  const [x, y] = [oklab(times(eye, linear(a))), oklab(times(eye, linear(b)))];
  return 100 * Math.hypot(x[0] - y[0], x[1] - y[1], x[2] - y[2]);
}

const LIGHT = theme(":root");
// A theme has what it does not say from the first.
const THEMES = { light: LIGHT, dark: new Map([...LIGHT, ...theme(':root[data-theme="dark"]')]) };
const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"].map((name) => `l-${name}`);
const LANES = ["0", "1", "2", "3", "4", "5"].map((name) => `lane-${name}`);
const ANSI = ["0", "1", "2", "3", "4", "5", "6", "7"].map((name) => `ansi-${name}`);
/** What lies behind rows. */
const BEHIND_ROWS = ["back", "sunk", "open"];

for (const [name, colours] of Object.entries(THEMES)) {
  const hex = (colour: string) => colours.get(colour) ?? assert.fail(`${name} has no ${colour}`);

  test(`every text can be read, ${name}`, () => {
    const pairs = [
      ...["text", "soft", "accent", ...LEVELS, "l-NOTSET", ...LANES, ...ANSI].flatMap((front) =>
        BEHIND_ROWS.map((behind) => [front, behind] as const),
      ),
      ...["text", "soft", "l-ERROR", "l-CRITICAL", ...LANES].map((front) => [front, "bad-back"] as const),
      ...["raised", "accent-back", "warn-back"].flatMap((behind) => [
        ["text", behind] as const,
        ["soft", behind] as const,
        ["accent", behind] as const,
      ]),
    ];
    for (const [front, behind] of pairs) {
      const found = contrast(hex(front), hex(behind));
      assert.ok(found >= MIN_CONTRAST, `${front} on ${behind}: ${found.toFixed(2)}`);
    }
  });

  for (const [eyes, eye] of Object.entries(EYES)) {
    test(`levels and lanes differ for eyes with ${eyes === "all" ? "all colours" : eyes}, ${name}`, () => {
      for (const kind of [LEVELS, LANES]) {
        for (const [at, a] of kind.entries()) {
          for (const b of kind.slice(at + 1)) {
            const found = distance(hex(a), hex(b), eye);
            assert.ok(found >= MIN_DISTANCE, `${a} and ${b}: ${found.toFixed(1)}`);
          }
        }
      }
    });
  }
}
