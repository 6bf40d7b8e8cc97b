package qrimage_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

func gifBytes(tb testing.TB, picture image.Image) []byte {
	tb.Helper()
	var file bytes.Buffer
	require.NoError(tb, gif.Encode(&file, picture, nil))
	return file.Bytes()
}

func jpegBytes(tb testing.TB, picture image.Image, quality int) []byte {
	tb.Helper()
	var file bytes.Buffer
	require.NoError(tb, jpeg.Encode(&file, picture, &jpeg.Options{Quality: quality}))
	return file.Bytes()
}

// withSize returns a PNG whose header has another size.
func withSize(file []byte, width, height uint32) []byte {
	changed := bytes.Clone(file)
	header := changed[12:29] // type and data of IHDR, before its checksum
	binary.BigEndian.PutUint32(header[4:], width)
	binary.BigEndian.PutUint32(header[8:], height)
	binary.BigEndian.PutUint32(changed[29:], crc32.ChecksumIEEE(header))
	return changed
}

// chunk returns a chunk of a PNG.
func chunk(name string, data []byte) []byte {
	body := append([]byte(name), data...)
	length := binary.BigEndian.AppendUint32(nil, uint32(len(data)&math.MaxInt32))
	return binary.BigEndian.AppendUint32(append(length, body...), crc32.ChecksumIEEE(body))
}

func TestToPNG_keepsPNG(t *testing.T) {
	t.Parallel()
	file := pngBytes(t, paint(encode(t, payload(2, 2)), 3, 4, color.Black, color.White))
	for name, file := range map[string][]byte{
		"complete file":        file,
		"bytes after the file": append(bytes.Clone(file), "more"...),
		"unknown chunk":        append(append(bytes.Clone(file[:33]), chunk("teSt", []byte("x"))...), file[33:]...),
	} {
		got, err := qrimage.ToPNG(file)
		require.NoError(t, err, name)
		assert.Equal(t, file, got, name)
	}
}

func TestToPNG_convertsOtherFormats(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(5, 5))
	picture := paint(code, 4, 4, color.Black, color.White)
	tinted := paint(code, 4, 4, color.NRGBA{0x07, 0x5e, 0x54, 0xff}, color.White)
	for name, file := range map[string][]byte{
		"GIF":       gifBytes(t, picture),
		"JPEG":      jpegBytes(t, tinted, 40),
		"gray JPEG": jpegBytes(t, convert(picture, image.NewGray(picture.Bounds())), 90),
	} {
		converted, err := qrimage.ToPNG(file)
		require.NoError(t, err, name)
		decoded, err := png.Decode(bytes.NewReader(converted))
		require.NoError(t, err, name)
		requireCode(t, code, decoded)
	}
}

// Damage is detected without decoding pixels.
func TestToPNG_rejectsDamagedFiles(t *testing.T) {
	t.Parallel()
	file := pngBytes(t, paint(encode(t, payload(2, 2)), 2, 4, color.Black, color.White))
	for i := range file {
		_, err := qrimage.ToPNG(file[:i])
		require.Error(t, err, "cut after %d bytes", i)
		changed := bytes.Clone(file)
		changed[i] ^= 0x10
		_, err = qrimage.ToPNG(changed)
		require.Error(t, err, "byte %d changed", i)
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	signature, header, end := file[:8], file[8:33], chunk("IEND", nil)
	for name, file := range map[string][]byte{
		"PNG without pixels":     join(signature, header, end),
		"PNG without header":     join(signature, chunk("IDAT", nil), end),
		"PNG with two headers":   join(signature, header, header, chunk("IDAT", nil), end),
		"PNG chunk of 4 GiB":     join(signature, header, []byte("\xff\xff\xff\xffIDAT"), make([]byte, 20)),
		"PNG with zeroed header": join(signature, chunk("IHDR", make([]byte, 13)), chunk("IDAT", nil), end),
		"truncated GIF":          gifBytes(t, image.NewGray(image.Rect(0, 0, 99, 99)))[:50],
		"truncated JPEG":         jpegBytes(t, image.NewGray(image.Rect(0, 0, 99, 99)), 90)[:400],
	} {
		_, err := qrimage.ToPNG(file)
		require.ErrorIs(t, err, qrimage.ErrDamaged, name)
	}
}

func TestToPNG_rejectsUnsupportedFiles(t *testing.T) {
	t.Parallel()
	file := pngBytes(t, paint(encode(t, payload(2, 2)), 3, 4, color.Black, color.White))
	tests := map[string]struct {
		file []byte
		want error
	}{
		"empty file":                  {nil, qrimage.ErrFormat},
		"text":                        {[]byte("hello"), qrimage.ErrFormat},
		"HTML":                        {[]byte("<html>"), qrimage.ErrFormat},
		"SVG":                         {[]byte("\n<SVG viewBox='0 0 9 9'/>"), qrimage.ErrSVG},
		"SVG with an XML declaration": {[]byte(`<?xml version="1.0"?><!DOCTYPE svg><svg/>`), qrimage.ErrSVG},
		"WebP":                        {[]byte("RIFF\x10\x00\x00\x00WEBPVP8 "), qrimage.ErrWebP},
		"too wide":                    {withSize(file, 1<<28, 1), qrimage.ErrTooLarge},
		"too tall":                    {withSize(file, 1, 1<<28), qrimage.ErrTooLarge},
		"too large":                   {withSize(file, 1<<14, 1<<14), qrimage.ErrTooLarge},
		"too many bytes":              {append(file, make([]byte, 8<<20)...), qrimage.ErrTooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := qrimage.ToPNG(test.file)
			require.ErrorIs(t, err, test.want)
			_, err = qrimage.Decode(test.file)
			require.ErrorIs(t, err, test.want)
		})
	}
	_, err := qrimage.Decode(withSize(file, 4096, 4096))
	require.ErrorIs(t, err, qrimage.ErrDamaged, "valid checksums, but too few pixels")
}

