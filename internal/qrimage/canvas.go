package qrimage

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// maxCanvas is the side in pixels above which an image is looked at on a smaller scale.
const maxCanvas = 2048

// canvas is an image as one number a pixel, row by row.
type canvas struct {
	width, height int
	pixels        []uint8
}

// channel is the weight of red, green and blue, of 256 in all.
type channel [3]uint32

// brightness weighs the colours as the eye does (ITU-R BT.601).
var (
	brightness = channel{77, 150, 29}
	red        = channel{256, 0, 0}
	green      = channel{0, 256, 0}
	blue       = channel{0, 0, 256}
)

// newCanvas lays an image on a background, a row at a time: a large image is not copied as a whole.
func newCanvas(picture image.Image, background color.Color, weights channel) *canvas {
	box := picture.Bounds()
	shrink := (max(box.Dx(), box.Dy()) + maxCanvas - 1) / maxCanvas
	c := &canvas{width: box.Dx() / shrink, height: box.Dy() / shrink}
	c.pixels = make([]uint8, 0, c.width*c.height)
	row := image.NewRGBA(image.Rect(0, 0, c.width*shrink, 1))
	sums := make([]uint32, c.width)
	for y := range c.height {
		clear(sums)
		for part := range shrink {
			draw.Draw(row, row.Rect, image.NewUniform(background), image.Point{}, draw.Src)
			draw.Draw(row, row.Rect, picture, box.Min.Add(image.Pt(0, y*shrink+part)), draw.Over)
			for x := range row.Rect.Dx() {
				at := row.Pix[4*x : 4*x+3]
				sums[x/shrink] += (weights[0]*uint32(at[0]) + weights[1]*uint32(at[1]) + weights[2]*uint32(at[2])) >> 8
			}
		}
		for _, sum := range sums {
			c.pixels = append(c.pixels, uint8(sum/uint32(shrink*shrink)))
		}
	}
	return c
}

// halved is the image at half the scale.
func (c *canvas) halved() *canvas {
	half := &canvas{width: c.width / 2, height: c.height / 2}
	half.pixels = make([]uint8, 0, half.width*half.height)
	for y := range half.height {
		upper, lower := c.pixels[2*y*c.width:], c.pixels[(2*y+1)*c.width:]
		for x := range half.width {
			sum := uint32(upper[2*x]) + uint32(upper[2*x+1]) + uint32(lower[2*x]) + uint32(lower[2*x+1])
			half.pixels = append(half.pixels, uint8(sum/4))
		}
	}
	return half
}

// thresholds part the pixels in two groups that differ most, and each of the groups again: a code on a card is not misled by
// the page around it.
func (c *canvas) thresholds() []uint8 {
	var h histogram
	for _, light := range c.pixels {
		h[light]++
	}
	middle := h.threshold(0, len(h))
	return []uint8{uint8(middle), uint8(h.threshold(0, middle)), uint8(h.threshold(middle, len(h)))}
}

// histogram counts pixels by their brightness.
type histogram [math.MaxUint8 + 1]float64

// threshold is where the pixels of a range are parted best (Otsu's method).
func (h *histogram) threshold(from, to int) int {
	all, total := 0.0, 0.0
	for i := from; i < to; i++ {
		all += h[i]
		total += h[i] * float64(i)
	}
	best, below, totalBelow, threshold := 0.0, 0.0, 0.0, from
	for i := from; i < to; i++ {
		below += h[i]
		totalBelow += h[i] * float64(i)
		if below == 0 || below == all {
			continue
		}
		apart := totalBelow/below - (total-totalBelow)/(all-below)
		if between := below * (all - below) * apart * apart; between > best {
			best, threshold = between, i+1
		}
	}
	return threshold
}
