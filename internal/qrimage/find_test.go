package qrimage_test

import (
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// requireCode requires that the picture shows the code. The message is a format with arguments.
func requireCode(tb testing.TB, code *qr.Code, picture image.Image, message ...any) {
	tb.Helper()
	grid, err := qrimage.Find(picture)
	require.NoError(tb, err, message...)
	require.Equal(tb, wantHalfBlocks(code), withoutColors(drawHalfBlocks(tb, grid)), message...)
}

// The interop tests cover every version in every scale.
func TestFind_scalesMarginsVersions(t *testing.T) {
	t.Parallel()
	for version := 1; version <= 20; version++ {
		code := encode(t, payload(version, version))
		require.Equal(t, 17+4*version, code.Size)
		for _, scale := range []int{1, 2 + version%3, 5 + version%5} {
			requireCode(t, code, paint(code, scale, (version+scale)%5, color.Black, color.White))
		}
	}
}

func TestFind_largestCode(t *testing.T) {
	t.Parallel()
	code := encode(t, strings.Repeat("x", 2900))
	require.Equal(t, 177, code.Size)
	requireCode(t, code, paint(code, 2, 4, color.Black, color.White))
}

func TestFind_fractionalScales(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 5, 11} {
		code := encode(t, payload(version, version))
		for i, module := range []float64{2.1, 2.5, 2.7, 3.3, 3.7, 4.45, 5.9, 8.2, 11.6} {
			requireCode(t, code, antialiased(code, module, []int{0, 1, 4}[(version+i)%3]))
		}
	}
}

func TestFind_imageTypes(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(8, 8))
	black := paint(code, 3, 2, color.Black, color.White)
	box := black.Bounds()
	white := paint(code, 3, 2, color.White, color.Black)
	wide := image.NewNRGBA(image.Rect(0, 0, 900, 300))
	draw.Draw(wide, wide.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(wide, box.Add(image.Pt(611, 17)), black, image.Point{}, draw.Src)
	tests := map[string]image.Image{
		"inverted":                    white,
		"inverted without quiet zone": paint(code, 3, 0, color.White, color.Black),
		"palette":                     convert(black, image.NewPaletted(box, palette.WebSafe)),
		"two colors":                  convert(black, image.NewPaletted(box, color.Palette{color.White, color.Black})),
		"inverted palette":            convert(white, image.NewPaletted(box, color.Palette{color.White, color.Black})),
		"gray":                        convert(black, image.NewGray(box)),
		"16 bit":                      convert(black, image.NewNRGBA64(box)),
		"on transparent":              paint(code, 3, 2, color.Black, color.Transparent),
		"light on transparent":        paint(code, 3, 2, color.White, color.Transparent),
		"dark gray on cream":          paint(code, 3, 2, color.Gray{Y: 0x44}, color.NRGBA{0xff, 0xfd, 0xd0, 0xff}),
		"green":                       paint(code, 3, 2, color.NRGBA{0x07, 0x5e, 0x54, 0xff}, color.White),
		"on a large page":             wide,
		"bounds not at the origin":    black.SubImage(image.Rect(3, 3, box.Dx()-3, box.Dy()-3)),
		"PNG of the encoder":          decode(t, code.PNG()),
	}
	for name, picture := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireCode(t, code, decode(t, pngBytes(t, picture)))
		})
	}
}

func decode(tb testing.TB, file []byte) image.Image {
	tb.Helper()
	picture, err := qrimage.Decode(file)
	require.NoError(tb, err)
	return picture
}

func TestFind_rotations(t *testing.T) {
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

func TestFind_rejectsImagesWithoutCode(t *testing.T) {
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
	noCorner := convert(whole, image.NewNRGBA(whole.Bounds()))
	draw.Draw(noCorner, image.Rect(16, 16, 44, 44), image.Black, image.Point{}, draw.Src)
	noTiming := convert(whole, image.NewNRGBA(whole.Bounds()))
	draw.Draw(noTiming, image.Rect(48, 40, 116, 44), image.Black, image.Point{}, draw.Src)
	draw.Draw(noTiming, image.Rect(40, 48, 44, 116), image.Black, image.Point{}, draw.Src)
	barcode := image.NewGray(image.Rect(0, 0, 210, 90))
	for i := range barcode.Pix {
		barcode.Pix[i] = uint8(255 * (i % 210 / 3 % 2))
	}
	tests := map[string]image.Image{
		"empty image":                  image.NewGray(image.Rectangle{}),
		"white":                        convert(image.White, image.NewGray(image.Rect(0, 0, 50, 50))),
		"black":                        image.NewGray(image.Rect(0, 0, 50, 50)),
		"transparent":                  image.NewNRGBA(image.Rect(0, 0, 50, 50)),
		"noise":                        noise,
		"gradient":                     gradient,
		"barcode":                      barcode,
		"truncated code":               whole.SubImage(image.Rect(0, 0, 90, 164)),
		"finder pattern painted over":  noCorner,
		"timing patterns painted over": noTiming,
		"low contrast":                 paint(code, 4, 4, color.Gray{Y: 0xf0}, color.White),
		"modules too small":            antialiased(code, 0.8, 4),
	}
	for name, picture := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := qrimage.Find(picture)
			require.ErrorIs(t, err, qrimage.ErrNoGrid)
		})
	}
}

func TestFind_damagedTimingPattern(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(4, 4))
	damaged := paint(code, 4, 4, color.Black, color.White)
	sixModules := image.Rect(60, 40, 84, 44) // of the horizontal timing pattern
	draw.Draw(damaged, sixModules, image.Black, image.Point{}, draw.Src)
	requireCode(t, code, damaged)
}
