// The colours and styles of terminals (ANSI SGR). Anser reads them; every colour becomes one of the sixteen that the page's
// style sheet knows, so that each can be read in both themes.
import Anser from "anser";

/** How a piece of text is drawn. Colours are 0 to 15, as terminals count them. */
export type Style = {
  readonly fg?: number;
  readonly bg?: number;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
  readonly reverse?: true;
};

export const NO_STYLE: Style = {};

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const CLASSES: readonly string[] = ["ansi-", "ansi-bright-"].flatMap((prefix) => NAMES.map((name) => prefix + name));
const PALETTE: readonly (readonly number[])[] = CLASSES.map((_, index) => {
  const [dark, bright] = index < 8 ? [0, 187] : [85, 255];
  return [1, 2, 4].map((bit) => (index & bit ? bright : dark));
});

const WITH_STYLES = true;
const ANSER = new Anser();

function read(parameters: string, form: { use_classes: boolean }): Anser.AnserJsonEntry {
  return ANSER.processChunkJson(`${parameters}m`, form, WITH_STYLES);
}

/** Returns the style after an SGR sequence with these parameters (digits and semicolons). */
export function sgr(before: Style, parameters: string): Style {
  // Anser would keep every decoration that it ever met. So its state is written anew before each sequence.
  const all = `0;${codes(before)}${parameters}`;
  const { fg, bg, decorations } = read(all, { use_classes: true });
  const colour = (end: "fg" | "bg", name: string) => {
    const index = CLASSES.indexOf(name);
    return index >= 0 ? index : nearest(rgb(read(all, { use_classes: false })[end]));
  };
  const has = new Set<string>(decorations);
  // Blinking and hidden text is drawn as any other: a sender can hide nothing.
  const style: Style = {
    ...(fg && { fg: colour("fg", fg) }),
    ...(bg && { bg: colour("bg", bg) }),
    ...(has.has("bold") && { bold: true }),
    ...(has.has("dim") && { dim: true }),
    ...(has.has("italic") && { italic: true }),
    ...(has.has("underline") && { underline: true }),
    ...(has.has("strikethrough") && { strike: true }),
    ...(has.has("reverse") && { reverse: true }),
  };
  return Object.keys(style).length === 0 ? NO_STYLE : style;
}

/** Returns the parameters that give a style, each with a semicolon after it. */
function codes(style: Style): string {
  const parts = [
    style.fg !== undefined && `38;5;${style.fg}`,
    style.bg !== undefined && `48;5;${style.bg}`,
    style.bold && 1,
    style.dim && 2,
    style.italic && 3,
    style.underline && 4,
    style.reverse && 7,
    style.strike && 9,
  ];
  return parts.map((part) => (part ? `${part};` : "")).join("");
}

/** Reads a colour as Anser writes it: `0, 187, 0`. */
function rgb(colour: string): number[] {
  return colour.split(",").map(Number);
}

function nearest(colour: readonly number[]): number {
  const distances = PALETTE.map((one) => one.reduce((sum, part, index) => sum + (part - (colour[index] ?? 0)) ** 2, 0));
  return distances.indexOf(Math.min(...distances));
}
