import type { Code, FunctionSource, Local } from './assembler.ts';
import { SCALAR, VECTOR, advance, get, i32, loopWhileBelow, repeat, set } from './assembler.ts';

/**
 * Copies runs of floats from one strided block of images x rows x columns to another. A source stride of 0 repeats.
 * Concatenation, slices, padding, tiling and the phases of a strided gradient are this with other strides.
 * Parameters: from, to; images, rows, columns, run (floats); then the strides in bytes of an image, a row and a column
 * of the source, and of the target.
 */
export const stridedCopy: FunctionSource = (builder) => {
  const [from, to, images, rows, columns, run] = builder.parameters(6) as Six;
  const [imageFrom, rowFrom, columnFrom, imageTo, rowTo, columnTo] = builder.parameters(6) as Six;
  const [image, row, column, offset, bytes, rowSource] = builder.locals(6, 'i32') as Six;
  const [rowTarget, source, target] = builder.locals(3, 'i32') as [Local, Local, Local];
  const at = (pointer: Local): Code => i32.add(get(pointer), get(offset));
  const copyRun = [
    set(offset, i32.constant(0)),
    ...([VECTOR, SCALAR] as const).map((lanes) =>
      loopWhileBelow(
        offset,
        i32.and(get(bytes), i32.constant(-lanes.bytes)),
        i32.constant(lanes.bytes),
        lanes.store(at(target), lanes.load(at(source))),
      ),
    ),
    advance(source, get(columnFrom)),
    advance(target, get(columnTo)),
  ];
  const copyRow = [
    set(source, get(rowSource)),
    set(target, get(rowTarget)),
    repeat(column, get(columns), copyRun),
    advance(rowSource, get(rowFrom)),
    advance(rowTarget, get(rowTo)),
  ];
  return [
    set(bytes, i32.shiftLeft(get(run), 2)),
    repeat(image, get(images), [
      set(rowSource, get(from)),
      set(rowTarget, get(to)),
      repeat(row, get(rows), copyRow),
      advance(from, get(imageFrom)),
      advance(to, get(imageTo)),
    ]),
  ];
};

type Six = [Local, Local, Local, Local, Local, Local];
