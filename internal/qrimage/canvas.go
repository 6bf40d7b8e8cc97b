package qrimage

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// maxCanvas is the side in pixels above which an image is looked at on a smaller scale.
const maxCanvas = 4096

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

func (c *canvas) extremes() (darkest, lightest float64) {
	low, high := uint8(math.MaxUint8), uint8(0)
	for _, light := range c.pixels {
		low, high = min(low, light), max(high, light)
	}
	return float64(low), float64(high)
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

// ink is the brightness of a code's modules and of what they are on, which may be the darker one.
type ink struct{ dark, light float64 }

// strength is 1 for ink and 0 for what it is on.
func (i ink) strength(light uint8) float64 {
	return max(0, min(1, (i.light-float64(light))/(i.light-i.dark)))
}

// inked is the smallest area around all ink that is at least so strong.
func (c *canvas) inked(i ink, faintest float64) area {
	columns, rows := make([]float64, c.width), make([]float64, c.height)
	for y := range rows {
		for x := range columns {
			strength := i.strength(c.pixels[y*c.width+x])
			columns[x], rows[y] = max(columns[x], strength), max(rows[y], strength)
		}
	}
	left, right := edges(columns, faintest)
	top, bottom := edges(rows, faintest)
	return area{left, top, right, bottom}
}

// edges are where the ink begins and ends. Smoothing leaves a pixel at the edge as dark as much of it is covered, which
// shows where in the pixel the edge is.
func edges(strongest []float64, faintest float64) (from, to float64) {
	first, last := -1, -1
	for i, strength := range strongest {
		if strength >= faintest {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return 0, 0
	}
	return float64(first+1) - strongest[first], float64(last) + strongest[last]
}
