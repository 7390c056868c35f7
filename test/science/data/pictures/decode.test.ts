import assert from 'node:assert/strict';
import { deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import sharp from 'sharp';
import { decodeBytes, decodeImage } from '../../../../src/science/data/pictures/decode.ts';
import { luma, withChannels } from '../../../../src/science/data/pictures/images.ts';
import { dataErrorOf, withRig } from '../rig.ts';

/** Smooth noise, so that JPEG has something to compress. */
function colourful(width: number, height: number): Buffer {
  return Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => ((i * 7) % 200) + ((i * i) % 50)));
}

const RAW = { raw: { width: 61, height: 43, channels: 3 } } as const;

async function pixels(bytes: Uint8Array): Promise<number[]> {
  return [...(await decodeBytes(bytes, 'a.png')).data];
}

function png(width: number, channels: 1 | 2 | 3 | 4, depth: 8 | 16, values: readonly number[]): Uint8Array {
  const data = depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values);
  return encode({ width, height: values.length / channels / width, channels, depth, data });
}

/** A picture of four single bits, 1011, put together by hand: no library here writes such files. */
async function oneBitGrey(): Promise<Uint8Array> {
  const { crc32 } = await import('node:zlib');
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 4, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from([0, 0b10110000]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('decoding pictures', () => {
  it('gives the very values of 8-bit grey and colour', async () => {
    assert.deepEqual(await pixels(png(2, 1, 8, [0, 1, 254, 255])), [0, 1, 254, 255]);
    assert.deepEqual(await pixels(png(2, 3, 8, [1, 2, 3, 253, 254, 255])), [1, 2, 3, 253, 254, 255]);
  });

  it('keeps the high byte of 16-bit pictures', async () => {
    const grey = await decodeBytes(png(4, 1, 16, [0x00ff, 0x1234, 0x80ff, 0xffff]), 'a.png');
    assert.deepEqual([...withChannels(grey, 1).data], [0x00, 0x12, 0x80, 0xff]);
    assert.deepEqual(await pixels(png(1, 3, 16, [0x00ff, 0x12fe, 0xff00])), [0x00, 0x12, 0xff]);
  });

  it('lays transparency over white', async () => {
    const grey = await decodeBytes(png(3, 2, 8, [10, 0, 10, 255, 0, 51]), 'a.png');
    assert.deepEqual([...withChannels(grey, 1).data], [255, 10, 204]);
    assert.deepEqual(await pixels(png(2, 4, 8, [9, 9, 9, 0, 1, 2, 3, 255])), [255, 255, 255, 1, 2, 3]);
  });

  it('unpacks palettes and single bits', async () => {
    const flat = Buffer.from([200, 10, 10, 200, 10, 10, 10, 10, 200, 10, 10, 200]);
    const palette = await sharp(flat, { raw: { width: 2, height: 2, channels: 3 } })
      .png({ palette: true })
      .toBuffer();
    assert.deepEqual(await pixels(palette), [...flat]);
    const bits = await decodeBytes(await oneBitGrey(), 'a.png');
    assert.deepEqual([...withChannels(bits, 1).data], [255, 0, 255, 255]);
  });

  it('reads grey, colour and CMYK JPEG close to what was written', async () => {
    const even = Buffer.alloc(16 * 16 * 3, Buffer.from([200, 100, 50]));
    const source = () => sharp(even, { raw: { width: 16, height: 16, channels: 3 } });
    const colour = await decodeBytes(await source().jpeg({ quality: 100 }).toBuffer(), 'a.jpg');
    [200, 100, 50].forEach((value, c) => assert.ok(Math.abs(colour.data[c]! - value) <= 3));
    const grey = await decodeBytes(await source().toColourspace('b-w').jpeg().toBuffer(), 'a.jpg');
    assert.equal(grey.channels, 1);
    const cmyk = await decodeBytes(await source().toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), 'a.jpg');
    assert.equal(cmyk.channels, 3);
    // Ink colours differ from screen colours, but the order of the channels and the polarity show.
    assert.ok(cmyk.data[0]! > 150 && cmyk.data[0]! > cmyk.data[1]! + 40 && cmyk.data[1]! > cmyk.data[2]! + 20);
  });

  it('follows the orientation that a camera wrote', async () => {
    const image = sharp(Buffer.from([1, 2, 3, 4, 5, 6]), { raw: { width: 2, height: 1, channels: 3 } });
    const turned = await decodeBytes(await image.withMetadata({ orientation: 6 }).png().toBuffer(), 'a.png');
    assert.deepEqual([turned.width, turned.height], [1, 2]);
  });

  it('gives the same bytes with and without vector instructions in the image library', async () => {
    const files = [
      await sharp(colourful(61, 43), RAW).jpeg({ chromaSubsampling: '4:2:0' }).toBuffer(),
      await sharp(colourful(61, 43), RAW).toColourspace('cmyk').jpeg().toBuffer(),
      await sharp(colourful(61, 43), RAW).png({ palette: true }).toBuffer(),
      await sharp(colourful(61, 43), RAW).toColourspace('rgb16').png().toBuffer(),
      png(4, 2, 8, [1, 2, 3, 4, 50, 60, 70, 80]),
      png(4, 1, 16, [1, 2000, 3000, 40000]),
    ];
    const before = sharp.simd();
    try {
      for (const file of files) {
        sharp.simd(true);
        const fast = await pixels(file);
        sharp.simd(false);
        assert.deepEqual(await pixels(file), fast);
      }
    } finally {
      sharp.simd(before);
    }
  });

  it('ignores a colour profile, whose use would depend on floating point', async () => {
    const plain = await pixels(await sharp(colourful(61, 43), RAW).png().toBuffer());
    const profiled = await sharp(await sharp(colourful(61, 43), RAW).png().toBuffer())
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const raw = await sharp(profiled, { ignoreIcc: true }).raw().toBuffer();
    assert.deepEqual(await pixels(profiled), [...raw]);
    assert.equal(plain.length, raw.length);
  });

  it('names the file that is missing, empty, cut, damaged or no picture', () =>
    withRig(async (rig) => {
      const jpeg = await sharp(colourful(61, 43), RAW).jpeg().toBuffer();
      const whole = await sharp(colourful(61, 43), RAW).png().toBuffer();
      const changed = Buffer.from(whole);
      changed[whole.length >> 1]! ^= 0xff;
      const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>';
      const gif = await sharp(colourful(61, 43), RAW).gif().toBuffer();
      const files: readonly (readonly [string, Uint8Array | string, RegExp])[] = [
        ['empty.png', '', /found an empty file/],
        ['text.png', 'hello', /found damaged data \(.*unsupported image format\)/],
        ['drawing.png', svg, /found svg data/],
        ['film.jpg', gif, /found gif data/],
        ['cut.jpeg', jpeg.subarray(0, jpeg.length >> 1), /found damaged data \(.*premature end/],
        ['cut.png', whole.subarray(0, whole.length >> 1), /found damaged data/],
        ['changed.png', changed, /found damaged data/],
      ];
      for (const [name, content, found] of files) {
        await rig.write(name, content);
        const message = await dataErrorOf(() => decodeImage(rig.path(name)));
        assert.ok(message.startsWith(`${rig.path(name)}: expected a whole PNG or JPEG picture`), message);
        assert.match(message, found);
        assert.ok(!message.includes('\n'), message);
      }
      assert.match(
        await dataErrorOf(() => decodeImage(rig.path('no.png'))),
        /no\.png: expected a picture, found no such file/,
      );
      await rig.folder('folder.png');
      assert.match(await dataErrorOf(() => decodeImage(rig.path('folder.png'))), /cannot be read \(EISDIR\)/);
    }));
});

describe('grey and colour', () => {
  it('keeps the value of a grey pixel, black and white', () => {
    for (let value = 0; value < 256; value++) assert.equal(luma(value, value, value), value);
  });

  it('weighs the colours as BT.601 does', () => {
    // 0.299, 0.587 and 0.114 of 255.
    assert.deepEqual([luma(255, 0, 0), luma(0, 255, 0), luma(0, 0, 255)], [76, 150, 29]);
  });

  it('repeats grey three times, and comes back', () => {
    const grey = { width: 2, height: 1, channels: 1, data: Uint8Array.of(3, 200) } as const;
    const colour = withChannels(grey, 3);
    assert.deepEqual([...colour.data], [3, 3, 3, 200, 200, 200]);
    assert.deepEqual(withChannels(colour, 1), grey);
    assert.equal(withChannels(grey, 1), grey);
  });
});
