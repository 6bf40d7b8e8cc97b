package qrimage_test

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/qrimage"
)

// on places a picture on a plain page.
func on(page color.Color, width, height int, at image.Point, picture image.Image) *image.NRGBA {
	canvas := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(page), image.Point{}, draw.Src)
	draw.Draw(canvas, picture.Bounds().Add(at), picture, image.Point{}, draw.Src)
	return canvas
}

func bars(picture *image.NRGBA, ink color.Color, boxes ...image.Rectangle) *image.NRGBA {
	for _, box := range boxes {
		draw.Draw(picture, box, image.NewUniform(ink), image.Point{}, draw.Src)
	}
	return picture
}

func TestFindReadsACodeAmongOtherThings(t *testing.T) {
	t.Parallel()
	grey := color.Gray{Y: 128}
	for _, version := range []int{1, 2, 12} {
		code := encode(t, payload(version, version))
		for _, scale := range []int{1, 3, 6} {
			black := paint(code, scale, 4, color.Black, color.White)
			white := paint(code, scale, 4, color.White, color.Black)
			faint := paint(code, scale, 4, color.Gray{Y: 150}, color.Gray{Y: 230})
			s := black.Bounds().Dx()
			at := image.Pt(20, 25)
			scenes := map[string]image.Image{
				"a caption":                bars(on(color.White, s, s+30, image.Point{}, black), color.Black, image.Rect(s/4, s+5, s/4+7, s+12), image.Rect(s/2, s+5, s/2+3, s+9)),
				"a title":                  bars(on(color.White, s, s+30, image.Pt(0, 30), black), color.Black, image.Rect(s/4, 5, s/2, 12)),
				"a frame":                  on(color.Black, s+2, s+2, image.Pt(1, 1), black),
				"a speck":                  bars(on(color.White, s+9, s+9, image.Point{}, black), color.Black, image.Rect(s+7, s+7, s+8, s+8)),
				"a darker speck":           bars(on(color.White, s, s, image.Point{}, faint), color.Black, image.Rect(0, 0, 2, 2)),
				"a card on black":          on(color.Black, s+60, s+50, at, black),
				"a card on grey":           on(grey, s+60, s+50, at, black),
				"an inverted card":         on(color.White, s+60, s+50, at, white),
				"an inverted card on grey": on(grey, s+60, s+50, at, white),
				"a card on nothing":        on(color.Transparent, s+60, s+50, at, black),
			}
			for name, scene := range scenes {
				grid, err := qrimage.Find(scene)
				require.NoError(t, err, "%s, version %d, scale %d", name, version, scale)
				require.Equal(t, drawn(code), plain(terminal(t, grid)), "%s, version %d, scale %d", name, version, scale)
			}
		}
	}
}

func TestFindReadsAnUnevenCodeAmongOtherThings(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 5, 11, 20} {
		code := encode(t, payload(version, version))
		for _, module := range []float64{2.5, 3.3, 3.7, 5.9} {
			side := int(module * float64(code.Size+8))
			card := bilinear(paint(code, 4, 4, color.Black, color.White), side, side+side/20)
			requireCode(t, code, on(color.Gray{Y: 100}, side+30, side+70, image.Pt(11, 40), card))
		}
	}
}

// finders returns an image full of small finder patterns.
func finders(width, height int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			ring := max(x%8-3, 3-x%8, y%8-3, 3-y%8)
			if ring == 2 || ring > 3 {
				picture.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return picture
}

func TestFindReadsACodeBelowManyFinderPatterns(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(4, 4))
	picture := paint(code, 6, 4, color.Black, color.White)
	side := picture.Bounds().Dx()
	page := on(color.White, side, side+40, image.Pt(0, 40), picture)
	draw.Draw(page, image.Rect(0, 0, 160, 32), finders(160, 32), image.Point{}, draw.Src)
	requireCode(t, code, page)
}

func TestFindReadsBlurredScales(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 7, 20} {
		code := encode(t, payload(version, version))
		for _, scale := range []int{1, 4} {
			for _, margin := range []int{0, 4} {
				for _, module := range []float64{1.5, 1.8, 2.2, 3.7} {
					side := int(math.Round(module * float64(code.Size+2*margin)))
					requireCode(t, code, bilinear(paint(code, scale, margin, color.Black, color.White), side, side))
					requireCode(t, code, bilinear(paint(code, scale, margin, color.White, color.Black), side, side))
				}
			}
		}
	}
}

func TestFindReadsAStretchedCode(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(6, 6))
	picture := paint(code, 4, 4, color.Black, color.White)
	requireCode(t, code, bilinear(picture, picture.Bounds().Dx(), picture.Bounds().Dx()*5/4))
}

func TestFindBoundsWhatItLooksAt(t *testing.T) {
	t.Parallel()
	for name, picture := range map[string]image.Image{
		"no image":             nil,
		"an endless image":     image.White,
		"a very wide image":    &image.Gray{Rect: image.Rect(0, 0, math.MaxInt, 1)},
		"a very high image":    &image.Gray{Rect: image.Rect(0, -math.MaxInt, 1, 1)},
		"an inverted image":    &image.Gray{Rect: image.Rectangle{Min: image.Pt(5, 5)}},
		"only finder patterns": finders(640, 640),
	} {
		_, err := qrimage.Find(picture)
		require.ErrorIs(t, err, qrimage.ErrNoGrid, name)
	}
}

func TestFindRefusesAFaintCodeAmongOtherThings(t *testing.T) {
	t.Parallel()
	faint := paint(encode(t, payload(3, 3)), 4, 4, color.Gray{Y: 100}, color.Gray{Y: 120})
	bars(faint, color.Black, image.Rect(0, 0, 2, 2))
	bars(faint, color.White, image.Rect(4, 0, 6, 2))
	_, err := qrimage.Find(faint)
	require.ErrorIs(t, err, qrimage.ErrNoGrid)
}
