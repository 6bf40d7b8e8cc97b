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

// place returns a page of one color with a picture on it.
func place(page color.Color, width, height int, at image.Point, picture image.Image) *image.NRGBA {
	canvas := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(page), image.Point{}, draw.Src)
	draw.Draw(canvas, picture.Bounds().Add(at), picture, image.Point{}, draw.Src)
	return canvas
}

// fill draws rectangles on a picture.
func fill(picture *image.NRGBA, ink color.Color, boxes ...image.Rectangle) *image.NRGBA {
	for _, box := range boxes {
		draw.Draw(picture, box, image.NewUniform(ink), image.Point{}, draw.Src)
	}
	return picture
}

func TestFind_nextToOtherContent(t *testing.T) {
	t.Parallel()
	gray := color.Gray{Y: 128}
	for _, version := range []int{1, 2, 12} {
		code := encode(t, payload(version, version))
		for _, scale := range []int{1, 3, 6} {
			black := paint(code, scale, 4, color.Black, color.White)
			white := paint(code, scale, 4, color.White, color.Black)
			faint := paint(code, scale, 4, color.Gray{Y: 150}, color.Gray{Y: 230})
			s := black.Bounds().Dx()
			at := image.Pt(20, 25)
			scenes := map[string]image.Image{
				"caption": fill(
					place(color.White, s, s+30, image.Point{}, black), color.Black,
					image.Rect(s/4, s+5, s/4+7, s+12), image.Rect(s/2, s+5, s/2+3, s+9),
				),
				"title": fill(
					place(color.White, s, s+30, image.Pt(0, 30), black), color.Black, image.Rect(s/4, 5, s/2, 12),
				),
				"border": place(color.Black, s+2, s+2, image.Pt(1, 1), black),
				"speck": fill(
					place(color.White, s+9, s+9, image.Point{}, black), color.Black, image.Rect(s+7, s+7, s+8, s+8),
				),
				"speck darker than the code": fill(
					place(color.White, s, s, image.Point{}, faint), color.Black, image.Rect(0, 0, 2, 2),
				),
				"card on black":         place(color.Black, s+60, s+50, at, black),
				"card on gray":          place(gray, s+60, s+50, at, black),
				"inverted card":         place(color.White, s+60, s+50, at, white),
				"inverted card on gray": place(gray, s+60, s+50, at, white),
				"card on transparent":   place(color.Transparent, s+60, s+50, at, black),
			}
			for name, scene := range scenes {
				requireCode(t, code, scene, "%s, version %d, scale %d", name, version, scale)
			}
		}
	}
}

func TestFind_fractionalScaleNextToOtherContent(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 5, 11, 20} {
		code := encode(t, payload(version, version))
		for _, module := range []float64{2.5, 3.3, 3.7, 5.9} {
			side := int(module * float64(code.Size+8))
			card := bilinear(paint(code, 4, 4, color.Black, color.White), side, side+side/20)
			requireCode(t, code, place(color.Gray{Y: 100}, side+30, side+70, image.Pt(11, 40), card))
		}
	}
}

// isFinderDark reports whether a module is dark in an area with one finder pattern, at the top left.
func isFinderDark(column, row int) bool {
	fromCenter := max(column-3, 3-column, row-3, 3-row)
	return fromCenter != 2 && fromCenter <= 3
}

// grayFinderTiles returns an image of finder patterns only, with one pixel per module.
func grayFinderTiles(width, height int) *image.Gray {
	picture := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if !isFinderDark(x%8, y%8) {
				picture.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return picture
}

func TestFind_belowManyFinderPatterns(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(4, 4))
	picture := paint(code, 6, 4, color.Black, color.White)
	side := picture.Bounds().Dx()
	page := place(color.White, side, side+40, image.Pt(0, 40), picture)
	draw.Draw(page, image.Rect(0, 0, 160, 32), grayFinderTiles(160, 32), image.Point{}, draw.Src)
	requireCode(t, code, page)
}

func TestFind_blurredScales(t *testing.T) {
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

func TestFind_stretchedCode(t *testing.T) {
	t.Parallel()
	code := encode(t, payload(6, 6))
	picture := paint(code, 4, 4, color.Black, color.White)
	requireCode(t, code, bilinear(picture, picture.Bounds().Dx(), picture.Bounds().Dx()*5/4))
}

func TestFind_rejectsInvalidImages(t *testing.T) {
	t.Parallel()
	for name, picture := range map[string]image.Image{
		"nil":                  nil,
		"infinite image":       image.White,
		"too wide":             &image.Gray{Rect: image.Rect(0, 0, math.MaxInt, 1)},
		"too tall":             &image.Gray{Rect: image.Rect(0, -math.MaxInt, 1, 1)},
		"negative size":        &image.Gray{Rect: image.Rectangle{Min: image.Pt(5, 5)}},
		"only finder patterns": grayFinderTiles(640, 640),
	} {
		_, err := qrimage.Find(picture)
		require.ErrorIs(t, err, qrimage.ErrNoGrid, name)
	}
}

func TestFind_rejectsLowContrastNextToOtherContent(t *testing.T) {
	t.Parallel()
	faint := paint(encode(t, payload(3, 3)), 4, 4, color.Gray{Y: 100}, color.Gray{Y: 120})
	fill(faint, color.Black, image.Rect(0, 0, 2, 2))
	fill(faint, color.White, image.Rect(4, 0, 6, 2))
	_, err := qrimage.Find(faint)
	require.ErrorIs(t, err, qrimage.ErrNoGrid)
}
