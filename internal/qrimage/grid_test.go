package qrimage_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// drawn is what a code must look like in a terminal, without the colours.
func drawn(code *qr.Code) string {
	var b strings.Builder
	for y := -4; y < code.Size+4; y += 2 {
		for x := -4; x < code.Size+4; x++ {
			upper, lower := code.Black(x, y), code.Black(x, y+1)
			b.WriteString(map[[2]bool]string{{false, false}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█"}[[2]bool{upper, lower}])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func terminal(tb testing.TB, grid *qrimage.Grid) string {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, grid.WriteTerminal(&out, qrimage.HalfBlocks()))
	return out.String()
}

func plain(colored string) string {
	return strings.NewReplacer("\x1b[38;5;16;48;5;231m", "", "\x1b[0m", "").Replace(colored)
}

func requireCode(tb testing.TB, code *qr.Code, picture image.Image) {
	tb.Helper()
	grid, err := qrimage.Find(picture)
	require.NoError(tb, err)
	require.Equal(tb, drawn(code), plain(terminal(tb, grid)))
}

func TestFindReadsEveryScaleMarginAndVersion(t *testing.T) {
	t.Parallel()
	for version := 1; version <= 20; version++ {
		code := encode(t, payload(version, version))
		require.Equal(t, 17+4*version, code.Size)
		for scale := 1; scale <= 12; scale++ {
			requireCode(t, code, paint(code, scale, (version+scale)%5, color.Black, color.White))
		}
	}
}

func TestFindReadsTheLargestCode(t *testing.T) {
	t.Parallel()
	code := encode(t, strings.Repeat("x", 2900))
	require.Equal(t, 177, code.Size)
	requireCode(t, code, paint(code, 2, 4, color.Black, color.White))
}

func TestFindReadsUnevenScales(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 5, 11, 20} {
		code := encode(t, payload(version, version))
		for _, module := range []float64{2.1, 2.5, 2.7, 3.3, 3.7, 4.45, 5.9, 8.2, 11.6} {
			for _, margin := range []int{0, 1, 4} {
				requireCode(t, code, smooth(code, module, margin))
			}
		}
	}
}

func TestFindReadsEveryKindOfPicture(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(8, 8))
	black := paint(code, 3, 2, color.Black, color.White)
	box := black.Bounds()
	white := paint(code, 3, 2, color.White, color.Black)
	wide := image.NewNRGBA(image.Rect(0, 0, 900, 300))
	draw.Draw(wide, wide.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(wide, box.Add(image.Pt(611, 17)), black, image.Point{}, draw.Src)
	tests := map[string]image.Image{
		"inverted":                      white,
		"inverted without a margin":     paint(code, 3, 0, color.White, color.Black),
		"palette":                       convert(black, image.NewPaletted(box, palette.WebSafe)),
		"two colours":                   convert(black, image.NewPaletted(box, color.Palette{color.White, color.Black})),
		"inverted palette":              convert(white, image.NewPaletted(box, color.Palette{color.White, color.Black})),
		"grey":                          convert(black, image.NewGray(box)),
		"16 bit":                        convert(black, image.NewNRGBA64(box)),
		"on nothing":                    paint(code, 3, 2, color.Black, color.Transparent),
		"light on nothing":              paint(code, 3, 2, color.White, color.Transparent),
		"dark grey on cream":            paint(code, 3, 2, color.Gray{Y: 0x44}, color.NRGBA{0xff, 0xfd, 0xd0, 0xff}),
		"green":                         paint(code, 3, 2, color.NRGBA{0x07, 0x5e, 0x54, 0xff}, color.White),
		"alone on a large canvas":       wide,
		"with its origin somewhere":     black.SubImage(image.Rect(3, 3, box.Dx()-3, box.Dy()-3)),
		"after the encoder's own hands": decoded(t, code.PNG()),
	}
	for name, picture := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireCode(t, code, decoded(t, pngBytes(t, picture)))
		})
	}
}

func decoded(tb testing.TB, file []byte) image.Image {
	tb.Helper()
	picture, err := qrimage.Decode(file)
	require.NoError(tb, err)
	return picture
}

func TestFindTurnsACodeUpright(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(3, 3))
	picture := paint(code, 4, 4, color.Black, color.White)
	for range 4 {
		requireCode(t, code, picture)
		turned := image.NewNRGBA(picture.Bounds())
		side := picture.Bounds().Dx()
		for y := range side {
			for x := range side {
				turned.Set(side-1-y, x, picture.At(x, y))
			}
		}
		picture = turned
	}
}

func TestFindRefusesWhatHoldsNoCode(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(4, 4))
	whole := paint(code, 4, 4, color.Black, color.White)
	noise := image.NewGray(image.Rect(0, 0, 200, 200))
	_, err := rand.NewChaCha8([32]byte{}).Read(noise.Pix)
	require.NoError(t, err)
	gradient := image.NewGray(image.Rect(0, 0, 200, 200))
	for i := range gradient.Pix {
		gradient.Pix[i] = uint8(i % 200)
	}
	broken := convert(whole, image.NewNRGBA(whole.Bounds())) // its timing pattern painted over
	draw.Draw(broken, image.Rect(60, 32, 100, 48), image.Black, image.Point{}, draw.Src)
	barcode := image.NewGray(image.Rect(0, 0, 210, 90))
	for i := range barcode.Pix {
		barcode.Pix[i] = uint8(255 * (i % 210 / 3 % 2))
	}
	tests := map[string]image.Image{
		"nothing":          image.NewGray(image.Rectangle{}),
		"white":            convert(image.White, image.NewGray(image.Rect(0, 0, 50, 50))),
		"black":            image.NewGray(image.Rect(0, 0, 50, 50)),
		"transparent":      image.NewNRGBA(image.Rect(0, 0, 50, 50)),
		"noise":            noise,
		"a gradient":       gradient,
		"a barcode":        barcode,
		"a cut code":       whole.SubImage(image.Rect(0, 0, 90, 164)),
		"a painted code":   broken,
		"too faint a code": paint(code, 4, 4, color.Gray{Y: 0xf0}, color.White),
		"a code too small": smooth(code, 0.8, 4),
	}
	for name, picture := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := qrimage.Find(picture)
			require.ErrorIs(t, err, qrimage.ErrNoGrid)
		})
	}
}

func TestWriteTerminal(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(1, 1))
	grid, err := qrimage.Find(paint(code, 5, 0, color.Black, color.White))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(terminal(t, grid), "\n"), "\n")
	columns, rows := grid.TerminalSize(qrimage.HalfBlocks())
	assert.Len(t, lines, rows)
	assert.Equal(t, 29, columns, "21 modules and a quiet zone of 4 on each side")
	assert.Equal(t, 15, rows)
	for _, line := range lines {
		assert.True(t, strings.HasPrefix(line, "\x1b[38;5;16;48;5;231m"))
		assert.True(t, strings.HasSuffix(line, "\x1b[0m"), "no colour leaks into what follows")
		assert.Len(t, []rune(plain(line)), columns)
	}
	broken := errors.New("broken pipe")
	require.ErrorIs(t, grid.WriteTerminal(failingWriter{broken}, qrimage.HalfBlocks()), broken)
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }
