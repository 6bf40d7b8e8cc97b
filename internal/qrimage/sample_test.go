package qrimage_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"rsc.io/qr"
)

// byteCapacity holds the capacity in bytes of each version, from 1, at the lowest level of error correction.
var byteCapacity = []int{17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858}

// payload returns a text like WhatsApp's that fills a code of the version; the number makes it unique.
func payload(version, number int) string {
	text := fmt.Sprintf("2@%05d,", number)
	filler := "aGVsbG8/d29ybGQ+Cg==,QVJFIHlvdSB0aGVyZQ,"
	for len(text) < byteCapacity[version-1]-1 {
		text += filler[:min(len(filler), byteCapacity[version-1]-1-len(text))]
		filler = strings.ToLower(filler)
	}
	return text
}

func encode(tb testing.TB, text string) *qr.Code {
	tb.Helper()
	code, err := qr.Encode(text, qr.L)
	require.NoError(tb, err)
	return code
}

// paint draws a code with a quiet zone. Scale is the side of a module in pixels, margin the quiet zone in modules.
func paint(code *qr.Code, scale, margin int, dark, light color.Color) *image.NRGBA {
	side := (code.Size + 2*margin) * scale
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(light), image.Point{}, draw.Src)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				square := image.Rect(x, y, x+1, y+1).Add(image.Pt(margin, margin))
				square.Min, square.Max = square.Min.Mul(scale), square.Max.Mul(scale)
				draw.Draw(picture, square, image.NewUniform(dark), image.Point{}, draw.Src)
			}
		}
	}
	return picture
}

// antialiased draws a code with a fractional module size in pixels. Each pixel is the average of the area that it
// covers.
func antialiased(code *qr.Code, module float64, margin int) *image.Gray {
	const fineScale = 12
	large := paint(code, fineScale, margin, color.Black, color.White)
	side := int(float64(code.Size+2*margin) * module)
	step := float64(large.Bounds().Dx()) / float64(side)
	picture := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			sum, count := 0, 0
			for fy := int(float64(y) * step); fy < int(float64(y+1)*step); fy++ {
				for fx := int(float64(x) * step); fx < int(float64(x+1)*step); fx++ {
					sum += int(large.NRGBAAt(fx, fy).R)
					count++
				}
			}
			picture.SetGray(x, y, color.Gray{Y: uint8(sum / max(count, 1) & 0xff)})
		}
	}
	return picture
}

// bilinear scales a picture by bilinear interpolation, as browsers and image libraries do.
func bilinear(picture image.Image, width, height int) *image.Gray {
	box := picture.Bounds()
	gray := image.NewGray(box)
	convert(picture, gray)
	// source returns the two pixels around a scaled pixel, and the weight of the second one.
	source := func(to, scaledSide, side int) (first, second int, weight float64) {
		at := max(0, min((float64(to)+0.5)*float64(side)/float64(scaledSide)-0.5, float64(side-1)))
		return int(at), min(int(at)+1, side-1), at - math.Floor(at)
	}
	scaled := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		top, bottom, down := source(y, height, box.Dy())
		for x := range width {
			left, right, across := source(x, width, box.Dx())
			mix := func(row int) float64 {
				return float64(gray.GrayAt(left, row).Y)*(1-across) + float64(gray.GrayAt(right, row).Y)*across
			}
			scaled.SetGray(x, y, color.Gray{Y: uint8(mix(top)*(1-down) + mix(bottom)*down + 0.5)})
		}
	}
	return scaled
}

func convert(picture image.Image, to draw.Image) draw.Image {
	draw.Draw(to, to.Bounds(), picture, picture.Bounds().Min, draw.Src)
	return to
}

func pngBytes(tb testing.TB, picture image.Image) []byte {
	tb.Helper()
	var file bytes.Buffer
	require.NoError(tb, png.Encode(&file, picture))
	return file.Bytes()
}
