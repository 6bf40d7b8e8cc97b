package qrimage_test

import (
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// resized is a PNG whose header claims another size.
func resized(file []byte, width, height uint32) []byte {
	claim := append([]byte(nil), file...)
	header := claim[12:29] // IHDR: type and data, its checksum follows
	binary.BigEndian.PutUint32(header[4:], width)
	binary.BigEndian.PutUint32(header[8:], height)
	binary.BigEndian.PutUint32(claim[29:], crc32.ChecksumIEEE(header))
	return claim
}

func TestDecodeBoundsWhatItTakes(t *testing.T) {
	t.Parallel()
	file := pngBytes(t, paint(encode(t, payload(2, 2)), 3, 4, color.Black, color.White))
	tests := map[string]struct {
		file []byte
		want error
	}{
		"nothing":           {nil, qrimage.ErrFormat},
		"text":              {[]byte("hello"), qrimage.ErrFormat},
		"signature alone":   {file[:8], qrimage.ErrDamaged},
		"cut":               {file[:len(file)/2], qrimage.ErrDamaged},
		"no width":          {resized(file, 0, 100), qrimage.ErrDamaged},
		"too wide":          {resized(file, 1<<28, 1), qrimage.ErrTooLarge},
		"too high":          {resized(file, 1, 1<<28), qrimage.ErrTooLarge},
		"too many bytes":    {append(file, make([]byte, 8<<20)...), qrimage.ErrTooLarge},
		"more than it says": {resized(file, 4096, 4096), qrimage.ErrDamaged},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := qrimage.Decode(test.file)
			require.ErrorIs(t, err, test.want)
		})
	}
}

func FuzzDecode(f *testing.F) {
	file := pngBytes(f, paint(encode(f, payload(2, 2)), 1, 1, color.Black, color.White))
	f.Add(file)
	f.Add(file[:40])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		picture, err := qrimage.Decode(file)
		if err != nil {
			return
		}
		if grid, err := qrimage.Find(picture); err == nil {
			terminal(t, grid)
		}
	})
}

// A byte is a pixel: a fuzzer that has to shorten larger inputs does little else.
func FuzzFind(f *testing.F) {
	code := encode(f, payload(1, 1))
	for margin, ink := range []color.Gray{{Y: 0}, {Y: 255}} {
		side := code.Size + 2*margin
		picture := convert(paint(code, 1, margin, ink, color.Gray{Y: ^ink.Y}), image.NewGray(image.Rect(0, 0, side, side)))
		grey, ok := picture.(*image.Gray)
		require.True(f, ok)
		f.Add(grey.Pix, uint8(side&0xff))
	}
	f.Fuzz(func(t *testing.T, pixels []byte, width uint8) {
		if width == 0 {
			return
		}
		picture := &image.Gray{Pix: pixels, Stride: int(width), Rect: image.Rect(0, 0, int(width), len(pixels)/int(width))}
		if grid, err := qrimage.Find(picture); err == nil {
			terminal(t, grid)
		}
	})
}