// bombs returns small files whose pixels would take much memory or time.
func bombs(tb testing.TB) map[string][]byte {
	tb.Helper()
	small := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	simple := jpegBytes(tb, small, 90)
	frameHeader := bytes.Index(simple, []byte("\xff\xc0"))
	scan := bytes.Index(simple, []byte("\xff\xda"))
	wideJPEG := bytes.Clone(simple)
	copy(wideJPEG[frameHeader+5:], "\xff\xff\xff\xff")
	progressive := bytes.Clone(simple)
	progressive[frameHeader+1] = 0xc2
	copy(progressive[frameHeader+5:], "\x0a\x00\x0a\x00") // 2560 by 2560 pixels
	wideGIF := gifBytes(tb, small)
	copy(wideGIF[6:], "\xff\xff\xff\xff")
	deep := pngBytes(tb, image.NewNRGBA64(image.Rect(0, 0, 1, 1)))
	interlaced := withSize(deep, 4096, 4096)
	interlaced[28] = 1
	binary.BigEndian.PutUint32(interlaced[29:], crc32.ChecksumIEEE(interlaced[12:29]))
	return map[string][]byte{
		"PNG":                  withSize(pngBytes(tb, small), 1<<13, 1<<13),
		"16-bit PNG":           withSize(deep, 4097, 4097),
		"interlaced PNG":       interlaced,
		"GIF":                  wideGIF,
		"JPEG":                 wideJPEG,
		"progressive JPEG":     progressive,
		"JPEG with many scans": append(bytes.Clone(simple[:scan]), bytes.Repeat(simple[scan:len(simple)-2], 65)...),
	}
}

func TestToPNG_rejectsBombsEarly(t *testing.T) { //nolint:paralleltest // measures memory
	for name, file := range bombs(t) {
		before := allocated()
		_, err := qrimage.ToPNG(file)
		assert.Less(t, allocated()-before, uint64(64<<10), name)
		require.ErrorIs(t, err, qrimage.ErrTooLarge, name)
	}
}

// A large image is searched on a smaller scale, without a copy of its full size.
func TestFind_scalesDownLargeImages(t *testing.T) { //nolint:paralleltest // measures memory
	code := encode(t, payload(9, 9))
	for _, size := range []uint32{4097, 6000} {
		side := int(size)
		picture := image.NewGray(image.Rect(0, 0, side, side))
		scale := side / (code.Size + 8)
		for i := range picture.Pix {
			if !code.Black(i%side/scale-4, i/side/scale-4) {
				picture.Pix[i] = 255
			}
		}
		_, err := qrimage.ToPNG(withSize(pngBytes(t, image.NewGray(image.Rect(0, 0, 1, 1))), size, size))
		require.NoError(t, err)
		before := allocated()
		requireCode(t, code, picture)
		assert.Less(t, allocated()-before, uint64(32<<20), "%d pixels per side", side)
	}
}

// allocated returns the number of bytes allocated so far.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func FuzzDecode(f *testing.F) {
	code := encode(f, payload(2, 2))
	picture := paint(code, 1, 1, color.Black, color.White)
	file := pngBytes(f, picture)
	f.Add(file)
	f.Add(file[:40])
	f.Add(gifBytes(f, picture))
	f.Add(jpegBytes(f, paint(encode(f, payload(1, 1)), 2, 1, color.Black, color.White), 20))
	f.Add([]byte("<svg/>"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		converted, err := qrimage.ToPNG(file)
		if err != nil {
			require.Nil(t, converted)
			return
		}
		again, err := qrimage.ToPNG(converted)
		require.NoError(t, err)
		require.Equal(t, converted, again)
		picture, err := qrimage.Decode(converted)
		if err != nil {
			require.ErrorIs(t, err, qrimage.ErrDamaged, "a file with valid checksums may still be damaged")
			return
		}
		if grid, err := qrimage.Find(picture); err == nil {
			drawHalfBlocks(t, grid)
		}
	})
}

// FuzzFind takes one byte per pixel, because small inputs make the fuzzer fast.
func FuzzFind(f *testing.F) {
	code := encode(f, payload(1, 1))
	for margin, ink := range []color.Gray{{Y: 0}, {Y: 255}} {
		side := code.Size + 2*margin
		picture := convert(paint(code, 1, margin, ink, color.Gray{Y: ^ink.Y}), image.NewGray(image.Rect(0, 0, side, side)))
		gray, ok := picture.(*image.Gray)
		require.True(f, ok)
		f.Add(gray.Pix, uint8(side&0xff))
	}
	f.Fuzz(func(t *testing.T, pixels []byte, width uint8) {
		if width == 0 {
			return
		}
		picture := &image.Gray{Pix: pixels, Stride: int(width), Rect: image.Rect(0, 0, int(width), len(pixels)/int(width))}
		if grid, err := qrimage.Find(picture); err == nil {
			drawHalfBlocks(t, grid)
		}
	})
}
