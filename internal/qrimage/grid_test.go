package qrimage_test

import (
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

func requireCode(tb testing.TB, code *qr.Code, picture image.Image) {
	tb.Helper()
	grid, err := qrimage.Find(picture)
	require.NoError(tb, err)
	require.Equal(tb, drawn(code), plain(terminal(tb, grid)))
}

// The interop tests have every version in every scale.
func TestFindReadsScalesMarginsAndVersions(t *testing.T) {
	t.Parallel()
	for version := 1; version <= 20; version++ {
		code := encode(t, payload(version, version))
		require.Equal(t, 17+4*version, code.Size)
		for _, scale := range []int{1, 2 + version%3, 5 + version%5} {
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
	for _, version := range []int{1, 5, 11} {
		code := encode(t, payload(version, version))
		for i, module := range []float64{2.1, 2.5, 2.7, 3.3, 3.7, 4.45, 5.9, 8.2, 11.6} {
			requireCode(t, code, smooth(code, module, []int{0, 1, 4}[(version+i)%3]))
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
	broken := convert(whole, image.NewNRGBA(whole.Bounds())) // a corner is painted over
	draw.Draw(broken, image.Rect(16, 16, 44, 44), image.Black, image.Point{}, draw.Src)
	unruled := convert(whole, image.NewNRGBA(whole.Bounds())) // no alternating timing pattern
	draw.Draw(unruled, image.Rect(48, 40, 116, 44), image.Black, image.Point{}, draw.Src)
	draw.Draw(unruled, image.Rect(40, 48, 44, 116), image.Black, image.Point{}, draw.Src)
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
		"a painted corner": broken,
		"painted timing":   unruled,
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

func TestFindReadsACodeWithAStain(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(4, 4))
	stained := paint(code, 4, 4, color.Black, color.White)
	draw.Draw(stained, image.Rect(60, 40, 84, 44), image.Black, image.Point{}, draw.Src) // 6 modules of the upper timing pattern
	requireCode(t, code, stained)
}

func TestKeyIsTheModules(t *testing.T) {
	t.Parallel()
	key := func(code *qr.Code, scale int) qrimage.Key {
		grid, err := qrimage.Find(paint(code, scale, 4, color.Black, color.White))
		require.NoError(t, err)
		return grid.Key()
	}
	code := encode(t, payload(4, 4))
	assert.Equal(t, key(code, 2), key(code, 7), "however it was drawn")
	assert.NotEqual(t, key(code, 2), key(encode(t, payload(4, 5)), 2))
	assert.NotEqual(t, key(code, 2), key(encode(t, payload(5, 4)), 2))
}
